//! 128-bit SIMD: the operators of fixed width and the relaxed ones, a file per subject.
//!
//! On the operand stack, in locals and in signatures a vector is always `i8x16`. An operator takes
//! its operands as the lanes it works on and gives its result back as `i8x16`; the casts between
//! them cost no instruction. Every CLIF instruction used has a lowering for plain x86-64 (SSE2),
//! some of them by calls to the runtime.

mod comparisons;
mod floats;
mod integers;
mod lanes;
mod memory;
mod relaxed;

use super::Translator;
use cranelift_codegen::ir::{Endianness, InstBuilder, MemFlagsData, Type, Value, types::I8X16};
use cranelift_frontend::FuncInstBuilder;
use wasmparser::Operator;

impl<'a> Translator<'a> {
    /// Translates an operator on vectors; false for any other.
    pub(super) fn simd(&mut self, operator: &Operator) -> bool {
        self.vector_memory(operator)
            || self.lane_operator(operator)
            || self.vector_bits(operator)
            || self.vector_comparison(operator)
            || self.vector_integers(operator)
            || self.vector_widening(operator)
            || self.vector_floats(operator)
            || self.vector_conversion(operator)
            || self.relaxed(operator)
    }

    fn pop_vector(&mut self, ty: Type) -> Value {
        let value = self.pop();
        self.cast_vector(ty, value)
    }

    fn pop2_vectors(&mut self, ty: Type) -> (Value, Value) {
        let second = self.pop_vector(ty);
        (self.pop_vector(ty), second)
    }

    fn push_vector(&mut self, value: Value) {
        let value = self.cast_vector(I8X16, value);
        self.push(value);
    }

    // The same 128 bits as other lanes. Lane 0 is in the lowest bits whatever the lanes are, which
    // is what little-endian means here.
    fn cast_vector(&mut self, ty: Type, value: Value) -> Value {
        if self.builder.func.dfg.value_type(value) == ty {
            return value;
        }
        let flags = MemFlagsData::new().with_endianness(Endianness::Little);
        self.ins().bitcast(ty, flags, value)
    }

    fn vector_unary(&mut self, ty: Type, op: impl FnOnce(FuncInstBuilder<'_, 'a>, Value) -> Value) {
        let operand = self.pop_vector(ty);
        let value = op(self.ins(), operand);
        self.push_vector(value);
    }

    fn vector_binary(
        &mut self,
        ty: Type,
        op: impl FnOnce(FuncInstBuilder<'_, 'a>, Value, Value) -> Value,
    ) {
        let (left, right) = self.pop2_vectors(ty);
        let value = op(self.ins(), left, right);
        self.push_vector(value);
    }
}
