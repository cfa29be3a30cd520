//! The bulk operators of linear memories: copies, fills, and what concerns passive segments.
//!
//! A copy or fill calls the runtime, after a check of each range. One of a small constant length is a
//! few loads and stores instead, because the call takes 4 ns and clobbers the registers.
//!
//! SECURITY: the bounds of inline copies and fills rest on [`Translator::address`] with the operator's
//! whole length as the size of the access. It has two cases.
//!
//! * A checked memory: both ranges are compared with the memory's length before the first access.
//! * An unchecked memory: what lies beyond its length, and up to [`INLINE_MAX`] bytes beyond any 32-bit
//!   index, is inaccessible and faults. All loads come before all stores, so that a source out of
//!   bounds faults before anything is written. The first store is the one of the last bytes: where the
//!   target is out of bounds, its last byte is too, because an unchecked memory is contiguous from
//!   index 0. So this store faults, before anything is written; a store that faults writes nothing.
//!
//! Cranelift keeps the order of loads and stores that may fault. Loads before stores are also what
//! overlapping ranges require. A length of 0 is left to the call: it checks that the index is at most
//! the memory's length, for which there is nothing to access.

use super::memory::Place;
use super::traps::Word;
use super::{Data, Runtime, Translator};
use cranelift_codegen::ir::{
    ConstantData, InstBuilder, InstructionData, Opcode, Type, Value, ValueDef, types,
};
use kiln_abi::trap::TrapKind;
use wasmparser::{MemArg, MemArgTarget, Operator};

/// The widest accesses of the longest copies and fills that are inlined: a copy needs a register for each.
const ACCESSES: u64 = 4;
/// The longest copies and fills that are inlined, where there are vectors.
const INLINE_MAX: u64 = ACCESSES * 16;

impl Translator<'_> {
    /// Translates a bulk operator on linear memory; false for any other.
    pub(super) fn bulk_operator(&mut self, operator: &Operator) -> bool {
        match *operator {
            Operator::MemoryCopy { dst_mem, src_mem } => self.memory_copy(dst_mem, src_mem),
            Operator::MemoryFill { mem } => self.memory_fill(mem),
            Operator::MemoryInit { data_index, mem } => self.memory_init(data_index, mem),
            Operator::DataDrop { data_index } => {
                let segment = self.plan.data[data_index as usize];
                self.drop_segment(segment.len_cell);
            }
            _ => return false,
        }
        true
    }

    fn memory_copy(&mut self, to: u32, from: u32) {
        if let Some(len) = self.inline_len() {
            self.pop();
            let from = self.whole(from, len);
            let to = self.whole(to, len);
            return self.inline_copy(to, from, len);
        }
        let (target, source, len) = self.pop3();
        let (target, source) = (self.index64(target), self.index64(source));
        let len = self.index64(len);
        let (source, len) = self.range(from, source, len);
        let (target, len) = self.range(to, target, len);
        self.call_runtime(Runtime::Memmove, &[target, source, len]);
    }

    fn memory_fill(&mut self, memory: u32) {
        if let Some(len) = self.inline_len() {
            self.pop();
            let byte = self.pop();
            let to = self.whole(memory, len);
            return self.inline_fill(to, byte, len);
        }
        let (start, byte, len) = self.pop3();
        let (start, len) = (self.index64(start), self.index64(len));
        let (start, len) = self.range(memory, start, len);
        self.call_runtime(Runtime::Memset, &[start, byte, len]);
    }

    fn memory_init(&mut self, segment: u32, memory: u32) {
        let (target, source, len) = self.pop3();
        let target = self.index64(target);
        let (source, len) = (self.index64(source), self.index64(len));
        let limit = self.segment_len(self.plan.data[segment as usize].len_cell);
        let kind = TrapKind::DataSegmentOutOfBounds;
        let (source, len) = self.check_range(source, len, limit, kind, Word::Value(limit));
        let (target, len) = self.range(memory, target, len);
        let bytes = self.data_address(Data::Segment(segment));
        let source = self.ins().iadd(bytes, source);
        self.call_runtime(Runtime::Memmove, &[target, source, len]);
    }

    /// The operand on top, if it is a length that is inlined.
    fn inline_len(&self) -> Option<u32> {
        let len = self.constant_value(*self.stack.last()?)?;
        let most = INLINE_MAX.min(ACCESSES * u64::from(self.widest_type().bytes()));
        (1..=most).contains(&len).then_some(len as u32)
    }

    /// The value of an integer that is constant, without its sign.
    fn constant_value(&self, value: Value) -> Option<u64> {
        let dfg = &self.builder.func.dfg;
        let ValueDef::Result(inst, _) = dfg.value_def(dfg.resolve_aliases(value)) else {
            return None;
        };
        match dfg.insts[inst] {
            InstructionData::UnaryImm {
                opcode: Opcode::Iconst,
                imm,
            } => Some(imm.bits() as u64 & u64::MAX >> (64 - dfg.value_type(value).bits())),
            _ => None,
        }
    }

    /// Pops an index and gives where the `len` bytes from there lie, as [`Self::address`] does.
    fn whole(&mut self, memory: u32, len: u32) -> Place {
        let memarg = MemArg {
            align: 0,
            max_align: 0,
            offset: 0,
            target: MemArgTarget::Memory(memory),
            ordering: None,
        };
        self.address(&memarg, len)
    }

    /// The widest type that a register holds.
    fn widest_type(&self) -> Type {
        match self.plan.has_vectors {
            true => types::I8X16,
            false => types::I64,
        }
    }

    fn inline_copy(&mut self, to: Place, from: Place, len: u32) {
        let (flags, base, displacement) = from;
        let widest = self.widest_type();
        let load = |(at, ty): (i32, Type)| {
            let value = self.ins().load(ty, flags, base, displacement + at);
            (at, value)
        };
        let pieces: Vec<_> = pieces(len, widest).into_iter().map(load).collect();
        self.store_downward(to, pieces);
    }

    fn inline_fill(&mut self, to: Place, byte: Value, len: u32) {
        let constant = self.constant_value(byte).map(|byte| byte as u8);
        let word = match constant {
            Some(byte) => self.ins().iconst(types::I64, i64::from_ne_bytes([byte; 8])),
            None => {
                let byte = self.ins().ireduce(types::I8, byte);
                let byte = self.ins().uextend(types::I64, byte);
                self.ins().imul_imm_u(byte, i64::from_ne_bytes([1; 8]))
            }
        };
        let has_vector = self.plan.has_vectors && len >= types::I8X16.bytes();
        let vector = has_vector.then(|| match constant {
            Some(byte) => {
                let bytes = ConstantData::from(&[byte; 16][..]);
                let bytes = self.builder.func.dfg.constants.insert(bytes);
                self.ins().vconst(types::I8X16, bytes)
            }
            None => self.ins().splat(types::I64X2, word),
        });
        let widest = self.widest_type();
        let part = |(at, ty): (i32, Type)| match (ty, vector) {
            (types::I8X16, Some(vector)) => (at, vector),
            (types::I64, _) => (at, word),
            _ => (at, self.ins().ireduce(ty, word)),
        };
        let pieces: Vec<_> = pieces(len, widest).into_iter().map(part).collect();
        self.store_downward(to, pieces);
    }

    /// Stores pieces from the last to the first: see the top of this file.
    fn store_downward(&mut self, to: Place, pieces: Vec<(i32, Value)>) {
        let (flags, base, displacement) = to;
        for (at, value) in pieces.into_iter().rev() {
            self.ins().store(flags, value, base, displacement + at);
        }
    }

    /// The current length of a passive segment.
    pub(super) fn segment_len(&mut self, len_cell: Option<u64>) -> Value {
        match len_cell {
            Some(cell) => self.load_state(types::I64, cell),
            None => self.ins().iconst(types::I64, 0),
        }
    }

    /// `data.drop` and `elem.drop`.
    pub(super) fn drop_segment(&mut self, len_cell: Option<u64>) {
        if let Some(cell) = len_cell {
            let zero = self.ins().iconst(types::I64, 0);
            self.store_state(zero, cell);
        }
    }
}

/// The accesses that cover `len` bytes, by offset and type, upward: the widest that fit, and for the
/// rest one more that ends with it, over bytes already covered where there is no type of just that
/// size. None is wider than `limit`.
fn pieces(len: u32, limit: Type) -> Vec<(i32, Type)> {
    const TYPES: [Type; 5] = [types::I8, types::I16, types::I32, types::I64, types::I8X16];
    let may_be = |ty: &Type| ty.bytes() <= len.min(limit.bytes());
    let widest = TYPES.into_iter().rfind(may_be);
    let widest = widest.expect("the length is not 0");
    let count = len / widest.bytes();
    let mut pieces: Vec<_> = (0..count)
        .map(|i| ((i * widest.bytes()) as i32, widest))
        .collect();
    let rest = len % widest.bytes();
    if rest > 0 {
        let last = TYPES.into_iter().find(|ty| ty.bytes() >= rest);
        let last = last.expect("the rest is smaller than the widest");
        pieces.push(((len - last.bytes()) as i32, last));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_every_byte_and_end_with_the_last() {
        let lengths = |limit: Type| (1..=4 * limit.bytes()).map(move |len| (len, limit));
        for (len, limit) in lengths(types::I8X16).chain(lengths(types::I64)) {
            let pieces = pieces(len, limit);
            let mut covered = 0;
            for (at, ty) in &pieces {
                let at = *at as u32;
                assert!(at <= covered, "a gap before {at} of {len}");
                covered = at + ty.bytes();
            }
            assert_eq!(covered, len);
            assert!(pieces.len() <= 5, "{len} bytes: {pieces:?}");
        }
    }
}
