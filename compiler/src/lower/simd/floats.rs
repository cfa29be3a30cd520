//! Floating-point arithmetic lane by lane, and conversions between vectors of floats and of
//! integers.

use super::Translator;
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{ConstantData, InstBuilder, Type, types};
use types::{F32X4, F64X2, I32X4, I64X2};
use wasmparser::Operator;

impl<'a> Translator<'a> {
    /// Translates floating-point arithmetic on vectors; false for any other operator.
    pub(super) fn vector_floats(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match operator {
            F32x4Ceil => self.vector_unary(F32X4, |i, a| i.ceil(a)),
            F32x4Floor => self.vector_unary(F32X4, |i, a| i.floor(a)),
            F32x4Trunc => self.vector_unary(F32X4, |i, a| i.trunc(a)),
            F32x4Nearest => self.vector_unary(F32X4, |i, a| i.nearest(a)),
            F32x4Abs => self.vector_unary(F32X4, |i, a| i.fabs(a)),
            F32x4Neg => self.vector_unary(F32X4, |i, a| i.fneg(a)),
            F32x4Sqrt => self.vector_unary(F32X4, |i, a| i.sqrt(a)),
            F32x4Add => self.vector_binary(F32X4, |i, a, b| i.fadd(a, b)),
            F32x4Sub => self.vector_binary(F32X4, |i, a, b| i.fsub(a, b)),
            F32x4Mul => self.vector_binary(F32X4, |i, a, b| i.fmul(a, b)),
            F32x4Div => self.vector_binary(F32X4, |i, a, b| i.fdiv(a, b)),
            F32x4Min => self.vector_binary(F32X4, |i, a, b| i.fmin(a, b)),
            F32x4Max => self.vector_binary(F32X4, |i, a, b| i.fmax(a, b)),
            F32x4PMin => self.pseudo_minimum(F32X4),
            F32x4PMax => self.pseudo_maximum(F32X4),
            F64x2Ceil => self.vector_unary(F64X2, |i, a| i.ceil(a)),
            F64x2Floor => self.vector_unary(F64X2, |i, a| i.floor(a)),
            F64x2Trunc => self.vector_unary(F64X2, |i, a| i.trunc(a)),
            F64x2Nearest => self.vector_unary(F64X2, |i, a| i.nearest(a)),
            F64x2Abs => self.vector_unary(F64X2, |i, a| i.fabs(a)),
            F64x2Neg => self.vector_unary(F64X2, |i, a| i.fneg(a)),
            F64x2Sqrt => self.vector_unary(F64X2, |i, a| i.sqrt(a)),
            F64x2Add => self.vector_binary(F64X2, |i, a, b| i.fadd(a, b)),
            F64x2Sub => self.vector_binary(F64X2, |i, a, b| i.fsub(a, b)),
            F64x2Mul => self.vector_binary(F64X2, |i, a, b| i.fmul(a, b)),
            F64x2Div => self.vector_binary(F64X2, |i, a, b| i.fdiv(a, b)),
            F64x2Min => self.vector_binary(F64X2, |i, a, b| i.fmin(a, b)),
            F64x2Max => self.vector_binary(F64X2, |i, a, b| i.fmax(a, b)),
            F64x2PMin => self.pseudo_minimum(F64X2),
            F64x2PMax => self.pseudo_maximum(F64X2),
            _ => return false,
        }
        true
    }

    // `b < a ? b : a`
    fn pseudo_minimum(&mut self, ty: Type) {
        let (a, b) = self.pop2_vectors(ty);
        let smaller = self.ins().fcmp(FloatCC::LessThan, b, a);
        let smaller = self.cast_vector(ty, smaller);
        let value = self.ins().bitselect(smaller, b, a);
        self.push_vector(value);
    }

    // `a < b ? b : a`
    fn pseudo_maximum(&mut self, ty: Type) {
        let (a, b) = self.pop2_vectors(ty);
        let larger = self.ins().fcmp(FloatCC::LessThan, a, b);
        let larger = self.cast_vector(ty, larger);
        let value = self.ins().bitselect(larger, b, a);
        self.push_vector(value);
    }

    /// Translates a conversion of vectors from or to floats; false for any other operator.
    pub(super) fn vector_conversion(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match operator {
            F32x4ConvertI32x4S => self.vector_unary(I32X4, |i, a| i.fcvt_from_sint(F32X4, a)),
            F32x4ConvertI32x4U => self.vector_unary(I32X4, |i, a| i.fcvt_from_uint(F32X4, a)),
            F64x2ConvertLowI32x4S => {
                let integers = self.pop_vector(I32X4);
                let low = self.ins().swiden_low(integers);
                let value = self.ins().fcvt_from_sint(F64X2, low);
                self.push_vector(value);
            }
            F64x2ConvertLowI32x4U => {
                let integers = self.pop_vector(I32X4);
                let low = self.ins().uwiden_low(integers);
                let value = self.ins().fcvt_from_uint(F64X2, low);
                self.push_vector(value);
            }
            F32x4DemoteF64x2Zero => self.vector_unary(F64X2, |i, a| i.fvdemote(a)),
            F64x2PromoteLowF32x4 => self.vector_unary(F32X4, |i, a| i.fvpromote_low(a)),
            I32x4TruncSatF32x4S => self.vector_unary(F32X4, |i, a| i.fcvt_to_sint_sat(I32X4, a)),
            I32x4TruncSatF32x4U => self.vector_unary(F32X4, |i, a| i.fcvt_to_uint_sat(I32X4, a)),
            I32x4TruncSatF64x2SZero => self.truncate_doubles(true),
            I32x4TruncSatF64x2UZero => self.truncate_doubles(false),
            _ => return false,
        }
        true
    }

    // Cranelift lowers these conversions and narrowings just so combined, with a constant.
    fn truncate_doubles(&mut self, signed: bool) {
        let doubles = self.pop_vector(F64X2);
        let zero = ConstantData::from(&[0; 16][..]);
        let zero = self.builder.func.dfg.constants.insert(zero);
        let zero = self.ins().vconst(I64X2, zero);
        let value = if signed {
            let wide = self.ins().fcvt_to_sint_sat(I64X2, doubles);
            self.ins().snarrow(wide, zero)
        } else {
            let wide = self.ins().fcvt_to_uint_sat(I64X2, doubles);
            self.ins().uunarrow(wide, zero)
        };
        self.push_vector(value);
    }
}
