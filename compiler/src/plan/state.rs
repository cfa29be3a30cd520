//! The layout of an instance's state and its initial contents.

use super::Placement;
use super::pieces::{Piece, Placed, reference};
use crate::Error;
use crate::module::Const;
use bytemuck::{NoUninit, bytes_of};
use kiln_abi::layout::{Map, MemoryCell, TABLE_ELEMENT, TableCell};
use std::collections::HashMap;

/// The state as it is laid out, from offset 0 up.
#[derive(Default)]
pub(super) struct StateBuilder<'a> {
    records: Vec<u8>,
    // Tables are laid behind the rest.
    tables: Vec<Table<'a>>,
}

struct Table<'a> {
    /// Offset of its cell.
    cell: usize,
    /// Its contents, by byte offset in it.
    contents: Vec<Placed<'a>>,
    /// Its length in elements.
    len: u64,
}

/// The state as it is laid out.
pub(super) struct State<'a> {
    builder: StateBuilder<'a>,
    tables_start: u64,
    len: u64,
}

impl<'a> StateBuilder<'a> {
    /// Lays a memory's cell; gives its offset. Lengths are in bytes.
    pub fn memory_cell(&mut self, len: u64, max: u64, page_log2: u32) -> u64 {
        let cell = MemoryCell {
            base: 0,
            len,
            max,
            page_log2: page_log2.into(),
        };
        self.record(&cell)
    }

    /// Lays a table's cell; gives its offset. `contents` is what the table starts with, by byte
    /// offset in it. Lengths are in elements.
    pub fn table_cell(&mut self, contents: Vec<Placed<'a>>, len: u64, max: u64) -> u64 {
        // The base is filled in when the tables are laid.
        let cell = TableCell {
            base: 0,
            len,
            max,
            capacity: len,
            mapped: 0,
        };
        let offset = self.record(&cell);
        self.tables.push(Table {
            cell: offset as usize,
            contents,
            len,
        });
        offset
    }

    /// Lays a global; gives its offset.
    pub fn global(&mut self, value: Const, funcref_of: &HashMap<u32, u64>) -> u64 {
        if let Const::V128(bits) = value {
            let aligned = self.records.len().next_multiple_of(16);
            self.records.resize(aligned, 0);
            return self.record(&bits);
        }
        self.word(reference_or_bits(value, funcref_of))
    }

    /// Lays 8 bytes; gives their offset.
    pub fn word(&mut self, word: u64) -> u64 {
        self.record(&word)
    }

    fn record<T: NoUninit>(&mut self, record: &T) -> u64 {
        let offset = self.records.len() as u64;
        self.records.extend_from_slice(bytes_of(record));
        offset
    }

    /// Lays the tables, by their addresses; by their offsets where the state's address is not known yet.
    pub fn finish(mut self, placement: Placement, map: Map) -> Result<State<'a>, Error> {
        let base = match placement {
            Placement::Constant(base) => base,
            Placement::Register => 0,
        };
        let tables_start = self.records.len() as u64;
        let elements: u64 = self
            .tables
            .iter()
            .map(|table| table.len)
            .fold(0, u64::saturating_add);
        let len = elements
            .checked_mul(TABLE_ELEMENT)
            .and_then(|len| len.checked_add(tables_start));
        let Some(len) = len.filter(|len| *len <= map.state_max()) else {
            let (globals, most) = (tables_start >> 20, map.state_max() >> 20);
            return Err(Error::new(format!(
                "the tables start with {elements} elements of {TABLE_ELEMENT} bytes beside {globals} MiB \
                 of globals, an executable can hold {most} MiB in all"
            ))
            .help("tables start with too many elements; give them a smaller minimum"));
        };
        let mut at = tables_start;
        for table in &self.tables {
            self.records[table.cell..table.cell + 8].copy_from_slice(&(base + at).to_le_bytes());
            at += table.len * TABLE_ELEMENT;
        }
        Ok(State {
            builder: self,
            tables_start,
            len: len.next_multiple_of(map.page),
        })
    }
}

impl State<'_> {
    /// Its length in bytes, whole pages.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Gives what it starts as.
    pub fn contents(&self) -> Vec<Placed<'_>> {
        let mut contents = vec![(0, Piece::Bytes(&self.builder.records))];
        let mut at = self.tables_start;
        for table in &self.builder.tables {
            let placed = table.contents.iter();
            contents.extend(placed.map(|(offset, piece)| (at + offset, *piece)));
            at += table.len * TABLE_ELEMENT;
        }
        contents
    }
}

/// A value as it lies in 8 bytes of state.
fn reference_or_bits(value: Const, funcref_of: &HashMap<u32, u64>) -> u64 {
    match value {
        Const::I32(value) => u64::from(value as u32),
        Const::I64(value) => value as u64,
        Const::F32(bits) => bits.into(),
        Const::F64(bits) => bits,
        Const::V128(bits) => bits as u64,
        Const::Null => 0,
        Const::Function(index) => reference(Some(index), funcref_of),
    }
}
