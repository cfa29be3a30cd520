//! The table that leads from an offset in the module to places in the source that it was compiled from.
//! There is none where the module brings no debug information.
//!
//! A stack is the place that an instruction comes from, and the calls that the module's producer has
//! inlined it by, outermost first. One holds from its offset up to that of the next. The table has, all
//! numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | distance from here to [`crate::symbols::FIND_SOURCE`]'s code |
//! | 4, 4 | the number of blocks, the offset of the strings |
//! | 8 each | blocks: first offset in the module, offset of the block's stream |
//! | the rest | streams, then strings |
//!
//! A stream has for each stack, in LEB128: the distance of its offset from the last (at first from the
//! block's); twice the number of outer places kept from the last, plus 1 where the next place is in the same
//! function and file as the last stack's at that depth, and the only one; else the number of new places. A
//! place is, in differences from the one named, or else from the last in the stream: where it is not in the
//! same function and file, those two as offsets of strings; the line, and the column as it is. A distance of
//! `u32::MAX` ends a stream. A string is its length and its bytes. The first is empty.

use crate::leb128;
use crate::search::{partition_point, word};

/// The most places in a stack; the writer leaves out those above.
pub const MAX_DEPTH: usize = 32;

const HEADER_LEN: usize = 12;
const BLOCK_LEN: usize = 8;

/// A place in the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Source<'a> {
    /// The function's name, empty where the module has it or where it has none.
    pub name: &'a [u8],
    /// The file, empty where it is not known.
    pub file: &'a [u8],
    /// The line, from 1 on; 0 where it is not known.
    pub line: u32,
    /// The column, from 1 on; 0 where it is not known.
    pub column: u32,
    /// True if the function is inlined into the one of the next place.
    pub is_inlined: bool,
}

/// The function of the runtime that reads the table, which is linked in only where there is one: gives false
/// where nothing is known. It takes the table's address and length, an offset in the module, and the number
/// of calls outwards from the innermost place.
pub type Find = extern "C" fn(
    table: *const u8,
    len: usize,
    wasm_offset: u32,
    depth: u32,
    found: &mut Source<'static>,
) -> bool;

/// The table as the runtime reads it.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a>(pub &'a [u8]);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Place {
    name: u32,
    file: u32,
    line: u32,
    column: u32,
}

impl<'a> Lines<'a> {
    /// The place that an instruction comes from, or so many calls outwards of it.
    pub fn source(&self, wasm_offset: u32, depth: u32) -> Option<Source<'a>> {
        let (stack, len) = self.stack(wasm_offset)?;
        let index = len.checked_sub(depth as usize + 1)?;
        let place = stack.get(index)?;
        Some(Source {
            name: self.string(place.name)?,
            file: self.string(place.file)?,
            line: place.line,
            column: place.column,
            is_inlined: index > 0,
        })
    }

    fn stack(&self, wasm_offset: u32) -> Option<([Place; MAX_DEPTH], usize)> {
        let count = word(self.0, 4)? as usize;
        let block = |index| HEADER_LEN + index * BLOCK_LEN;
        let behind = partition_point(count, |index| {
            Some(word(self.0, block(index))? <= wasm_offset)
        })?;
        let at = block(behind.checked_sub(1)?);
        let mut offset = word(self.0, at)?;
        let mut stream = self.0.get(word(self.0, at + 4)? as usize..)?;
        let (mut stack, mut len, mut last) = ([Place::default(); MAX_DEPTH], 0, Place::default());
        loop {
            offset = offset.saturating_add(leb128::read_unsigned(&mut stream)? as u32);
            if offset > wasm_offset || offset == u32::MAX {
                return Some((stack, len));
            }
            let kept = leb128::read_unsigned(&mut stream)?;
            let is_same = kept & 1 != 0;
            len = (kept >> 1) as usize;
            let mut new = 1;
            if is_same {
                last = *stack.get(len)?;
            } else {
                new = leb128::read_unsigned(&mut stream)?;
            }
            for _ in 0..new {
                let mut change = |number: &mut u32| {
                    *number = number.wrapping_add(leb128::read_signed(&mut stream)? as u32);
                    Some(())
                };
                if !is_same {
                    change(&mut last.name)?;
                    change(&mut last.file)?;
                }
                change(&mut last.line)?;
                last.column = leb128::read_unsigned(&mut stream)? as u32;
                *stack.get_mut(len)? = last;
                len += 1;
            }
        }
    }

    fn string(&self, at: u32) -> Option<&'a [u8]> {
        let strings = word(self.0, 8)? as usize;
        let mut bytes = self.0.get(strings.checked_add(at as usize)?..)?;
        let len = leb128::read_unsigned(&mut bytes)?;
        bytes.get(..len as usize)
    }
}

#[cfg(feature = "alloc")]
pub use write::{LinesWriter, Written};

#[cfg(feature = "alloc")]
mod write {
    use super::{BLOCK_LEN, HEADER_LEN, MAX_DEPTH, Place};
    use crate::leb128;
    use alloc::collections::BTreeMap;
    use alloc::string::String;
    use alloc::vec::Vec;

    /// Stacks in a block: reading one takes reading those before it.
    const BLOCK: u32 = 64;

    /// A place to be written.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Written<'a> {
        /// See [`super::Source`].
        pub name: &'a str,
        /// See [`super::Source`].
        pub file: &'a str,
        /// See [`super::Source`].
        pub line: u32,
        /// See [`super::Source`].
        pub column: u32,
    }

    /// Collects stacks in order of their offsets, then gives the table's bytes.
    #[derive(Debug, Default)]
    pub struct LinesWriter {
        /// First offset, and offset in `streams`, of each block.
        blocks: Vec<(u32, u32)>,
        streams: Vec<u8>,
        strings: Vec<u8>,
        known: BTreeMap<String, u32>,
        /// Stacks in the last block.
        count: u32,
        offset: u32,
        stack: Vec<Place>,
        last: Place,
    }

    impl LinesWriter {
        /// Adds the stack that holds from `wasm_offset` on, outermost first; none where nothing is known.
        pub fn add<'a>(&mut self, wasm_offset: u32, places: impl Iterator<Item = Written<'a>>) {
            let mut stack: Vec<_> = places.map(|place| self.place(place)).collect();
            // The innermost is told first.
            if stack.len() > MAX_DEPTH {
                stack.drain(1..=stack.len() - MAX_DEPTH);
            }
            if stack == self.stack {
                return;
            }
            if self.count == 0 {
                let start = self.streams.len() as u32;
                self.blocks.push((wasm_offset, start));
                (self.offset, self.last) = (wasm_offset, Place::default());
                self.stack.clear();
            }
            self.write(wasm_offset, &stack);
            self.stack = stack;
            self.count += 1;
            if self.count == BLOCK {
                self.end_block();
            }
        }

        fn place(&mut self, written: Written) -> Place {
            Place {
                name: self.string(written.name),
                file: self.string(written.file),
                line: written.line,
                column: written.column,
            }
        }

        fn string(&mut self, string: &str) -> u32 {
            if self.strings.is_empty() {
                self.strings.push(0);
                self.known.insert(String::new(), 0);
            }
            if let Some(at) = self.known.get(string) {
                return *at;
            }
            let at = self.strings.len() as u32;
            leb128::write_unsigned(&mut self.strings, string.len() as u64);
            self.strings.extend_from_slice(string.as_bytes());
            self.known.insert(string.into(), at);
            at
        }

        fn write(&mut self, wasm_offset: u32, stack: &[Place]) {
            let out = &mut self.streams;
            leb128::write_unsigned(out, u64::from(wasm_offset - self.offset));
            self.offset = wasm_offset;
            let pairs = self.stack.iter().zip(stack);
            let kept = pairs.take_while(|(last, new)| last == new).count();
            let before = self.stack.get(kept);
            let new = &stack[kept..];
            let same = before.filter(|before| {
                let [new] = new else { return false };
                (new.name, new.file) == (before.name, before.file)
            });
            leb128::write_unsigned(out, kept as u64 * 2 + u64::from(same.is_some()));
            match same {
                Some(before) => self.last = *before,
                None => leb128::write_unsigned(out, new.len() as u64),
            }
            let distance = |to: u32, from: u32| i64::from(to) - i64::from(from);
            for place in new {
                if same.is_none() {
                    leb128::write_signed(out, distance(place.name, self.last.name));
                    leb128::write_signed(out, distance(place.file, self.last.file));
                }
                leb128::write_signed(out, distance(place.line, self.last.line));
                leb128::write_unsigned(out, place.column.into());
                self.last = *place;
            }
        }

        fn end_block(&mut self) {
            leb128::write_unsigned(&mut self.streams, u32::MAX.into());
            self.count = 0;
        }

        /// The finished table, with 0 for the distance to the code; empty where nothing is known.
        pub fn finish(mut self) -> Vec<u8> {
            if self.blocks.is_empty() {
                return Vec::new();
            }
            if self.count > 0 {
                self.end_block();
            }
            let streams = (HEADER_LEN + self.blocks.len() * BLOCK_LEN) as u32;
            let strings = streams + self.streams.len() as u32;
            let mut words = Vec::from([0, self.blocks.len() as u32, strings]);
            let blocks = self.blocks.iter();
            words.extend(blocks.flat_map(|(first, stream)| [*first, streams + stream]));
            let mut out: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
            out.extend_from_slice(&self.streams);
            out.extend_from_slice(&self.strings);
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const OUTER: Written = written("", "src/main.c", 10, 5);
    const MIDDLE: Written = written("middle", "src/main.c", 200, 0);
    const INNER: Written = written("inner", "include/inner.h", 70_000, 300);

    const fn written<'a>(name: &'a str, file: &'a str, line: u32, column: u32) -> Written<'a> {
        Written {
            name,
            file,
            line,
            column,
        }
    }

    fn stack_at<'a>(lines: Lines<'a>, offset: u32) -> Vec<(&'a str, &'a str, u32, u32, bool)> {
        let text = |bytes| core::str::from_utf8(bytes).unwrap();
        let sources = (0..).map_while(|depth| lines.source(offset, depth));
        let sources = sources.map(|s| (text(s.name), text(s.file), s.line, s.column, s.is_inlined));
        sources.collect()
    }

    fn table() -> Vec<u8> {
        let mut writer = LinesWriter::default();
        writer.add(100, [OUTER].into_iter());
        writer.add(110, [OUTER].into_iter());
        writer.add(120, [OUTER, MIDDLE, INNER].into_iter());
        writer.add(130, [OUTER, MIDDLE].into_iter());
        writer.add(140, [].into_iter());
        for line in 0..1000 {
            let outer = written("", "src/main.c", line, line % 7);
            writer.add(1000 + line * 3, [outer].into_iter());
        }
        writer.finish()
    }

    #[test]
    fn offsets_lead_to_stacks() {
        let table = table();
        let lines = Lines(&table);
        let outer = |is_inlined| ("", "src/main.c", 10, 5, is_inlined);
        let middle = ("middle", "src/main.c", 200, 0, true);
        let inner = ("inner", "include/inner.h", 70_000, 300, true);
        assert_eq!(stack_at(lines, 99), []);
        for offset in [100, 109, 119] {
            assert_eq!(stack_at(lines, offset), [outer(false)]);
        }
        assert_eq!(stack_at(lines, 125), [inner, middle, outer(false)]);
        assert_eq!(stack_at(lines, 130), [middle, outer(false)]);
        assert_eq!(stack_at(lines, 999), []);
        for line in [0, 1, 63, 64, 500, 999] {
            let expected = ("", "src/main.c", line, line % 7, false);
            assert_eq!(stack_at(lines, 1000 + line * 3), [expected]);
        }
        assert_eq!(stack_at(lines, u32::MAX)[0].2, 999);
    }

    #[test]
    fn the_middle_of_deep_stacks_is_left_out() {
        let mut writer = LinesWriter::default();
        let deep = (1..100).map(|line| written("f", "f.c", line, 0));
        writer.add(5, deep);
        let table = writer.finish();
        let stack = stack_at(Lines(&table), 5);
        assert_eq!(stack.len(), MAX_DEPTH);
        assert_eq!((stack[0].2, stack[30].2, stack[31].2), (99, 69, 1));
    }

    #[test]
    fn nothing_known_is_no_table() {
        assert_eq!(LinesWriter::default().finish(), []);
    }

    #[test]
    fn damaged_tables_lead_anywhere_but_do_no_harm() {
        let table = table();
        for len in 0..table.len() {
            for offset in [100, 125, 1500, 4000] {
                let _ = Lines(&table[..len]).source(offset, 1);
            }
        }
        let mut damaged = table;
        for at in 0..damaged.len() {
            for byte in [0xff, 0x80, 1] {
                let good = core::mem::replace(&mut damaged[at], byte);
                for offset in [100, 125, 1500, 4000] {
                    let _ = Lines(&damaged).source(offset, 1);
                }
                damaged[at] = good;
            }
        }
    }
}
