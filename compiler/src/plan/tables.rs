//! Tables: what they hold at the start, and which of them never change.

use super::pieces::{Piece, Placed, reference};
use super::reach::Reach;
use super::state::StateBuilder;
use super::{StartTrap, TablePlace};
use crate::Error;
use crate::module::{Module, SegmentKind};
use kiln_abi::layout::TABLE_ELEMENT;
use kiln_abi::trap::{Limit, TrapKind};
use std::collections::{BTreeSet, HashMap};

/// The most elements `table.grow` may reach.
const GROWTH_LIMIT: u64 = 1 << 28;

/// Entries that a constant table may have beside two for each of its functions. An entry takes a
/// relocation, which costs ten times the entry; a table of references has one for each function.
const SPARE_ENTRIES: u64 = 4096;

/// An active segment: its first index in the table, and its elements.
type Segment<'a> = (u64, &'a [Option<u32>]);

/// Decides where every table lies; a trap, where an active segment does not fit its table.
pub(super) fn place<'a>(
    module: &'a Module,
    reach: &Reach,
    funcref_of: &HashMap<u32, u64>,
    state: &mut StateBuilder<'a>,
) -> Result<(Vec<TablePlace>, Option<StartTrap>), Error> {
    let mut segments: Vec<Vec<Segment>> = Vec::new();
    segments.resize_with(module.tables.len(), Vec::new);
    let mut trap = None;
    for segment in &module.elements {
        let SegmentKind::Active { index, offset } = segment.kind else {
            continue;
        };
        let len = module.tables[index as usize].ty.initial;
        let end = offset.checked_add(segment.items.len() as u64);
        if end.is_none_or(|end| end > len) {
            trap = Some(StartTrap {
                kind: TrapKind::TableRangeOutOfBounds,
                words: [offset, segment.items.len() as u64, Limit::Is(len).word()],
            });
            break;
        }
        segments[index as usize].push((offset, &segment.items));
    }
    let places = segments.into_iter().zip(&module.tables).zip(0..);
    let places = places.map(|((segments, table), index)| {
        let (len, rest) = (table.ty.initial, table.init.function());
        if !reach.tables.contains(&index) {
            return TablePlace::Unused;
        }
        if !reach.tables_as_data.contains(&index) {
            let entries = entries(&segments, rest);
            return TablePlace::Constant { entries, len, rest };
        }
        let max = table.ty.maximum.unwrap_or(u64::MAX);
        let fill = Piece::Fill {
            word: reference(rest, funcref_of),
            count: len,
        };
        let segments = segments.into_iter();
        let segments = segments.map(|(at, items)| (at * TABLE_ELEMENT, Piece::Elements(items)));
        let contents: Vec<Placed> = [(0, fill)].into_iter().chain(segments).collect();
        TablePlace::Mutable {
            cell: state.table_cell(contents, len, max.min(GROWTH_LIMIT.max(len))),
        }
    });
    Ok((places.collect(), trap))
}

/// The elements of a table up to the last that is not `rest`.
fn entries(segments: &[Segment], rest: Option<u32>) -> Vec<Option<u32>> {
    let mut entries = Vec::new();
    for (offset, items) in segments {
        let (start, end) = (*offset as usize, *offset as usize + items.len());
        if entries.len() < end {
            entries.resize(end, rest);
        }
        entries[start..end].copy_from_slice(items);
    }
    let last = entries.iter().rposition(|entry| *entry != rest);
    entries.truncate(last.map_or(0, |last| last + 1));
    entries
}

/// Tells if a table of read-only entries takes no more than `functions`, those it holds, and its
/// segments are worth: they may lie far apart, or repeat a function.
pub(super) fn is_worth_entries(module: &Module, table: u32, functions: &BTreeSet<u32>) -> bool {
    let ends = module
        .elements
        .iter()
        .filter_map(|segment| match segment.kind {
            SegmentKind::Active { index, offset } if index == table => {
                Some(offset.saturating_add(segment.items.len() as u64))
            }
            _ => None,
        });
    let len = module.tables[table as usize].ty.initial;
    // One that does not fit is never written.
    let end = ends.filter(|end| *end <= len).max().unwrap_or(0);
    end <= 2 * functions.len() as u64 + SPARE_ENTRIES
}
