//! Masks against speculation past checks (Spectre variant 1, bounds check bypass).
//!
//! A processor that predicts a check's branch wrongly executes what comes after it for some hundred
//! instructions. What it reads there leaves traces in caches, which a hostile module can time. So what a
//! check refuses is replaced by something harmless, through a conditional move, which no processor
//! predicts. Cranelift has an instruction for that, `select_spectre_guard`, which it never makes a branch.
//!
//! SECURITY: where [`Plan::masks_speculation`](crate::plan::Plan::masks_speculation) holds,
//!
//! * an access to a checked memory that is out of bounds is one of byte 0 of the index instead, where the
//!   memory has the bytes that the access then takes from its start on, or else of the address 0, where
//!   nobody can map anything (`vm.mmap_min_addr`);
//! * a range of a bulk operator is empty and starts at 0;
//! * an index beyond a table is 0, or the element's address is 0 where the table may be empty;
//! * an indirect call whose type check fails goes to address 0.
//!
//! Accesses to an unchecked memory have no check to run ahead of: any 32-bit index, plus any offset,
//! lies in the reservation. The pass that folds addresses (`optimize/addresses.rs`) keeps it so.
//! `br_table` needs no mask, because Cranelift limits the index by a conditional move.

use super::Translator;
use cranelift_codegen::ir::{InstBuilder, Value, types};

impl Translator<'_> {
    /// Gives `value`, or 0 where any of `bad` holds, for speculative execution too. Both are the same to a
    /// program, which has trapped where `bad` holds.
    pub(super) fn masked(&mut self, bad: &[Value], value: Value) -> Value {
        if !self.plan.masks_speculation {
            return value;
        }
        let zero = self.ins().iconst(types::I64, 0);
        bad.iter().fold(value, |value, bad| {
            self.ins().select_spectre_guard(*bad, zero, value)
        })
    }

    /// Gives `value`, or 0 unless `good` holds, in the same way.
    pub(super) fn masked_unless(&mut self, good: Value, value: Value) -> Value {
        if !self.plan.masks_speculation {
            return value;
        }
        let zero = self.ins().iconst(types::I64, 0);
        self.ins().select_spectre_guard(good, value, zero)
    }
}
