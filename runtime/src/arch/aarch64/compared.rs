//! The operands of a comparison that led to a trap, read from machine code and registers: see the module of
//! the same name for x86-64.

use super::Registers;

/// Finds the operands of the bounds check that led to the trap behind `code`: what was too large, and the limit.
pub fn compared_bounds(_code: &[u8], _registers: &Registers) -> Option<(u64, u64)> {
    None
}

/// Finds the operands of the comparison of two types that led to the trap behind `code`: the type that was found
/// and the one that was expected.
pub fn compared_types(_code: &[u8], _registers: &Registers) -> Option<(u32, u32)> {
    None
}
