//! Initial contents that are copied into place, in a compact form.
//!
//! Contents that fill pages are whole pages ([`crate::symbols::DATA_IMAGE`]), which are moved into
//! place. All others are *runs* ([`crate::symbols::IMAGE_RUNS`]): bytes, words, or one word many
//! times, each with its distance from the run before, so that a few bytes far apart and a table
//! filled by its initialiser take the room of what they say, not of what they come to be.
//!
//! The runs of one address space, the state's or a memory's, lie together: the space's number and
//! the length of its runs in bytes, then each run as the gap in bytes since the end of the last,
//! a length and kind, and what the kind needs. Numbers are unsigned LEB128.

use crate::leb128;

/// The number of the state among address spaces; a memory's is its index.
pub const STATE_SPACE: u64 = u64::MAX;

/// Bytes of a word.
pub const WORD: u64 = 8;

const BYTES: u64 = 0;
const WORDS: u64 = 1;
const FILL: u64 = 2;
const KIND_BITS: u32 = 2;

/// The contents of a run at an offset in its address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run<'a> {
    /// These bytes lie there.
    Bytes(&'a [u8]),
    /// This word lies there so many times.
    Fill {
        /// The word.
        word: u64,
        /// The number of times.
        count: u64,
    },
}

/// The address spaces that have runs, in the order they are to be filled, each with its runs.
#[derive(Clone, Copy, Debug)]
pub struct Spaces<'a>(pub &'a [u8]);

impl<'a> Iterator for Spaces<'a> {
    type Item = (u64, Runs<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let space = leb128::read_unsigned(&mut self.0)?;
        let len = leb128::read_unsigned(&mut self.0)?;
        let (bytes, rest) = self.0.split_at_checked(len as usize)?;
        self.0 = rest;
        let runs = Runs {
            bytes,
            at: 0,
            words: 0,
        };
        Some((space, runs))
    }
}

/// Runs as pairs of an offset and what lies there, in order of offset.
#[derive(Clone, Copy, Debug)]
pub struct Runs<'a> {
    bytes: &'a [u8],
    /// The end of the last run.
    at: u64,
    /// Words of the current run that are not read yet.
    words: u64,
}

impl<'a> Iterator for Runs<'a> {
    type Item = (u64, Run<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.words == 0 {
            self.at += leb128::read_unsigned(&mut self.bytes)?;
            let header = leb128::read_unsigned(&mut self.bytes)?;
            let len = header >> KIND_BITS;
            match header & ((1 << KIND_BITS) - 1) {
                BYTES => {
                    let (bytes, rest) = self.bytes.split_at_checked(len as usize)?;
                    self.bytes = rest;
                    return Some((self.advance(len), Run::Bytes(bytes)));
                }
                FILL => return self.fill(len),
                WORDS => self.words = len,
                _ => return None,
            }
        }
        self.words = self.words.checked_sub(1)?;
        self.fill(1)
    }
}

impl<'a> Runs<'a> {
    fn fill(&mut self, count: u64) -> Option<(u64, Run<'a>)> {
        let word = leb128::read_unsigned(&mut self.bytes)?;
        Some((self.advance(count * WORD), Run::Fill { word, count }))
    }

    fn advance(&mut self, len: u64) -> u64 {
        self.at += len;
        self.at - len
    }
}

#[cfg(feature = "alloc")]
pub use write::RunsWriter;

#[cfg(feature = "alloc")]
mod write {
    use super::{BYTES, FILL, KIND_BITS, WORD, WORDS};
    use crate::leb128;
    use alloc::vec::Vec;

    /// Collects the runs of one address space in order of offset.
    #[derive(Debug, Default)]
    pub struct RunsWriter {
        out: Vec<u8>,
        at: u64,
    }

    impl RunsWriter {
        /// Adds bytes.
        pub fn bytes(&mut self, offset: u64, bytes: &[u8]) {
            self.header(offset, BYTES, bytes.len() as u64, bytes.len() as u64);
            self.out.extend_from_slice(bytes);
        }

        /// Adds words.
        pub fn words(&mut self, offset: u64, words: impl ExactSizeIterator<Item = u64>) {
            let count = words.len() as u64;
            self.header(offset, WORDS, count, count * WORD);
            words.for_each(|word| leb128::write_unsigned(&mut self.out, word));
        }

        /// Adds a word that lies there `count` times.
        pub fn fill(&mut self, offset: u64, word: u64, count: u64) {
            self.header(offset, FILL, count, count * WORD);
            leb128::write_unsigned(&mut self.out, word);
        }

        fn header(&mut self, offset: u64, kind: u64, count: u64, len: u64) {
            leb128::write_unsigned(&mut self.out, offset - self.at);
            leb128::write_unsigned(&mut self.out, count << KIND_BITS | kind);
            self.at = offset + len;
        }

        /// Appends the runs, if there are any, to those of other spaces.
        pub fn finish(self, space: u64, out: &mut Vec<u8>) {
            if !self.out.is_empty() {
                leb128::write_unsigned(out, space);
                leb128::write_unsigned(out, self.out.len() as u64);
                out.extend_from_slice(&self.out);
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::super::{Run, STATE_SPACE, Spaces};
        use super::*;

        #[test]
        fn runs_are_read_as_written() {
            let mut out = Vec::new();
            let mut state = RunsWriter::default();
            state.bytes(0, b"abc");
            state.words(8, [1, 0, 300].into_iter());
            state.fill(1 << 20, 7, 10_000_000);
            state.bytes((1 << 20) + 80_000_000, b"z");
            state.finish(STATE_SPACE, &mut out);
            RunsWriter::default().finish(0, &mut out);
            let mut memory = RunsWriter::default();
            memory.bytes(u64::MAX - 1, b"q");
            memory.finish(3, &mut out);

            let fill = |word, count| Run::Fill { word, count };
            let mut spaces = Spaces(&out);
            let (space, runs) = spaces.next().unwrap();
            assert_eq!(space, STATE_SPACE);
            let runs: Vec<_> = runs.collect();
            let expected = [
                (0, Run::Bytes(b"abc")),
                (8, fill(1, 1)),
                (16, fill(0, 1)),
                (24, fill(300, 1)),
                (1 << 20, fill(7, 10_000_000)),
                ((1 << 20) + 80_000_000, Run::Bytes(b"z")),
            ];
            assert_eq!(runs, expected);
            let (space, mut runs) = spaces.next().unwrap();
            assert_eq!(space, 3);
            assert_eq!(runs.next(), Some((u64::MAX - 1, Run::Bytes(b"q"))));
            assert_eq!(runs.next(), None);
            assert!(spaces.next().is_none());
        }
    }
}
