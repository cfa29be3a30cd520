//! `.eh_frame` by its entries: one for each function (FDE) and those that several have in common (CIE).
//! They refer to functions, not the other way round, so that which are needed shows once it is known
//! which functions are (Linux Standard Base, "Exception Frames").

use super::{Pieces, Reference, reach};
use std::collections::BTreeSet;
use std::ops::Range;

const NAME: &[u8] = b".eh_frame";

/// Offset in an entry of its function's address.
const ADDRESS: usize = 8;

/// The entries of a table that are needed.
pub(super) struct Kept {
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    range: Range<usize>,
    /// Offset of the entry that it shares with others.
    common: Option<usize>,
}

/// Tells whether a section is a table of frames.
pub(super) fn is_table(pieces: &Pieces, section: Reference) -> bool {
    pieces.section(section).name == NAME
}

impl Kept {
    /// Picks the entries of functions in `live` sections, and those that they share. All of a table
    /// that is not understood is kept where any is.
    pub fn of(pieces: &Pieces, table: Reference, live: &BTreeSet<Reference>) -> Self {
        let section = pieces.section(table);
        let is_live = |range: Range<usize>| {
            let mut targets = reach::targets_within(pieces, table, range);
            targets.any(|target| live.contains(&target))
        };
        let Some(all) = entries(section.bytes) else {
            let range = 0..section.bytes.len();
            let is_kept = is_live(range.clone());
            let entries = is_kept.then_some(Entry {
                range,
                common: None,
            });
            return Self {
                entries: entries.into_iter().collect(),
            };
        };
        let functions = all.iter().filter(|entry| {
            let address = entry.range.start + ADDRESS;
            entry.common.is_some() && is_live(address..address + 1)
        });
        let kept: BTreeSet<usize> = functions
            .flat_map(|entry| [Some(entry.range.start), entry.common])
            .flatten()
            .collect();
        Self {
            entries: all
                .into_iter()
                .filter(|entry| kept.contains(&entry.range.start))
                .collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The sections that the entries refer to.
    pub fn targets(&self, pieces: &Pieces, table: Reference) -> Vec<Reference> {
        let ranges = self.entries.iter().map(|entry| entry.range.clone());
        ranges
            .flat_map(|range| reach::targets_within(pieces, table, range))
            .collect()
    }

    /// The entries as a table of their own.
    pub fn bytes(&self, table: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in &self.entries {
            let start = bytes.len();
            bytes.extend_from_slice(&table[entry.range.clone()]);
            if let Some(common) = entry.common.and_then(|common| self.moved(common)) {
                // The distance from this word to the entry shared.
                let distance = (start + 4 - common) as u32;
                bytes[start + 4..start + 8].copy_from_slice(&distance.to_le_bytes());
            }
        }
        bytes
    }

    /// The offset in that table of what lies at `offset`, if it is kept.
    pub fn moved(&self, offset: usize) -> Option<usize> {
        let mut start = 0;
        for entry in &self.entries {
            if entry.range.contains(&offset) {
                return Some(start + offset - entry.range.start);
            }
            start += entry.range.len();
        }
        None
    }
}

/// The entries of a table; `None` where it is malformed.
fn entries(table: &[u8]) -> Option<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut start = 0;
    while start < table.len() {
        let len = word(table, start)? as usize;
        // The end of all tables, which the linker adds anew.
        if len == 0 {
            break;
        }
        let range = start..start.checked_add(4)?.checked_add(len)?;
        table.get(range.clone())?;
        let distance = word(table, start + 4)? as usize;
        let common = match distance {
            0 => None,
            _ => Some((start + 4).checked_sub(distance)?),
        };
        // It comes before all that share it.
        let is_there = |common| {
            entries
                .binary_search_by_key(&common, |entry| entry.range.start)
                .is_ok_and(|index| entries[index].common.is_none())
        };
        if len < 8 || !common.is_none_or(is_there) {
            return None;
        }
        start = range.end;
        entries.push(Entry { range, common });
    }
    Some(entries)
}

fn word(table: &[u8], at: usize) -> Option<u32> {
    let bytes = table.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}
