//! Atomic operators (the threads proposal), on shared and unshared memories. An access that is not
//! naturally aligned traps, which is checked before its bounds are.

use super::memory::memory_index;
use super::traps::Word;
use super::{Runtime, Translator};
use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, MemFlagsData, Type, Value, types};
use kiln_abi::trap::TrapKind;
use types::{I8, I16, I32, I64};
use wasmparser::{MemArg, Operator};

impl<'a> Translator<'a> {
    /// Translates an atomic operator; false for any other.
    pub(super) fn atomic(&mut self, operator: &Operator) -> bool {
        match *operator {
            Operator::AtomicFence { .. } => {
                self.ins().fence();
            }
            Operator::MemoryAtomicWait32 { ref memarg } => self.atomic_wait(memarg, I32),
            Operator::MemoryAtomicWait64 { ref memarg } => self.atomic_wait(memarg, I64),
            Operator::MemoryAtomicNotify { ref memarg } => self.atomic_notify(memarg),
            _ => {
                return self.atomic_load_or_store(operator)
                    || self.atomic_modification(operator)
                    || self.atomic_exchange(operator);
            }
        }
        true
    }

    fn atomic_load_or_store(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match *operator {
            I32AtomicLoad8U { ref memarg } => self.atomic_load(memarg, I8, I32),
            I32AtomicLoad16U { ref memarg } => self.atomic_load(memarg, I16, I32),
            I32AtomicLoad { ref memarg } => self.atomic_load(memarg, I32, I32),
            I64AtomicLoad8U { ref memarg } => self.atomic_load(memarg, I8, I64),
            I64AtomicLoad16U { ref memarg } => self.atomic_load(memarg, I16, I64),
            I64AtomicLoad32U { ref memarg } => self.atomic_load(memarg, I32, I64),
            I64AtomicLoad { ref memarg } => self.atomic_load(memarg, I64, I64),
            I32AtomicStore8 { ref memarg } | I64AtomicStore8 { ref memarg } => {
                self.atomic_store(memarg, I8);
            }
            I32AtomicStore16 { ref memarg } | I64AtomicStore16 { ref memarg } => {
                self.atomic_store(memarg, I16);
            }
            I32AtomicStore { ref memarg } | I64AtomicStore32 { ref memarg } => {
                self.atomic_store(memarg, I32);
            }
            I64AtomicStore { ref memarg } => self.atomic_store(memarg, I64),
            _ => return false,
        }
        true
    }

    fn atomic_load(&mut self, memarg: &MemArg, from: Type, to: Type) {
        let (flags, address) = self.atomic_address(memarg, from.bytes());
        let value = self.ins().atomic_load(from, flags, address);
        self.push_zero_extended(value, to);
    }

    fn atomic_store(&mut self, memarg: &MemArg, ty: Type) {
        let value = self.pop();
        let value = self.wrapped(value, ty);
        let (flags, address) = self.atomic_address(memarg, ty.bytes());
        self.ins().atomic_store(flags, value, address);
    }

    fn atomic_modification(&mut self, operator: &Operator) -> bool {
        use AtomicRmwOp::*;
        use Operator::*;
        let (memarg, ty, op) = match *operator {
            I32AtomicRmw8AddU { ref memarg } | I64AtomicRmw8AddU { ref memarg } => {
                (memarg, I8, Add)
            }
            I32AtomicRmw16AddU { ref memarg } | I64AtomicRmw16AddU { ref memarg } => {
                (memarg, I16, Add)
            }
            I32AtomicRmwAdd { ref memarg } | I64AtomicRmw32AddU { ref memarg } => {
                (memarg, I32, Add)
            }
            I64AtomicRmwAdd { ref memarg } => (memarg, I64, Add),
            I32AtomicRmw8SubU { ref memarg } | I64AtomicRmw8SubU { ref memarg } => {
                (memarg, I8, Sub)
            }
            I32AtomicRmw16SubU { ref memarg } | I64AtomicRmw16SubU { ref memarg } => {
                (memarg, I16, Sub)
            }
            I32AtomicRmwSub { ref memarg } | I64AtomicRmw32SubU { ref memarg } => {
                (memarg, I32, Sub)
            }
            I64AtomicRmwSub { ref memarg } => (memarg, I64, Sub),
            I32AtomicRmw8AndU { ref memarg } | I64AtomicRmw8AndU { ref memarg } => {
                (memarg, I8, And)
            }
            I32AtomicRmw16AndU { ref memarg } | I64AtomicRmw16AndU { ref memarg } => {
                (memarg, I16, And)
            }
            I32AtomicRmwAnd { ref memarg } | I64AtomicRmw32AndU { ref memarg } => {
                (memarg, I32, And)
            }
            I64AtomicRmwAnd { ref memarg } => (memarg, I64, And),
            I32AtomicRmw8OrU { ref memarg } | I64AtomicRmw8OrU { ref memarg } => (memarg, I8, Or),
            I32AtomicRmw16OrU { ref memarg } | I64AtomicRmw16OrU { ref memarg } => {
                (memarg, I16, Or)
            }
            I32AtomicRmwOr { ref memarg } | I64AtomicRmw32OrU { ref memarg } => (memarg, I32, Or),
            I64AtomicRmwOr { ref memarg } => (memarg, I64, Or),
            I32AtomicRmw8XorU { ref memarg } | I64AtomicRmw8XorU { ref memarg } => {
                (memarg, I8, Xor)
            }
            I32AtomicRmw16XorU { ref memarg } | I64AtomicRmw16XorU { ref memarg } => {
                (memarg, I16, Xor)
            }
            I32AtomicRmwXor { ref memarg } | I64AtomicRmw32XorU { ref memarg } => {
                (memarg, I32, Xor)
            }
            I64AtomicRmwXor { ref memarg } => (memarg, I64, Xor),
            I32AtomicRmw8XchgU { ref memarg } | I64AtomicRmw8XchgU { ref memarg } => {
                (memarg, I8, Xchg)
            }
            I32AtomicRmw16XchgU { ref memarg } | I64AtomicRmw16XchgU { ref memarg } => {
                (memarg, I16, Xchg)
            }
            I32AtomicRmwXchg { ref memarg } | I64AtomicRmw32XchgU { ref memarg } => {
                (memarg, I32, Xchg)
            }
            I64AtomicRmwXchg { ref memarg } => (memarg, I64, Xchg),
            _ => return false,
        };
        let operand = self.pop();
        let to = self.builder.func.dfg.value_type(operand);
        let operand = self.wrapped(operand, ty);
        let (flags, address) = self.atomic_address(memarg, ty.bytes());
        let old = self.ins().atomic_rmw(ty, flags, op, address, operand);
        self.push_zero_extended(old, to);
        true
    }

    fn atomic_exchange(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        let (memarg, ty) = match *operator {
            I32AtomicRmw8CmpxchgU { ref memarg } | I64AtomicRmw8CmpxchgU { ref memarg } => {
                (memarg, I8)
            }
            I32AtomicRmw16CmpxchgU { ref memarg } | I64AtomicRmw16CmpxchgU { ref memarg } => {
                (memarg, I16)
            }
            I32AtomicRmwCmpxchg { ref memarg } | I64AtomicRmw32CmpxchgU { ref memarg } => {
                (memarg, I32)
            }
            I64AtomicRmwCmpxchg { ref memarg } => (memarg, I64),
            _ => return false,
        };
        let (expected, replacement) = self.pop2();
        let to = self.builder.func.dfg.value_type(expected);
        let expected = self.wrapped(expected, ty);
        let replacement = self.wrapped(replacement, ty);
        let (flags, address) = self.atomic_address(memarg, ty.bytes());
        let old = self.ins().atomic_cas(flags, address, expected, replacement);
        self.push_zero_extended(old, to);
        true
    }

    fn push_zero_extended(&mut self, value: Value, to: Type) {
        let same = self.builder.func.dfg.value_type(value) == to;
        let value = if same {
            value
        } else {
            self.ins().uextend(to, value)
        };
        self.push(value);
    }

    // Where an atomic access goes. CLIF's atomic instructions take no displacement.
    fn atomic_address(&mut self, memarg: &MemArg, size: u32) -> (MemFlagsData, Value) {
        self.check_alignment(memarg, size);
        let (flags, base, offset) = self.address(memarg, size);
        let offset = self.ins().iconst(I64, i64::from(offset));
        (flags, self.ins().iadd(base, offset))
    }

    // Traps unless the index on the stack plus the offset is a multiple of `size`.
    fn check_alignment(&mut self, memarg: &MemArg, size: u32) {
        if size == 1 {
            return;
        }
        let low_bits = i64::from(size) - 1;
        let index = self.stack[self.stack.len() - 1];
        // The low bits of a sum depend on nothing but the low bits of its parts.
        let sum = self
            .ins()
            .iadd_imm_u(index, memarg.offset as i64 & low_bits);
        let misaligned = self.ins().band_imm_u(sum, low_bits);
        let words = [Word::Sum(index, memarg.offset)];
        self.trap_if(misaligned, TrapKind::UnalignedAtomic, &words);
    }

    fn is_shared(&self, memarg: &MemArg) -> bool {
        self.plan.module.memories[memory_index(memarg) as usize].shared
    }

    fn atomic_wait(&mut self, memarg: &MemArg, ty: Type) {
        if !self.is_shared(memarg) {
            return self.trap(TrapKind::ExpectedShared);
        }
        let (expected, timeout) = self.pop2();
        self.check_alignment(memarg, ty.bytes());
        let address = self.checked_address(memarg, ty.bytes());
        let function = match ty {
            I32 => Runtime::AtomicWait32,
            _ => Runtime::AtomicWait64,
        };
        let result = self.call_runtime(function, &[address, expected, timeout]);
        self.push(result[0]);
    }

    // Nobody can wait on a memory that is not shared, so nobody is woken there.
    fn atomic_notify(&mut self, memarg: &MemArg) {
        let count = self.pop();
        self.check_alignment(memarg, 4);
        let address = self.checked_address(memarg, 4);
        let woken = if self.is_shared(memarg) {
            self.call_runtime(Runtime::AtomicNotify, &[address, count])[0]
        } else {
            self.ins().iconst(I32, 0)
        };
        self.push(woken);
    }
}
