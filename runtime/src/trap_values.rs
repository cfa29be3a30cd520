//! The values that compiled code has compared before it trapped: see [`kiln_abi::trap`].

use crate::arch;
use crate::instance::Instance;
use crate::program::Linked;
use crate::report::Report;
use crate::state::State;
use kiln_abi::leb128;
use kiln_abi::trap::{Limit, TrapKind};

/// The words that an instance's code has stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Values {
    words: [u64; 3],
    /// The state that words may refer to.
    state: *const State,
}

/// Zeros, which refer to nothing.
impl Default for Values {
    fn default() -> Self {
        Self {
            words: [0; 3],
            state: core::ptr::null(),
        }
    }
}

impl Values {
    /// Those of an instance.
    pub fn of(instance: &Instance) -> Self {
        Self {
            words: instance.trap_values,
            state: core::ptr::from_ref(instance).wrapping_add(1).cast(),
        }
    }

    /// Those of a trap of this kind at the instruction behind `code`, with what its comparison has in
    /// registers; `None` where that is not found and the kind has no other.
    pub fn with_compared(
        mut self,
        kind: TrapKind,
        code: &[u8],
        registers: &arch::Registers,
    ) -> Option<Self> {
        match kind {
            TrapKind::MemoryOutOfBounds => {
                let (end, len) = arch::compared_bounds(code, registers)?;
                self.words = [end.wrapping_sub(1), Limit::Is(len).word(), 0];
            }
            TrapKind::TableOutOfBounds | TrapKind::UndefinedElement => {
                let (index, len) = arch::compared_bounds(code, registers)?;
                self.words = [index, Limit::Is(len).word(), 0];
            }
            TrapKind::IndirectCallMismatch => {
                // No type has the number 0.
                let compared = arch::compared_types(code, registers);
                let (found, expected) = compared.unwrap_or_default();
                self.words = [self.words[0], expected.into(), found.into()];
            }
            _ => {}
        }
        Some(self)
    }

    /// Tells what the words say of a trap of this kind, if anything.
    pub fn tell(self, kind: TrapKind, linked: &Linked, report: &mut impl Report) {
        let [first, second, third] = self.words;
        match kind {
            TrapKind::MemoryOutOfBounds => {
                address(first, report);
                self.container(b" in a memory of ", second, b" bytes", report);
            }
            TrapKind::UnalignedAtomic => address(first, report),
            TrapKind::TableOutOfBounds | TrapKind::UndefinedElement => {
                index(first, report);
                self.container(b" in a table of ", second, b" elements", report);
            }
            TrapKind::UninitializedElement => index(first, report),
            TrapKind::IndirectCallMismatch => {
                index(first, report);
                type_of(b": expected ", second, linked, report);
                type_of(b", found ", third, linked, report);
            }
            TrapKind::MemoryRangeOutOfBounds => {
                bytes(first, second, b" bytes at address ", report);
                self.container(b" in a memory of ", third, b" bytes", report);
            }
            TrapKind::DataSegmentOutOfBounds => {
                bytes(first, second, b" bytes at offset ", report);
                self.container(b" in a data segment of ", third, b" bytes", report);
            }
            TrapKind::TableRangeOutOfBounds => {
                elements(first, second, report);
                self.container(b" in a table of ", third, b" elements", report);
            }
            TrapKind::ElementSegmentOutOfBounds => {
                elements(first, second, report);
                self.container(b" in an element segment of ", third, b" elements", report);
            }
            _ => {}
        }
    }

    /// Tells a limit: bytes in hexadecimal, as addresses are, elements in decimal, as indices are.
    fn container(self, before: &[u8], limit: u64, unit: &[u8], report: &mut impl Report) {
        let len = match Limit::of_word(limit) {
            Limit::Is(len) => len,
            // SAFETY: the compiler stores offsets of words of the state, which stays mapped.
            Limit::At(offset) => unsafe {
                self.state
                    .wrapping_byte_add(offset as usize)
                    .cast::<u64>()
                    .read()
            },
        };
        report.put(before);
        if unit == b" bytes" {
            report.hexadecimal(len);
        } else {
            report.decimal(len);
        }
        report.put(unit);
    }
}

fn address(address: u64, report: &mut impl Report) {
    report.put(b": address ");
    report.hexadecimal(address);
}

fn index(index: u64, report: &mut impl Report) {
    report.put(b": index ");
    report.decimal(index);
}

fn bytes(first: u64, count: u64, at: &[u8], report: &mut impl Report) {
    report.put(b": ");
    report.hexadecimal(count);
    report.put(at);
    report.hexadecimal(first);
}

fn elements(first: u64, count: u64, report: &mut impl Report) {
    report.put(b": ");
    report.decimal(count);
    report.put(b" elements at index ");
    report.decimal(first);
}

fn type_of(before: &[u8], id: u64, linked: &Linked, report: &mut impl Report) {
    let text = (id as u32).checked_sub(1);
    let text = text.and_then(|index| leb128::nth_string(linked.types, index));
    if let Some(text) = text {
        report.put(before);
        report.put(text);
    }
}
