//! Vectors as bits and lanes: constants, splats, single lanes, shuffles, bitwise operators, and
//! the tests that make a scalar of a vector.

use super::Translator;
use cranelift_codegen::ir::{ConstantData, InstBuilder, Type, types};
use types::{F32X4, F64X2, I8X16, I16X8, I32, I32X4, I64X2};
use wasmparser::Operator;

impl<'a> Translator<'a> {
    /// Translates an operator that makes, moves or reads lanes; false for any other.
    pub(super) fn lane_operator(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match *operator {
            V128Const { value } => {
                let value = self.vector(value.i128() as u128);
                self.push(value);
            }
            I8x16Splat => self.splat(I8X16),
            I16x8Splat => self.splat(I16X8),
            I32x4Splat => self.splat(I32X4),
            I64x2Splat => self.splat(I64X2),
            F32x4Splat => self.splat(F32X4),
            F64x2Splat => self.splat(F64X2),
            I8x16ExtractLaneS { lane } => self.extract_sign_extended(I8X16, lane),
            I8x16ExtractLaneU { lane } => self.extract_zero_extended(I8X16, lane),
            I16x8ExtractLaneS { lane } => self.extract_sign_extended(I16X8, lane),
            I16x8ExtractLaneU { lane } => self.extract_zero_extended(I16X8, lane),
            I32x4ExtractLane { lane } => self.extract(I32X4, lane),
            I64x2ExtractLane { lane } => self.extract(I64X2, lane),
            F32x4ExtractLane { lane } => self.extract(F32X4, lane),
            F64x2ExtractLane { lane } => self.extract(F64X2, lane),
            I8x16ReplaceLane { lane } => self.replace(I8X16, lane),
            I16x8ReplaceLane { lane } => self.replace(I16X8, lane),
            I32x4ReplaceLane { lane } => self.replace(I32X4, lane),
            I64x2ReplaceLane { lane } => self.replace(I64X2, lane),
            F32x4ReplaceLane { lane } => self.replace(F32X4, lane),
            F64x2ReplaceLane { lane } => self.replace(F64X2, lane),
            I8x16Swizzle => self.binary(|i, a, indices| i.swizzle(a, indices)),
            I8x16Shuffle { lanes } => {
                let lanes = ConstantData::from(&lanes[..]);
                let lanes = self.builder.func.dfg.immediates.push(lanes);
                self.binary(|i, a, b| i.shuffle(a, b, lanes));
            }
            _ => return false,
        }
        true
    }

    fn splat(&mut self, ty: Type) {
        let scalar = self.pop();
        let scalar = self.wrapped(scalar, ty.lane_type());
        let value = self.ins().splat(ty, scalar);
        self.push_vector(value);
    }

    fn extract(&mut self, ty: Type, lane: u8) {
        let vector = self.pop_vector(ty);
        let scalar = self.ins().extractlane(vector, lane);
        self.push(scalar);
    }

    fn extract_sign_extended(&mut self, ty: Type, lane: u8) {
        self.extract(ty, lane);
        self.unary(|i, a| i.sextend(I32, a));
    }

    fn extract_zero_extended(&mut self, ty: Type, lane: u8) {
        self.extract(ty, lane);
        self.unary(|i, a| i.uextend(I32, a));
    }

    fn replace(&mut self, ty: Type, lane: u8) {
        let scalar = self.pop();
        let scalar = self.wrapped(scalar, ty.lane_type());
        let vector = self.pop_vector(ty);
        let value = self.ins().insertlane(vector, scalar, lane);
        self.push_vector(value);
    }

    /// Translates a bitwise operator or a test of a vector; false for any other.
    pub(super) fn vector_bits(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match operator {
            V128Not => self.unary(|i, a| i.bnot(a)),
            V128And => self.binary(|i, a, b| i.band(a, b)),
            V128AndNot => self.binary(|i, a, b| i.band_not(a, b)),
            V128Or => self.binary(|i, a, b| i.bor(a, b)),
            V128Xor => self.binary(|i, a, b| i.bxor(a, b)),
            V128Bitselect => {
                let (ones, zeros, mask) = self.pop3();
                let value = self.ins().bitselect(mask, ones, zeros);
                self.push(value);
            }
            V128AnyTrue => {
                self.unary(|i, a| i.vany_true(a));
                self.unary(|i, a| i.uextend(I32, a));
            }
            I8x16AllTrue => self.all_true(I8X16),
            I16x8AllTrue => self.all_true(I16X8),
            I32x4AllTrue => self.all_true(I32X4),
            I64x2AllTrue => self.all_true(I64X2),
            I8x16Bitmask => self.bitmask(I8X16),
            I16x8Bitmask => self.bitmask(I16X8),
            I32x4Bitmask => self.bitmask(I32X4),
            I64x2Bitmask => self.bitmask(I64X2),
            _ => return false,
        }
        true
    }

    fn all_true(&mut self, ty: Type) {
        let vector = self.pop_vector(ty);
        let all = self.ins().vall_true(vector);
        let all = self.ins().uextend(I32, all);
        self.push(all);
    }

    fn bitmask(&mut self, ty: Type) {
        let vector = self.pop_vector(ty);
        let bits = self.ins().vhigh_bits(I32, vector);
        self.push(bits);
    }
}
