//! Traps at comparisons, with the values that are told of them.
//!
//! A comparison that fails goes to a block of its own, which stores what was compared in the instance's
//! record ([`kiln_abi::trap`]) and traps. Cranelift puts such blocks behind the function's code. Checks of
//! accesses and of indirect calls have no such block (`trapnz`), because there are many: their operands
//! are found in registers.

use super::{Region, Translator};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use kiln_abi::layout::{MemoryCell, TRAP_VALUES, TableCell};
use kiln_abi::trap::{Limit, TrapKind};
use std::mem::offset_of;

/// Offset in a memory's and in a table's cell of its length.
const CELL_LEN: u64 = offset_of!(MemoryCell, len) as u64;
const _: () = assert!(offset_of!(TableCell, len) as u64 == CELL_LEN);

/// A word that is stored before a trap.
#[derive(Clone, Copy)]
pub(super) enum Word {
    /// An integer of 32 bits, without a sign, or 64.
    Value(Value),
    /// Such an integer and a static offset.
    Sum(Value, u64),
    /// A number.
    Constant(u64),
}

impl Word {
    /// The length of the memory or table with a cell at this offset in the state.
    pub(super) fn len_of_cell(cell: u64) -> Self {
        Self::Constant(Limit::At(cell + CELL_LEN).word())
    }
}

impl Translator<'_> {
    /// Traps with `kind` where `condition` holds.
    pub(super) fn trap_if(&mut self, condition: Value, kind: TrapKind, words: &[Word]) {
        let (bad, good) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(bad);
        self.ins().brif(condition, bad, &[], good, &[]);
        self.builder.seal_block(bad);
        self.builder.seal_block(good);
        self.builder.switch_to_block(bad);
        self.store_trap_values(words);
        self.ins().trap(super::clif_trap(kind));
        self.builder.switch_to_block(good);
    }

    /// Stores what is told of a trap that follows.
    pub(super) fn store_trap_values(&mut self, words: &[Word]) {
        let flags = self.trusted(Region::State);
        for (word, index) in words.iter().zip(0..) {
            let value = match *word {
                Word::Value(value) => self.index64(value),
                Word::Sum(value, offset) => {
                    let value = self.index64(value);
                    self.ins().iadd_imm_u(value, offset as i64)
                }
                Word::Constant(number) => self.ins().iconst(types::I64, number as i64),
            };
            let (base, displacement) = self.record(TRAP_VALUES + 8 * index);
            self.ins().store(flags, value, base, displacement);
        }
    }
}
