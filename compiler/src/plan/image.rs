//! Initial contents of the state and the linear memories, as they lie in the output: whole pages,
//! which the runtime moves into place without reading them, and runs in a compact form
//! ([`kiln_abi::image`]), which it copies.
//!
//! Pages are for what is dense and large. All else, such as a byte here and there or a table filled
//! by its initialiser, is runs, so that the output stays within a small multiple of the input.

use super::StartTrap;
use super::pieces::{Piece, Placed, overlay, reference};
use crate::module::{Module, SegmentKind, page_log2};
use kiln_abi::image::{RunsWriter, WORD};
use kiln_abi::layout::ImageChunk;
use kiln_abi::trap::{Limit, TrapKind};
use std::collections::HashMap;
use std::ops::Range;

/// Zero pages between two that are not, up to this many bytes, are cheaper in the file than a further
/// chunk at start-up is (a system call each).
const GAP: u64 = 32 << 10;

/// Fewer bytes of pages are copied as runs. Moving costs about 10 µs, whatever is moved, and so does copying
/// this much.
const CHUNK_MIN: u64 = 32 << 10;

/// A chunk takes at most this many times the room of its contents in the input.
const CHUNK_GROWTH_MAX: u64 = 4;

/// The most chunks. The kernel allows a process about 65,000 mappings, and a chunk makes two.
const CHUNKS_MAX: usize = 4096;

/// Zeros between bytes, from this many on, end a run. A run costs two bytes or more.
const ZEROS_MIN: usize = 16;

/// Initial contents.
#[derive(Default)]
pub(crate) struct Image {
    /// Bytes of a page.
    page: u64,
    /// The chunks' pages, one after the other.
    pub pages: Vec<u8>,
    /// Their places.
    pub chunks: Vec<ImageChunk>,
    /// All else, in the format of [`kiln_abi::image`].
    pub runs: Vec<u8>,
}

/// Gives what the active data segments put into each memory, in order up to the first that does not fit,
/// and the trap then.
pub(super) fn memory_contents<'a>(module: &'a Module) -> (Vec<Vec<Placed<'a>>>, Option<StartTrap>) {
    let mut memories: Vec<Vec<Placed>> = module.memories.iter().map(|_| Vec::new()).collect();
    for segment in &module.data {
        let SegmentKind::Active { index, offset } = segment.kind else {
            continue;
        };
        let ty = &module.memories[index as usize];
        let len = ty.initial << page_log2(ty);
        let end = offset.checked_add(segment.bytes.len() as u64);
        if end.is_none_or(|end| end > len) {
            let trap = StartTrap {
                kind: TrapKind::MemoryRangeOutOfBounds,
                words: [offset, segment.bytes.len() as u64, Limit::Is(len).word()],
            };
            return (memories, Some(trap));
        }
        memories[index as usize].push((offset, Piece::Bytes(segment.bytes)));
    }
    (memories, None)
}

impl Image {
    /// One without contents, of pages of so many bytes.
    pub(super) fn new(page: u64) -> Self {
        Self {
            page,
            ..Self::default()
        }
    }

    /// Adds the contents of a space, of which later pieces overwrite earlier ones.
    pub(super) fn add(&mut self, space: u64, pieces: Vec<Placed>, funcref_of: &HashMap<u32, u64>) {
        let pieces = overlay(pieces);
        let mut runs = RunsWriter::default();
        let page = self.page;
        let parts = pieces.iter().flat_map(|placed| parts(*placed, page));
        let mut parts = parts.peekable();
        while let Some(first) = parts.next() {
            let mut group = Group::of(first, page);
            while let Some(next) = parts.next_if(|next| group.reaches(next)) {
                group.add(next);
            }
            if group.is_dense() && self.chunks.len() < CHUNKS_MAX {
                self.chunk(space, &group, funcref_of);
            } else {
                for (offset, piece) in group.parts {
                    write_runs(&mut runs, offset, piece, funcref_of);
                }
            }
        }
        runs.finish(space, &mut self.runs);
    }

    fn chunk(&mut self, space: u64, group: &Group, funcref_of: &HashMap<u32, u64>) {
        let source = self.pages.len();
        let offset = group.pages.start * self.page;
        let len = (group.pages.end - group.pages.start) * self.page;
        self.chunks.push(ImageChunk {
            space,
            offset,
            source: source as u64,
            len,
        });
        self.pages.resize(source + len as usize, 0);
        for &(at, piece) in &group.parts {
            let target = &mut self.pages[source + (at - offset) as usize..];
            match piece {
                Piece::Bytes(bytes) => target[..bytes.len()].copy_from_slice(bytes),
                Piece::Elements(elements) => {
                    for (word, element) in target.chunks_exact_mut(WORD as usize).zip(elements) {
                        word.copy_from_slice(&reference(*element, funcref_of).to_le_bytes());
                    }
                }
                Piece::Fill { .. } => unreachable!("a fill is in no dense group"),
            }
        }
    }
}

/// Parts of pieces that lie on pages near each other.
struct Group<'a> {
    parts: Vec<Placed<'a>>,
    /// Bytes of a page.
    page: u64,
    pages: Range<u64>,
    /// Bytes of the parts in the input.
    input: u64,
    has_fill: bool,
}

impl<'a> Group<'a> {
    fn of(first: Placed<'a>, page: u64) -> Self {
        let mut group = Self {
            parts: Vec::new(),
            page,
            pages: pages(&first, page),
            input: 0,
            has_fill: matches!(first.1, Piece::Fill { .. }),
        };
        group.add(first);
        group
    }

    /// Tells if a further part belongs to the group. A fill is a group of its own: a chunk beside it
    /// may have a page in common with it, for runs are copied after chunks are moved.
    fn reaches(&self, (offset, piece): &Placed) -> bool {
        let is_near = offset / self.page <= self.pages.end + GAP / self.page;
        is_near && !self.has_fill && !matches!(piece, Piece::Fill { .. })
    }

    fn add(&mut self, part: Placed<'a>) {
        self.pages.end = pages(&part, self.page).end;
        self.input += match part.1 {
            Piece::Bytes(bytes) => bytes.len() as u64,
            // Most are function indices of two bytes.
            Piece::Elements(elements) => elements.len() as u64 * 2,
            Piece::Fill { .. } => 0,
        };
        self.parts.push(part);
    }

    fn is_dense(&self) -> bool {
        let len = (self.pages.end - self.pages.start) * self.page;
        len >= CHUNK_MIN && len <= self.input * CHUNK_GROWTH_MAX
    }
}

/// The pages that a piece touches.
fn pages((offset, piece): &Placed, page: u64) -> Range<u64> {
    offset / page..(offset + piece.len()).div_ceil(page)
}

/// The parts of a piece that are more than zeros, by whole pages.
fn parts<'a>((offset, piece): Placed<'a>, page: u64) -> impl Iterator<Item = Placed<'a>> {
    let len = piece.len();
    let mut at = 0;
    std::iter::from_fn(move || {
        if let Piece::Fill { word, .. } = piece {
            let is_new = std::mem::replace(&mut at, len) == 0;
            return (is_new && word != 0 && len != 0).then_some((offset, piece));
        }
        let page_end = |at: u64| {
            let next = (offset + at) / page * page + page - offset;
            next.min(len)
        };
        while at < len && is_zero(piece.part(at, page_end(at))) {
            at = page_end(at);
        }
        let start = at;
        while at < len && !is_zero(piece.part(at, page_end(at))) {
            at = page_end(at);
        }
        (start < at).then(|| (offset + start, piece.part(start, at)))
    })
}

fn is_zero(piece: Piece) -> bool {
    match piece {
        Piece::Bytes(bytes) => bytes.iter().all(|byte| *byte == 0),
        Piece::Elements(elements) => elements.iter().all(|element| element.is_none()),
        Piece::Fill { word, .. } => word == 0,
    }
}

/// Writes a piece as runs, leaving out zeros.
fn write_runs(runs: &mut RunsWriter, offset: u64, piece: Piece, funcref_of: &HashMap<u32, u64>) {
    match piece {
        Piece::Bytes(bytes) => {
            for range in nonzero(bytes, |byte| *byte == 0, ZEROS_MIN) {
                runs.bytes(offset + range.start as u64, &bytes[range]);
            }
        }
        Piece::Elements(elements) => {
            for range in nonzero(elements, Option::is_none, ZEROS_MIN) {
                let words = elements[range.clone()].iter();
                let words = words.map(|element| reference(*element, funcref_of));
                runs.words(offset + range.start as u64 * WORD, words);
            }
        }
        Piece::Fill { word, count } => runs.fill(offset, word, count),
    }
}

/// The ranges of a slice that neither begin nor end with zeros, and have fewer than `zeros_min` of
/// them in a row.
fn nonzero<T>(
    slice: &[T],
    is_zero: impl Fn(&T) -> bool,
    zeros_min: usize,
) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + slice[at..].iter().position(|item| !is_zero(item))?;
        let (mut end, mut zeros) = (start, 0);
        for item in &slice[start..] {
            if is_zero(item) {
                zeros += 1;
                if zeros == zeros_min {
                    break;
                }
            } else {
                end += zeros + 1;
                zeros = 0;
            }
        }
        at = end;
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_abi::image::{Run, Spaces};

    const PAGE: u64 = 4096;

    /// The space filled as the runtime does it, and the bytes that the contents take in the output.
    fn filled(pieces: Vec<Placed>, funcref_of: &HashMap<u32, u64>, len: usize) -> (Vec<u8>, usize) {
        let mut image = Image::new(PAGE);
        image.add(7, pieces, funcref_of);
        let mut space = vec![0; len.next_multiple_of(PAGE as usize)];
        for chunk in &image.chunks {
            assert_eq!((chunk.space, chunk.offset % PAGE), (7, 0));
            let source = &image.pages[chunk.source as usize..][..chunk.len as usize];
            space[chunk.offset as usize..][..source.len()].copy_from_slice(source);
        }
        for (of, runs) in Spaces(&image.runs) {
            assert_eq!(of, 7);
            for (offset, run) in runs {
                let target = &mut space[offset as usize..];
                match run {
                    Run::Bytes(bytes) => target[..bytes.len()].copy_from_slice(bytes),
                    Run::Fill { word, count } => {
                        let words = target.chunks_exact_mut(8).take(count as usize);
                        words.for_each(|place| place.copy_from_slice(&word.to_le_bytes()));
                    }
                }
            }
        }
        space.truncate(len);
        let chunks = image.chunks.len() * size_of::<ImageChunk>();
        (space, image.pages.len() + chunks + image.runs.len())
    }

    #[test]
    fn dense_contents_are_pages() {
        let bytes: Vec<u8> = (0..100_000).map(|index| (index % 255 + 1) as u8).collect();
        let mut image = Image::new(PAGE);
        image.add(7, vec![(1000, Piece::Bytes(&bytes))], &HashMap::new());
        let [chunk] = image.chunks[..] else {
            panic!("{:?}", image.chunks)
        };
        assert_eq!((chunk.offset, chunk.len), (0, 25 * PAGE));
        assert!(image.runs.is_empty());
        assert_eq!(image.pages[1000..101_000], bytes);
    }

    #[test]
    fn bytes_far_apart_take_no_pages() {
        let pieces: Vec<_> = (0..10_000u64)
            .map(|index| (index * 5000, Piece::Bytes(b"x")))
            .collect();
        let len = 50_000_000;
        let (space, size) = filled(pieces, &HashMap::new(), len);
        assert!(size < 60_000, "{size}");
        for (index, byte) in space.iter().enumerate() {
            assert_eq!(*byte == b'x', index % 5000 == 0, "{index}");
        }
    }

    #[test]
    fn contents_of_every_kind_come_out_as_they_are() {
        let funcref_of: HashMap<u32, u64> = (0..1000)
            .map(|index| (index, 3 * u64::from(index) + 1))
            .collect();
        let bytes: Vec<u8> = (0..300_000u32)
            .map(|index| {
                if index / 7000 % 3 == 0 {
                    index as u8
                } else {
                    0
                }
            })
            .collect();
        let functions: Vec<_> = (0..20_000)
            .map(|index| (index % 9 != 0).then_some(index % 1000))
            .collect();
        let fill = Piece::Fill {
            word: 0x0102_0304_0506,
            count: 70_000,
        };
        let pieces = vec![
            (8, Piece::Bytes(&bytes)),
            (400_000, fill),
            (480_000, Piece::Elements(&functions)),
            (960_000, Piece::Bytes(b"between")),
            (170_000, Piece::Bytes(&bytes[5000..40_000])),
        ];
        let len = 1_000_000;
        let mut expected = vec![0; len];
        for &(offset, piece) in &pieces {
            let target = &mut expected[offset as usize..];
            match piece {
                Piece::Bytes(bytes) => target[..bytes.len()].copy_from_slice(bytes),
                Piece::Elements(elements) => {
                    for (place, element) in target.chunks_exact_mut(8).zip(elements) {
                        let word = reference(*element, &funcref_of);
                        place.copy_from_slice(&word.to_le_bytes());
                    }
                }
                Piece::Fill { word, count } => {
                    let words = target.chunks_exact_mut(8).take(count as usize);
                    words.for_each(|place| place.copy_from_slice(&word.to_le_bytes()));
                }
            }
        }
        let (space, _) = filled(pieces, &funcref_of, len);
        assert!(space == expected);
    }
}
