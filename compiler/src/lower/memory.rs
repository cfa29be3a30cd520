//! Linear memories: loads, stores, size and growth. (`bulk.rs` has the bulk operators.)
//!
//! SECURITY: the sandbox stands on [`Translator::address`]. It has two cases.
//!
//! * A memory that is not checked: the address is `base + index + offset`, with a 32-bit index and a
//!   32-bit offset, computed in 64 bits, so that it lies in `[base, base + 8 GiB)` and an access of
//!   up to 16 bytes, or of 64 at offset 0 (`bulk.rs`), in the reservation (`MEMORY_RESERVE`). What
//!   lies there beyond the memory's length is inaccessible and faults.
//!   A pass moves constants out of the index into the displacement where the sum is proven not to
//!   wrap, or leads into the guard below: `optimize/addresses.rs` lists the proofs.
//! * Any other memory: `index + offset + size`, computed without overflow, is compared with the
//!   length in the memory's cell before the access. `speculation.rs` says what is accessed by a processor
//!   that runs ahead of the comparison.
//!
//! The base is a constant, or is loaded from the memory's cell: for each access anew where growing
//! can change it.

use super::traps::Word;
use super::{Region, Runtime, Target, Translator};
use crate::module::page_log2;
use crate::plan::{MemoryBase, MemoryPlace};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};
use kiln_abi::layout::MemoryCell;
use kiln_abi::trap::TrapKind;
use std::mem::offset_of;
use wasmparser::{MemArg, MemArgTarget, Operator};

/// The target of an access: flags, base and displacement, as load and store instructions take them.
pub(super) type Place = (MemFlagsData, Value, i32);

const CELL_BASE: u64 = offset_of!(MemoryCell, base) as u64;
const CELL_LEN: u64 = offset_of!(MemoryCell, len) as u64;

/// The memory an instruction is on. GC arrays, the other target there is, are not supported.
pub(super) fn memory_index(memarg: &MemArg) -> u32 {
    match memarg.target {
        MemArgTarget::Memory(index) => index,
        _ => unreachable!("validated: the gc proposal is off"),
    }
}

impl<'a> Translator<'a> {
    /// Translates an operator on linear memory; false for any other.
    pub(super) fn memory_operator(&mut self, operator: &Operator) -> bool {
        use types::{F32, F64, I8, I16, I32, I64};
        match *operator {
            Operator::I32Load { ref memarg } => self.load(memarg, I32),
            Operator::I64Load { ref memarg } => self.load(memarg, I64),
            Operator::F32Load { ref memarg } => self.load(memarg, F32),
            Operator::F64Load { ref memarg } => self.load(memarg, F64),
            Operator::I32Load8S { ref memarg } => self.load_sign_extended(memarg, I8, I32),
            Operator::I32Load8U { ref memarg } => self.load_zero_extended(memarg, I8, I32),
            Operator::I32Load16S { ref memarg } => self.load_sign_extended(memarg, I16, I32),
            Operator::I32Load16U { ref memarg } => self.load_zero_extended(memarg, I16, I32),
            Operator::I64Load8S { ref memarg } => self.load_sign_extended(memarg, I8, I64),
            Operator::I64Load8U { ref memarg } => self.load_zero_extended(memarg, I8, I64),
            Operator::I64Load16S { ref memarg } => self.load_sign_extended(memarg, I16, I64),
            Operator::I64Load16U { ref memarg } => self.load_zero_extended(memarg, I16, I64),
            Operator::I64Load32S { ref memarg } => self.load_sign_extended(memarg, I32, I64),
            Operator::I64Load32U { ref memarg } => self.load_zero_extended(memarg, I32, I64),
            Operator::I32Store { ref memarg }
            | Operator::I64Store { ref memarg }
            | Operator::F32Store { ref memarg }
            | Operator::F64Store { ref memarg } => self.store(memarg),
            Operator::I32Store8 { ref memarg } | Operator::I64Store8 { ref memarg } => {
                self.store_low(memarg, I8);
            }
            Operator::I32Store16 { ref memarg } | Operator::I64Store16 { ref memarg } => {
                self.store_low(memarg, I16);
            }
            Operator::I64Store32 { ref memarg } => self.store_low(memarg, I32),
            Operator::MemorySize { mem } => self.memory_size(mem),
            Operator::MemoryGrow { mem } => self.memory_grow(mem),
            _ => return self.bulk_operator(operator),
        }
        true
    }

    /// Pops an index and gives where an access of `size` bytes by `memarg` goes.
    pub(super) fn address(&mut self, memarg: &MemArg, size: u32) -> Place {
        let memory = memory_index(memarg);
        let index = self.pop();
        let flags = MemFlagsData::new().with_alias_region(Some(self.region(Region::Memory)));
        let index = self.index64(index);
        let is_checked = self.plan.memories[memory as usize].is_checked;
        let bad = match is_checked {
            true => self.check(memory, index, memarg.offset, size),
            false => Vec::new(),
        };
        let masks_index = self.begins_with(memory, memarg.offset, size);
        let index = match masks_index {
            true => self.masked(&bad, index),
            false => index,
        };
        let (start, displacement) = self.place(memory, index, memarg.offset);
        if masks_index || bad.is_empty() {
            return (flags, start, displacement);
        }
        let start = self.offset_by(start, i64::from(displacement));
        (flags, self.masked(&bad, start), 0)
    }

    /// Gives where an access at `index + offset` goes, as base and displacement, unchecked.
    fn place(&mut self, memory: u32, index: Value, offset: u64) -> (Value, i32) {
        let place = self.plan.memories[memory as usize];
        let fits = |offset: u64| i32::try_from(offset).is_ok();
        match place.base {
            // While the sum fits, base and offset become one displacement of the operand.
            MemoryBase::Constant(base)
                if self.plan.machine.has_absolute_operands && !fits(base + offset) =>
            {
                let base = self.ins().iconst(types::I64, (base + offset) as i64);
                (self.ins().iadd(index, base), 0)
            }
            _ => {
                let base = self.memory_base(place);
                let start = self.ins().iadd(index, base);
                match i32::try_from(offset) {
                    Ok(offset) => (start, offset),
                    Err(_) => (self.offset_by(start, offset as i64), 0),
                }
            }
        }
    }

    /// Tells if a memory always has `size` bytes at `offset`. No memory shrinks.
    fn begins_with(&self, memory: u32, offset: u64, size: u32) -> bool {
        let ty = &self.plan.module.memories[memory as usize];
        let len = ty.initial.saturating_mul(1 << page_log2(ty));
        offset.saturating_add(u64::from(size)) <= len
    }

    /// Pops an index and gives the address of `size` bytes by `memarg` that the runtime may touch:
    /// their bounds are checked in every memory, since the runtime must not fault on them.
    pub(super) fn checked_address(&mut self, memarg: &MemArg, size: u32) -> Value {
        let memory = memory_index(memarg);
        let index = self.pop();
        let index = self.index64(index);
        let bad = self.check(memory, index, memarg.offset, size);
        let base = self.memory_base(self.plan.memories[memory as usize]);
        let start = self.ins().iadd(base, index);
        let start = self.offset_by(start, memarg.offset as i64);
        self.masked(&bad, start)
    }

    fn offset_by(&mut self, address: Value, offset: i64) -> Value {
        let offset = self.ins().iconst(types::I64, offset);
        self.ins().iadd(address, offset)
    }

    fn memory_base(&mut self, place: MemoryPlace) -> Value {
        match place.base {
            MemoryBase::Constant(base) => self.constant_base(base, place.cell),
            MemoryBase::Settled => {
                let flags = self.trusted(Region::State).with_readonly().with_can_move();
                let (base, displacement) = self.state(place.cell + CELL_BASE);
                self.ins().load(types::I64, flags, base, displacement)
            }
            MemoryBase::Moving => self.load_state(types::I64, place.cell + CELL_BASE),
        }
    }

    /// The base of memory 0, one value for a whole function: made anew for each access, a quarter of
    /// the instructions of address computations would be this one, and compiling them takes time. Where no operand
    /// holds it, it is loaded, since Cranelift makes a constant anew in each block.
    fn constant_base(&mut self, base: u64, cell: u64) -> Value {
        if let Some(value) = self.memory_base {
            return value;
        }
        let settled = (!self.plan.machine.has_absolute_operands).then(|| {
            let flags = self.trusted(Region::State).with_readonly().with_can_move();
            (flags, self.state_base())
        });
        self.builder.ensure_inserted_block();
        let func = &mut *self.builder.func;
        let entry = func.layout.entry_block();
        let entry = entry.expect("what accesses memory stands in a block");
        let mut cursor = FuncCursor::new(func).at_first_insertion_point(entry);
        let value = match settled {
            None => cursor.ins().iconst(types::I64, base as i64),
            Some((flags, state)) => {
                let state = cursor.ins().iconst(types::I64, state as i64);
                let offset = (cell + CELL_BASE) as i32;
                cursor.ins().load(types::I64, flags, state, offset)
            }
        };
        self.memory_base = Some(value);
        value
    }

    // Traps unless `index + offset .. + size` lies in the memory. Gives the conditions under which it traps, to
    // mask by.
    fn check(&mut self, memory: u32, index: Value, offset: u64, size: u32) -> Vec<Value> {
        // No memory is as long as where this saturates.
        let beyond = offset.saturating_add(u64::from(size));
        let beyond = self.ins().iconst(types::I64, beyond as i64);
        let end = if self.is_memory64(memory) {
            let trap = super::clif_trap(TrapKind::AddressOverflow);
            self.ins().uadd_overflow_trap(index, beyond, trap)
        } else {
            // Index and offset have 32 bits each.
            self.ins().iadd(index, beyond)
        };
        let cell = self.plan.memories[memory as usize].cell;
        let len = self.load_state(types::I64, cell + CELL_LEN);
        let out = self.ins().icmp(IntCC::UnsignedGreaterThan, end, len);
        self.ins()
            .trapnz(out, super::clif_trap(TrapKind::MemoryOutOfBounds));
        match (self.plan.masks_speculation, self.is_memory64(memory)) {
            (false, _) => Vec::new(),
            (true, false) => vec![out],
            (true, true) => {
                let wraps = self.ins().icmp(IntCC::UnsignedLessThan, end, index);
                vec![wraps, out]
            }
        }
    }

    fn load(&mut self, memarg: &MemArg, ty: Type) {
        let (flags, base, offset) = self.address(memarg, ty.bytes());
        let value = self.ins().load(ty, flags, base, offset);
        self.push(value);
    }

    fn load_sign_extended(&mut self, memarg: &MemArg, from: Type, to: Type) {
        let (flags, base, offset) = self.address(memarg, from.bytes());
        let value = match from {
            types::I8 => self.ins().sload8(to, flags, base, offset),
            types::I16 => self.ins().sload16(to, flags, base, offset),
            _ => self.ins().sload32(flags, base, offset),
        };
        self.push(value);
    }

    fn load_zero_extended(&mut self, memarg: &MemArg, from: Type, to: Type) {
        let (flags, base, offset) = self.address(memarg, from.bytes());
        let value = match from {
            types::I8 => self.ins().uload8(to, flags, base, offset),
            types::I16 => self.ins().uload16(to, flags, base, offset),
            _ => self.ins().uload32(flags, base, offset),
        };
        self.push(value);
    }

    fn store(&mut self, memarg: &MemArg) {
        let value = self.pop();
        let size = self.builder.func.dfg.value_type(value).bytes();
        let (flags, base, offset) = self.address(memarg, size);
        self.ins().store(flags, value, base, offset);
    }

    fn store_low(&mut self, memarg: &MemArg, ty: Type) {
        let value = self.pop();
        let (flags, base, offset) = self.address(memarg, ty.bytes());
        match ty {
            types::I8 => self.ins().istore8(flags, value, base, offset),
            types::I16 => self.ins().istore16(flags, value, base, offset),
            _ => self.ins().istore32(flags, value, base, offset),
        };
    }

    fn is_memory64(&self, memory: u32) -> bool {
        self.plan.module.memories[memory as usize].memory64
    }

    fn memory_size(&mut self, memory: u32) {
        let cell = self.plan.memories[memory as usize].cell;
        let bytes = self.load_state(types::I64, cell + CELL_LEN);
        let ty = self.plan.module.memories[memory as usize];
        let pages = self.ins().ushr_imm_u(bytes, i64::from(page_log2(&ty)));
        let pages = self.index_value(pages, ty.memory64);
        self.push(pages);
    }

    fn memory_grow(&mut self, memory: u32) {
        let delta = self.pop();
        let delta = self.index64(delta);
        let place = self.plan.memories[memory as usize];
        let cell = self.state_address(place.cell);
        let reserve = self.plan.memory_plans[memory as usize].reserve;
        let grow = match (reserve, place.base) {
            (0, MemoryBase::Constant(_)) => Runtime::MemoryGrowMapping,
            (0, _) => Runtime::MemoryGrowMoving,
            _ => Runtime::MemoryGrow,
        };
        let instance = self.instance();
        let old = self.call_runtime(grow, &[instance, cell, delta]);
        let old = self.index_value(old[0], self.is_memory64(memory));
        self.push(old);
    }

    /// Traps unless `start .. start + len` lies in the memory; gives the address of `start`, and `len`.
    pub(super) fn range(&mut self, memory: u32, start: Value, len: Value) -> (Value, Value) {
        let place = self.plan.memories[memory as usize];
        let limit = self.load_state(types::I64, place.cell + CELL_LEN);
        let (kind, told) = (
            TrapKind::MemoryRangeOutOfBounds,
            Word::len_of_cell(place.cell),
        );
        let (start, len) = if self.is_memory64(memory) {
            self.check_range(start, len, limit, kind, told)
        } else {
            // Start and length have 32 bits each: the length of a copy is of the smaller index type.
            let end = self.ins().iadd(start, len);
            let out = self.ins().icmp(IntCC::UnsignedGreaterThan, end, limit);
            self.trap_if(out, kind, &[Word::Value(start), Word::Value(len), told]);
            (self.masked(&[out], start), self.masked(&[out], len))
        };
        let base = self.memory_base(place);
        (self.ins().iadd(base, start), len)
    }

    /// Traps unless `start + len`, 64 bits each, is at most `limit`, which is `told`. Gives `start` and `len`.
    pub(super) fn check_range(
        &mut self,
        start: Value,
        len: Value,
        limit: Value,
        kind: TrapKind,
        told: Word,
    ) -> (Value, Value) {
        let (end, wraps) = self.ins().uadd_overflow(start, len);
        let out = self.ins().icmp(IntCC::UnsignedGreaterThan, end, limit);
        let out = self.ins().bor(wraps, out);
        self.trap_if(out, kind, &[Word::Value(start), Word::Value(len), told]);
        (self.masked(&[out], start), self.masked(&[out], len))
    }

    /// Calls a function of the runtime.
    pub(super) fn call_runtime(&mut self, function: Runtime, arguments: &[Value]) -> Vec<Value> {
        let callee = self.callee(Target::Runtime(function));
        let call = self.ins().call(callee, arguments);
        self.builder.inst_results(call).to_vec()
    }
}
