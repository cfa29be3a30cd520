//! Traps: their numbers, their words, and the table that maps a machine code address back to a
//! WebAssembly function and offset.
//!
//! The table ([`crate::symbols::TRAP_SITES`]) is a little-endian `u32` count, that many
//! [`FunctionRecord`]s (six `u32`s each) sorted by address, then the names' bytes and, per
//! function, its sites: for each, in order of address, the unsigned distance in code bytes from
//! the last (the function's start at first), the kind, and the signed distance in wasm bytes from
//! the last (the function body's offset at first). It is read only when a trap happens.

use crate::leb128;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $message:literal;)*) => {
        /// Why a program trapped. The words begin as those that the specification's tests ask for.
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum TrapKind { $($(#[$doc])* $name = $number,)* }

        impl TrapKind {
            /// The kind with this number.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// What a person is told.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

kinds! {
    /// The `unreachable` instruction.
    Unreachable = 1, "unreachable executed";
    /// An access outside a linear memory.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// An access outside a table.
    TableOutOfBounds = 3, "out of bounds table access";
    /// An indirect call outside its table.
    UndefinedElement = 4, "undefined element";
    /// An indirect call of a null element.
    UninitializedElement = 5, "uninitialized element";
    /// An indirect call of a function of another type.
    IndirectCallMismatch = 6, "indirect call type mismatch";
    /// Integer division by zero.
    DivisionByZero = 7, "integer divide by zero";
    /// Integer overflow in a division or a conversion.
    IntegerOverflow = 8, "integer overflow";
    /// A conversion of NaN to an integer.
    InvalidConversion = 9, "invalid conversion to integer";
    /// The wasm stack is used up.
    StackExhausted = 10, "call stack exhausted";
    /// A null reference where a value is needed.
    NullReference = 11, "null reference";
    /// An atomic access that is not naturally aligned.
    UnalignedAtomic = 12, "unaligned atomic";
    /// `memory.atomic.wait` on a memory that is not shared.
    ExpectedShared = 13, "expected shared memory";
    /// A call to an import that was unknown when the program was compiled.
    UnknownImport = 14, "unknown import called";
    /// A call of a null function reference.
    NullFunctionReference = 15, "null function reference";
    /// A null exception reference that is thrown.
    NullExceptionReference = 16, "null exception reference";
}

/// A function in the table of trap sites. One into whose code others are inlined has several, and so
/// have they: each for the sites from its address up to that of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionRecord {
    /// Offset of its code from [`crate::symbols::TEXT`].
    pub text_offset: u32,
    /// Its index in the module's function index space.
    pub index: u32,
    /// Offset of its body in the module.
    pub wasm_offset: u32,
    /// Offset of its sites in the table.
    pub sites: u32,
    /// Offset of its name in the table.
    pub name: u32,
    /// Length of its name in bytes, 0 where it has none.
    pub name_len: u32,
}

const RECORD_LEN: usize = 24;

/// The kind that ends a function's sites.
const END: u8 = 0;

/// A trap site that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site<'a> {
    /// What the instruction there traps with.
    pub kind: TrapKind,
    /// The function's index in the module.
    pub function: u32,
    /// The function's name, empty where it has none. UTF-8, as validated.
    pub name: &'a [u8],
    /// Offset in the module of the instruction.
    pub wasm_offset: u32,
}

/// The table as the runtime reads it.
#[derive(Clone, Copy, Debug)]
pub struct TrapSites<'a>(pub &'a [u8]);

impl<'a> TrapSites<'a> {
    /// The site at `text_offset` from [`crate::symbols::TEXT`], if an instruction there can trap.
    pub fn find(&self, text_offset: u32) -> Option<Site<'a>> {
        let function = self.function(text_offset)?;
        let mut sites = self.0.get(function.sites as usize..)?;
        let mut at = u64::from(function.text_offset);
        let mut wasm_offset = i64::from(function.wasm_offset);
        loop {
            at += leb128::read_unsigned(&mut sites)?;
            let (&kind, rest) = sites.split_first()?;
            sites = rest;
            wasm_offset += leb128::read_signed(&mut sites)?;
            if kind == END || at > u64::from(text_offset) {
                return None;
            }
            if at == u64::from(text_offset) {
                return Some(Site {
                    kind: TrapKind::from_number(kind)?,
                    function: function.index,
                    name: self.name(&function),
                    wasm_offset: wasm_offset as u32,
                });
            }
        }
    }

    /// The function whose code contains `text_offset`.
    pub fn function(&self, text_offset: u32) -> Option<FunctionRecord> {
        let count = self.word(0)? as usize;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.word(4 + middle * RECORD_LEN)? <= text_offset {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let at = 4 + low.checked_sub(1)? * RECORD_LEN;
        Some(FunctionRecord {
            text_offset: self.word(at)?,
            index: self.word(at + 4)?,
            wasm_offset: self.word(at + 8)?,
            sites: self.word(at + 12)?,
            name: self.word(at + 16)?,
            name_len: self.word(at + 20)?,
        })
    }

    /// The name of a function of this table, empty where it has none.
    pub fn name(&self, function: &FunctionRecord) -> &'a [u8] {
        let start = function.name as usize;
        self.0
            .get(start..start + function.name_len as usize)
            .unwrap_or_default()
    }

    fn word(&self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }
}

#[cfg(feature = "alloc")]
pub use write::TrapSitesWriter;

#[cfg(feature = "alloc")]
mod write {
    use super::{END, FunctionRecord, RECORD_LEN, TrapKind};
    use crate::leb128;
    use alloc::collections::BTreeMap;
    use alloc::string::String;
    use alloc::vec::Vec;

    /// Collects functions in order of address, then gives the table's bytes.
    #[derive(Debug, Default)]
    pub struct TrapSitesWriter {
        records: Vec<FunctionRecord>,
        blob: Vec<u8>,
        /// Where each name lies.
        names: BTreeMap<String, u32>,
    }

    impl TrapSitesWriter {
        /// Adds a function: where it lies, its name (may be empty), and its sites as (offset from
        /// the function's start, kind, wasm offset) in order of address.
        pub fn function(
            &mut self,
            text_offset: u32,
            index: u32,
            wasm_offset: u32,
            name: &str,
            sites: impl IntoIterator<Item = (u32, TrapKind, u32)>,
        ) {
            let blob = &mut self.blob;
            let name_at = match self.names.get(name) {
                Some(at) => *at,
                None => {
                    let at = blob.len() as u32;
                    blob.extend_from_slice(name.as_bytes());
                    self.names.insert(name.into(), at);
                    at
                }
            };
            self.records.push(FunctionRecord {
                text_offset,
                index,
                wasm_offset,
                sites: self.blob.len() as u32,
                name: name_at,
                name_len: name.len() as u32,
            });
            let mut last = (0, i64::from(wasm_offset));
            for (offset, kind, wasm) in sites {
                leb128::write_unsigned(&mut self.blob, u64::from(offset - last.0));
                self.blob.push(kind as u8);
                leb128::write_signed(&mut self.blob, i64::from(wasm) - last.1);
                last = (offset, i64::from(wasm));
            }
            self.blob.extend_from_slice(&[1, END, 0]);
        }

        /// The finished table.
        pub fn finish(self) -> Vec<u8> {
            let header = 4 + self.records.len() * RECORD_LEN;
            let mut out = Vec::with_capacity(header + self.blob.len());
            out.extend_from_slice(&(self.records.len() as u32).to_le_bytes());
            for r in &self.records {
                let (sites, name) = (r.sites + header as u32, r.name + header as u32);
                for word in [
                    r.text_offset,
                    r.index,
                    r.wasm_offset,
                    sites,
                    name,
                    r.name_len,
                ] {
                    out.extend_from_slice(&word.to_le_bytes());
                }
            }
            out.extend_from_slice(&self.blob);
            out
        }
    }

    #[cfg(test)]
    mod tests {
        use super::super::{Site, TrapSites};
        use super::*;

        #[test]
        fn sites_are_found_by_exact_address() {
            let mut writer = TrapSitesWriter::default();
            let sites = [
                (0, TrapKind::Unreachable, 120),
                (300, TrapKind::MemoryOutOfBounds, 90),
            ];
            writer.function(0, 7, 100, "first", sites);
            writer.function(512, 9, 200, "", [(8, TrapKind::DivisionByZero, 201)]);
            let bytes = writer.finish();
            let table = TrapSites(&bytes);
            let site = |kind, function, name: &'static str, wasm_offset| {
                Some(Site {
                    kind,
                    function,
                    name: name.as_bytes(),
                    wasm_offset,
                })
            };
            assert_eq!(table.find(0), site(TrapKind::Unreachable, 7, "first", 120));
            assert_eq!(
                table.find(300),
                site(TrapKind::MemoryOutOfBounds, 7, "first", 90)
            );
            assert_eq!(table.find(301), None);
            assert_eq!(table.find(299), None);
            assert_eq!(table.find(520), site(TrapKind::DivisionByZero, 9, "", 201));
            assert_eq!(table.find(519), None);
            assert_eq!(table.find(9000), None);
        }
    }
}
