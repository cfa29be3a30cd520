//! Tables: what they hold at the start, and which of them never change.

use super::TablePlace;
use super::reach::Reach;
use super::state::{StateBuilder, reference_or_bits};
use crate::Error;
use crate::module::{Const, Module, SegmentKind, Table};
use kiln_abi::trap::TrapKind;
use std::collections::HashMap;

/// The most elements `table.grow` may reach.
const GROWTH_LIMIT: u64 = 1 << 28;

/// The most elements that a table's initialiser may fill: they are written out in the executable.
const FILL_LIMIT: u64 = 1 << 24;

/// Decides where every table lies; a trap, where an active segment does not fit its table.
pub(super) fn place(
    module: &Module,
    reach: &Reach,
    funcref_of: &HashMap<u32, u64>,
    state: &mut StateBuilder,
) -> Result<(Vec<TablePlace>, Option<TrapKind>), Error> {
    let too_large = |table: &Table| table.init != Const::Null && table.ty.initial > FILL_LIMIT;
    if let Some(index) = module.tables.iter().position(too_large) {
        return Err(Error::new(format!(
            "table {index} starts with more than {FILL_LIMIT} elements that are not null"
        )));
    }
    let (contents, trap) = initial_contents(module);
    let places = contents.into_iter().zip(&module.tables).zip(0..);
    let places = places.map(|((elements, table), index)| {
        let len = table.ty.initial;
        if !reach.tables.contains(&index) {
            TablePlace::Unused
        } else if !reach.tables_as_data.contains(&index) {
            let entries = elements.iter().map(|element| element.function()).collect();
            TablePlace::Constant { entries, len }
        } else {
            let max = table
                .ty
                .maximum
                .unwrap_or(u64::MAX)
                .min(GROWTH_LIMIT.max(len));
            let values = elements
                .iter()
                .map(|e| reference_or_bits(*e, funcref_of))
                .collect();
            TablePlace::Mutable {
                cell: state.table_cell(values, len, max),
            }
        }
    });
    Ok((places.collect(), trap))
}

/// Each table's elements up to the last that is not null.
fn initial_contents(module: &Module) -> (Vec<Vec<Const>>, Option<TrapKind>) {
    let fill = |table: &Table| match table.init {
        Const::Null => Vec::new(),
        init => vec![init; table.ty.initial as usize],
    };
    let mut tables: Vec<Vec<Const>> = module.tables.iter().map(fill).collect();
    for segment in &module.elements {
        let SegmentKind::Active { index, offset } = segment.kind else {
            continue;
        };
        let (table, len) = (
            &mut tables[index as usize],
            module.tables[index as usize].ty.initial,
        );
        let end = offset.checked_add(segment.items.len() as u64);
        let Some(end) = end.filter(|end| *end <= len) else {
            return (tables, Some(TrapKind::TableOutOfBounds));
        };
        if table.len() < end as usize {
            table.resize(end as usize, Const::Null);
        }
        table[offset as usize..end as usize].copy_from_slice(&segment.items);
    }
    for table in &mut tables {
        let last = table.iter().rposition(|element| *element != Const::Null);
        table.truncate(last.map_or(0, |last| last + 1));
    }
    (tables, None)
}
