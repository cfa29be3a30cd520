//! The layout of an instance's state and its initial contents.

use crate::Error;
use crate::module::Const;
use bytemuck::{NoUninit, bytes_of, cast_slice};
use kiln_abi::layout::{HOST_PAGE, MemoryCell, STATE_MAX, TABLE_ELEMENT, TableCell};
use std::collections::HashMap;

/// The state as it is laid out, from offset 0 up.
#[derive(Default)]
pub(super) struct StateBuilder {
    image: Vec<u8>,
    // Tables are laid behind the rest, so that long empty ones need no image.
    tables: Vec<(usize, Vec<u64>, u64)>,
}

impl StateBuilder {
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

    /// Lays a table's cell; gives its offset. `elements` is what the table starts with, null
    /// beyond. Lengths are in elements.
    pub fn table_cell(&mut self, elements: Vec<u64>, len: u64, max: u64) -> u64 {
        // The base is filled in when the tables are laid.
        let cell = TableCell {
            base: 0,
            len,
            max,
            capacity: len,
            mapped: 0,
        };
        let offset = self.record(&cell);
        self.tables.push((offset as usize, elements, len));
        offset
    }

    /// Lays a global; gives its offset.
    pub fn global(&mut self, value: Const, funcref_of: &HashMap<u32, u64>) -> u64 {
        if let Const::V128(bits) = value {
            let aligned = self.image.len().next_multiple_of(16);
            self.image.resize(aligned, 0);
            return self.record(&bits);
        }
        self.word(reference_or_bits(value, funcref_of))
    }

    /// Lays 8 bytes; gives their offset.
    pub fn word(&mut self, word: u64) -> u64 {
        self.record(&word)
    }

    fn record<T: NoUninit>(&mut self, record: &T) -> u64 {
        let offset = self.image.len() as u64;
        self.image.extend_from_slice(bytes_of(record));
        offset
    }

    /// The initial contents and the length of the state, both whole pages. Its address is `base`.
    pub fn finish(mut self, base: u64) -> Result<(Vec<u8>, u64), Error> {
        let mut len = self.image.len() as u64;
        for (cell, elements, count) in std::mem::take(&mut self.tables) {
            self.image[cell..cell + 8].copy_from_slice(&(base + len).to_le_bytes());
            if elements.iter().any(|element| *element != 0) {
                self.image.resize(len as usize, 0);
                self.image.extend_from_slice(cast_slice(&elements));
            }
            len += count * TABLE_ELEMENT;
            if len > STATE_MAX {
                return Err(
                    Error::new("the tables are larger than an executable can hold")
                        .help("tables start with too many elements; give them a smaller minimum"),
                );
            }
        }
        let pages = self.image.len().next_multiple_of(HOST_PAGE as usize);
        self.image.resize(pages, 0);
        Ok((self.image, len.next_multiple_of(HOST_PAGE)))
    }
}

/// A value as it lies in 8 bytes of state.
pub(super) fn reference_or_bits(value: Const, funcref_of: &HashMap<u32, u64>) -> u64 {
    match value {
        Const::I32(value) => u64::from(value as u32),
        Const::I64(value) => value as u64,
        Const::F32(bits) => bits.into(),
        Const::F64(bits) => bits,
        Const::V128(bits) => bits as u64,
        Const::Null => 0,
        // A function that nothing reachable refers to has no number, and none will be asked.
        Const::Function(index) => funcref_of.get(&index).copied().unwrap_or(0),
    }
}
