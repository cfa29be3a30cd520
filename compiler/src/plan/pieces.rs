//! Pieces of initial contents: what segments and initialisers put where, and what remains of each
//! once later ones have overwritten earlier ones. Pieces borrow the module, so that the contents
//! take no more memory than their input, however far apart they lie or long they are.

use kiln_abi::image::WORD;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// The contents at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// Elements of a table: the functions referred to.
    Elements(&'a [Option<u32>]),
    /// This word, so many times.
    Fill { word: u64, count: u64 },
}

/// A piece and its offset in its address space.
pub(super) type Placed<'a> = (u64, Piece<'a>);

impl<'a> Piece<'a> {
    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Elements(elements) => elements.len() as u64 * WORD,
            Piece::Fill { count, .. } => count * WORD,
        }
    }

    /// The part from byte `start` to byte `end`, which are word boundaries but in bytes.
    pub fn part(&self, start: u64, end: u64) -> Self {
        let words = || (start / WORD) as usize..(end / WORD) as usize;
        match *self {
            Piece::Bytes(bytes) => Piece::Bytes(&bytes[start as usize..end as usize]),
            Piece::Elements(elements) => Piece::Elements(&elements[words()]),
            Piece::Fill { word, .. } => Piece::Fill {
                word,
                count: (end - start) / WORD,
            },
        }
    }
}

/// A reference to a function, or null, as a word. A function that nothing reachable refers to has no
/// number, and none will be asked.
pub(super) fn reference(function: Option<u32>, funcref_of: &HashMap<u32, u64>) -> u64 {
    let number = function.and_then(|index| funcref_of.get(&index));
    number.copied().unwrap_or(0)
}

/// Gives what remains of pieces of which later ones overwrite earlier ones: disjoint, in order of offset.
pub(super) fn overlay(pieces: Vec<Placed>) -> Vec<Placed> {
    let end = |(offset, piece): &Placed| offset + piece.len();
    if pieces.is_sorted_by(|one, next| end(one) <= next.0) {
        return pieces;
    }
    // From the last to the first, each gives what lies in no interval so far. Intervals that it
    // touches become one with it, so that the time is near linear.
    let mut covered: BTreeMap<u64, u64> = BTreeMap::new();
    let mut disjoint = Vec::with_capacity(pieces.len());
    for &(start, piece) in pieces.iter().rev() {
        let end = start + piece.len();
        let mut give = |from: u64, to: u64| {
            if from < to {
                disjoint.push((from, piece.part(from - start, to - start)));
            }
        };
        let (mut whole_start, mut whole_end) = (start, end);
        // What lies from here on is given or covered.
        let mut open = end;
        while let Some((&from, &to)) = covered.range(..=end).next_back()
            && to >= start
        {
            covered.remove(&from);
            give(to, open);
            open = open.min(from);
            (whole_start, whole_end) = (whole_start.min(from), whole_end.max(to));
        }
        give(start, open);
        covered.insert(whole_start, whole_end);
    }
    disjoint.sort_unstable_by_key(|(offset, _)| *offset);
    disjoint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_to_write_a_byte_wins() {
        // Against the plain way, for all pieces of up to 3 bytes in 6, three at a time.
        let ranges = || (0..6u64).flat_map(|start| (0..=3).map(move |len| (start, len)));
        let bytes = |fill| [fill; 3];
        let (one, two, three) = (bytes(1), bytes(2), bytes(3));
        for a in ranges() {
            for b in ranges() {
                for c in ranges() {
                    let given = [(a, &one), (b, &two), (c, &three)];
                    let mut expected = [0; 9];
                    for ((start, len), bytes) in given {
                        expected[start as usize..(start + len) as usize]
                            .copy_from_slice(&bytes[..len as usize]);
                    }
                    let pieces = given
                        .map(|((start, len), bytes)| (start, Piece::Bytes(&bytes[..len as usize])));
                    let mut written = [0; 9];
                    let mut end = 0;
                    for (offset, piece) in overlay(pieces.to_vec()) {
                        assert!(end <= offset, "{given:?}: in order, none twice");
                        end = offset + piece.len();
                        let Piece::Bytes(bytes) = piece else {
                            unreachable!("bytes stay bytes")
                        };
                        written[offset as usize..end as usize].copy_from_slice(bytes);
                    }
                    assert_eq!(written, expected, "{given:?}");
                }
            }
        }
    }

    #[test]
    fn segments_overwrite_a_fill() {
        let functions = [Some(7), None];
        let fill = |count| Piece::Fill { word: 1, count };
        let pieces = vec![(0, fill(1 << 24)), (16, Piece::Elements(&functions))];
        let rest = fill((1 << 24) - 4);
        let expected = [(0, fill(2)), (16, Piece::Elements(&functions)), (32, rest)];
        assert_eq!(overlay(pieces), expected);
    }
}
