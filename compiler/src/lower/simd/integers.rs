//! Integer arithmetic lane by lane, shifts, and what narrows or widens lanes.

use super::Translator;
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use cranelift_frontend::FuncInstBuilder;
use types::{I8X16, I16X8, I32X4, I64X2};
use wasmparser::Operator;

impl<'a> Translator<'a> {
    /// Translates integer arithmetic whose lanes keep their width; false for any other operator.
    pub(super) fn vector_integers(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match operator {
            I8x16Abs => self.vector_unary(I8X16, |i, a| i.iabs(a)),
            I8x16Neg => self.vector_unary(I8X16, |i, a| i.ineg(a)),
            I8x16Popcnt => self.vector_unary(I8X16, |i, a| i.popcnt(a)),
            I8x16Shl => self.shift(I8X16, |i, a, n| i.ishl(a, n)),
            I8x16ShrS => self.shift(I8X16, |i, a, n| i.sshr(a, n)),
            I8x16ShrU => self.shift(I8X16, |i, a, n| i.ushr(a, n)),
            I8x16Add => self.vector_binary(I8X16, |i, a, b| i.iadd(a, b)),
            I8x16AddSatS => self.vector_binary(I8X16, |i, a, b| i.sadd_sat(a, b)),
            I8x16AddSatU => self.vector_binary(I8X16, |i, a, b| i.uadd_sat(a, b)),
            I8x16Sub => self.vector_binary(I8X16, |i, a, b| i.isub(a, b)),
            I8x16SubSatS => self.vector_binary(I8X16, |i, a, b| i.ssub_sat(a, b)),
            I8x16SubSatU => self.vector_binary(I8X16, |i, a, b| i.usub_sat(a, b)),
            I8x16MinS => self.vector_binary(I8X16, |i, a, b| i.smin(a, b)),
            I8x16MinU => self.vector_binary(I8X16, |i, a, b| i.umin(a, b)),
            I8x16MaxS => self.vector_binary(I8X16, |i, a, b| i.smax(a, b)),
            I8x16MaxU => self.vector_binary(I8X16, |i, a, b| i.umax(a, b)),
            I8x16AvgrU => self.vector_binary(I8X16, |i, a, b| i.avg_round(a, b)),
            I16x8Abs => self.vector_unary(I16X8, |i, a| i.iabs(a)),
            I16x8Neg => self.vector_unary(I16X8, |i, a| i.ineg(a)),
            I16x8Shl => self.shift(I16X8, |i, a, n| i.ishl(a, n)),
            I16x8ShrS => self.shift(I16X8, |i, a, n| i.sshr(a, n)),
            I16x8ShrU => self.shift(I16X8, |i, a, n| i.ushr(a, n)),
            I16x8Add => self.vector_binary(I16X8, |i, a, b| i.iadd(a, b)),
            I16x8AddSatS => self.vector_binary(I16X8, |i, a, b| i.sadd_sat(a, b)),
            I16x8AddSatU => self.vector_binary(I16X8, |i, a, b| i.uadd_sat(a, b)),
            I16x8Sub => self.vector_binary(I16X8, |i, a, b| i.isub(a, b)),
            I16x8SubSatS => self.vector_binary(I16X8, |i, a, b| i.ssub_sat(a, b)),
            I16x8SubSatU => self.vector_binary(I16X8, |i, a, b| i.usub_sat(a, b)),
            I16x8Mul => self.vector_binary(I16X8, |i, a, b| i.imul(a, b)),
            I16x8Q15MulrSatS => self.vector_binary(I16X8, |i, a, b| i.sqmul_round_sat(a, b)),
            I16x8MinS => self.vector_binary(I16X8, |i, a, b| i.smin(a, b)),
            I16x8MinU => self.vector_binary(I16X8, |i, a, b| i.umin(a, b)),
            I16x8MaxS => self.vector_binary(I16X8, |i, a, b| i.smax(a, b)),
            I16x8MaxU => self.vector_binary(I16X8, |i, a, b| i.umax(a, b)),
            I16x8AvgrU => self.vector_binary(I16X8, |i, a, b| i.avg_round(a, b)),
            I32x4Abs => self.vector_unary(I32X4, |i, a| i.iabs(a)),
            I32x4Neg => self.vector_unary(I32X4, |i, a| i.ineg(a)),
            I32x4Shl => self.shift(I32X4, |i, a, n| i.ishl(a, n)),
            I32x4ShrS => self.shift(I32X4, |i, a, n| i.sshr(a, n)),
            I32x4ShrU => self.shift(I32X4, |i, a, n| i.ushr(a, n)),
            I32x4Add => self.vector_binary(I32X4, |i, a, b| i.iadd(a, b)),
            I32x4Sub => self.vector_binary(I32X4, |i, a, b| i.isub(a, b)),
            I32x4Mul => self.vector_binary(I32X4, |i, a, b| i.imul(a, b)),
            I32x4MinS => self.vector_binary(I32X4, |i, a, b| i.smin(a, b)),
            I32x4MinU => self.vector_binary(I32X4, |i, a, b| i.umin(a, b)),
            I32x4MaxS => self.vector_binary(I32X4, |i, a, b| i.smax(a, b)),
            I32x4MaxU => self.vector_binary(I32X4, |i, a, b| i.umax(a, b)),
            I64x2Abs => self.vector_unary(I64X2, |i, a| i.iabs(a)),
            I64x2Neg => self.vector_unary(I64X2, |i, a| i.ineg(a)),
            I64x2Shl => self.shift(I64X2, |i, a, n| i.ishl(a, n)),
            I64x2ShrS => self.shift(I64X2, |i, a, n| i.sshr(a, n)),
            I64x2ShrU => self.shift(I64X2, |i, a, n| i.ushr(a, n)),
            I64x2Add => self.vector_binary(I64X2, |i, a, b| i.iadd(a, b)),
            I64x2Sub => self.vector_binary(I64X2, |i, a, b| i.isub(a, b)),
            I64x2Mul => self.vector_binary(I64X2, |i, a, b| i.imul(a, b)),
            _ => return false,
        }
        true
    }

    // The amount is taken modulo the lanes' width, by CLIF as by wasm.
    fn shift(&mut self, ty: Type, op: impl FnOnce(FuncInstBuilder<'_, 'a>, Value, Value) -> Value) {
        let amount = self.pop();
        let vector = self.pop_vector(ty);
        let value = op(self.ins(), vector, amount);
        self.push_vector(value);
    }

    /// Translates integer operators whose lanes change their width; false for any other operator.
    pub(super) fn vector_widening(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match operator {
            I8x16NarrowI16x8S => self.vector_binary(I16X8, |i, a, b| i.snarrow(a, b)),
            I8x16NarrowI16x8U => self.vector_binary(I16X8, |i, a, b| i.unarrow(a, b)),
            I16x8NarrowI32x4S => self.vector_binary(I32X4, |i, a, b| i.snarrow(a, b)),
            I16x8NarrowI32x4U => self.vector_binary(I32X4, |i, a, b| i.unarrow(a, b)),
            I16x8ExtendLowI8x16S => self.vector_unary(I8X16, |i, a| i.swiden_low(a)),
            I16x8ExtendLowI8x16U => self.vector_unary(I8X16, |i, a| i.uwiden_low(a)),
            I16x8ExtendHighI8x16S => self.vector_unary(I8X16, |i, a| i.swiden_high(a)),
            I16x8ExtendHighI8x16U => self.vector_unary(I8X16, |i, a| i.uwiden_high(a)),
            I32x4ExtendLowI16x8S => self.vector_unary(I16X8, |i, a| i.swiden_low(a)),
            I32x4ExtendLowI16x8U => self.vector_unary(I16X8, |i, a| i.uwiden_low(a)),
            I32x4ExtendHighI16x8S => self.vector_unary(I16X8, |i, a| i.swiden_high(a)),
            I32x4ExtendHighI16x8U => self.vector_unary(I16X8, |i, a| i.uwiden_high(a)),
            I64x2ExtendLowI32x4S => self.vector_unary(I32X4, |i, a| i.swiden_low(a)),
            I64x2ExtendLowI32x4U => self.vector_unary(I32X4, |i, a| i.uwiden_low(a)),
            I64x2ExtendHighI32x4S => self.vector_unary(I32X4, |i, a| i.swiden_high(a)),
            I64x2ExtendHighI32x4U => self.vector_unary(I32X4, |i, a| i.uwiden_high(a)),
            I16x8ExtMulLowI8x16S => self.multiply_widened(I8X16, |i, a| i.swiden_low(a)),
            I16x8ExtMulLowI8x16U => self.multiply_widened(I8X16, |i, a| i.uwiden_low(a)),
            I16x8ExtMulHighI8x16S => self.multiply_widened(I8X16, |i, a| i.swiden_high(a)),
            I16x8ExtMulHighI8x16U => self.multiply_widened(I8X16, |i, a| i.uwiden_high(a)),
            I32x4ExtMulLowI16x8S => self.multiply_widened(I16X8, |i, a| i.swiden_low(a)),
            I32x4ExtMulLowI16x8U => self.multiply_widened(I16X8, |i, a| i.uwiden_low(a)),
            I32x4ExtMulHighI16x8S => self.multiply_widened(I16X8, |i, a| i.swiden_high(a)),
            I32x4ExtMulHighI16x8U => self.multiply_widened(I16X8, |i, a| i.uwiden_high(a)),
            I64x2ExtMulLowI32x4S => self.multiply_widened(I32X4, |i, a| i.swiden_low(a)),
            I64x2ExtMulLowI32x4U => self.multiply_widened(I32X4, |i, a| i.uwiden_low(a)),
            I64x2ExtMulHighI32x4S => self.multiply_widened(I32X4, |i, a| i.swiden_high(a)),
            I64x2ExtMulHighI32x4U => self.multiply_widened(I32X4, |i, a| i.uwiden_high(a)),
            I16x8ExtAddPairwiseI8x16S => self.add_pairs_signed(I8X16),
            I16x8ExtAddPairwiseI8x16U => self.add_pairs_unsigned(I8X16),
            I32x4ExtAddPairwiseI16x8S => self.add_pairs_signed(I16X8),
            I32x4ExtAddPairwiseI16x8U => self.add_pairs_unsigned(I16X8),
            I32x4DotI16x8S => self.dot_product(),
            _ => return false,
        }
        true
    }

    fn multiply_widened(
        &mut self,
        ty: Type,
        widen: impl Fn(FuncInstBuilder<'_, 'a>, Value) -> Value,
    ) {
        let (left, right) = self.pop2_vectors(ty);
        let left = widen(self.ins(), left);
        let right = widen(self.ins(), right);
        let value = self.ins().imul(left, right);
        self.push_vector(value);
    }

    /// Adds neighbouring lanes, sign-extended to twice their width.
    pub(super) fn add_pairs_signed(&mut self, ty: Type) {
        let vector = self.pop_vector(ty);
        let low = self.ins().swiden_low(vector);
        let high = self.ins().swiden_high(vector);
        let value = self.ins().iadd_pairwise(low, high);
        self.push_vector(value);
    }

    fn add_pairs_unsigned(&mut self, ty: Type) {
        let vector = self.pop_vector(ty);
        let low = self.ins().uwiden_low(vector);
        let high = self.ins().uwiden_high(vector);
        let value = self.ins().iadd_pairwise(low, high);
        self.push_vector(value);
    }

    // Written so that Cranelift sees the one instruction that x86-64 has for it (`pmaddwd`).
    fn dot_product(&mut self) {
        let (left, right) = self.pop2_vectors(I16X8);
        let left_low = self.ins().swiden_low(left);
        let right_low = self.ins().swiden_low(right);
        let low = self.ins().imul(left_low, right_low);
        let left_high = self.ins().swiden_high(left);
        let right_high = self.ins().swiden_high(right);
        let high = self.ins().imul(left_high, right_high);
        let value = self.ins().iadd_pairwise(low, high);
        self.push_vector(value);
    }
}
