//! Comparisons lane by lane: all ones where they hold, zeros where they do not.

use super::Translator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Type, types};
use types::{F32X4, F64X2, I8X16, I16X8, I32X4, I64X2};
use wasmparser::Operator;

impl<'a> Translator<'a> {
    /// Translates a comparison of vectors; false for any other operator.
    pub(super) fn vector_comparison(&mut self, operator: &Operator) -> bool {
        self.integer_comparison(operator) || self.float_comparison(operator)
    }

    fn integer_comparison(&mut self, operator: &Operator) -> bool {
        use IntCC::*;
        use Operator::*;
        match operator {
            I8x16Eq => self.compare_lanes(I8X16, Equal),
            I8x16Ne => self.compare_lanes(I8X16, NotEqual),
            I8x16LtS => self.compare_lanes(I8X16, SignedLessThan),
            I8x16LtU => self.compare_lanes(I8X16, UnsignedLessThan),
            I8x16GtS => self.compare_lanes(I8X16, SignedGreaterThan),
            I8x16GtU => self.compare_lanes(I8X16, UnsignedGreaterThan),
            I8x16LeS => self.compare_lanes(I8X16, SignedLessThanOrEqual),
            I8x16LeU => self.compare_lanes(I8X16, UnsignedLessThanOrEqual),
            I8x16GeS => self.compare_lanes(I8X16, SignedGreaterThanOrEqual),
            I8x16GeU => self.compare_lanes(I8X16, UnsignedGreaterThanOrEqual),
            I16x8Eq => self.compare_lanes(I16X8, Equal),
            I16x8Ne => self.compare_lanes(I16X8, NotEqual),
            I16x8LtS => self.compare_lanes(I16X8, SignedLessThan),
            I16x8LtU => self.compare_lanes(I16X8, UnsignedLessThan),
            I16x8GtS => self.compare_lanes(I16X8, SignedGreaterThan),
            I16x8GtU => self.compare_lanes(I16X8, UnsignedGreaterThan),
            I16x8LeS => self.compare_lanes(I16X8, SignedLessThanOrEqual),
            I16x8LeU => self.compare_lanes(I16X8, UnsignedLessThanOrEqual),
            I16x8GeS => self.compare_lanes(I16X8, SignedGreaterThanOrEqual),
            I16x8GeU => self.compare_lanes(I16X8, UnsignedGreaterThanOrEqual),
            I32x4Eq => self.compare_lanes(I32X4, Equal),
            I32x4Ne => self.compare_lanes(I32X4, NotEqual),
            I32x4LtS => self.compare_lanes(I32X4, SignedLessThan),
            I32x4LtU => self.compare_lanes(I32X4, UnsignedLessThan),
            I32x4GtS => self.compare_lanes(I32X4, SignedGreaterThan),
            I32x4GtU => self.compare_lanes(I32X4, UnsignedGreaterThan),
            I32x4LeS => self.compare_lanes(I32X4, SignedLessThanOrEqual),
            I32x4LeU => self.compare_lanes(I32X4, UnsignedLessThanOrEqual),
            I32x4GeS => self.compare_lanes(I32X4, SignedGreaterThanOrEqual),
            I32x4GeU => self.compare_lanes(I32X4, UnsignedGreaterThanOrEqual),
            I64x2Eq => self.compare_lanes(I64X2, Equal),
            I64x2Ne => self.compare_lanes(I64X2, NotEqual),
            I64x2LtS => self.compare_lanes(I64X2, SignedLessThan),
            I64x2GtS => self.compare_lanes(I64X2, SignedGreaterThan),
            I64x2LeS => self.compare_lanes(I64X2, SignedLessThanOrEqual),
            I64x2GeS => self.compare_lanes(I64X2, SignedGreaterThanOrEqual),
            _ => return false,
        }
        true
    }

    fn compare_lanes(&mut self, ty: Type, condition: IntCC) {
        self.vector_binary(ty, |i, a, b| i.icmp(condition, a, b));
    }

    fn float_comparison(&mut self, operator: &Operator) -> bool {
        use FloatCC::*;
        use Operator::*;
        match operator {
            F32x4Eq => self.compare_float_lanes(F32X4, Equal),
            F32x4Ne => self.compare_float_lanes(F32X4, NotEqual),
            F32x4Lt => self.compare_float_lanes(F32X4, LessThan),
            F32x4Gt => self.compare_float_lanes(F32X4, GreaterThan),
            F32x4Le => self.compare_float_lanes(F32X4, LessThanOrEqual),
            F32x4Ge => self.compare_float_lanes(F32X4, GreaterThanOrEqual),
            F64x2Eq => self.compare_float_lanes(F64X2, Equal),
            F64x2Ne => self.compare_float_lanes(F64X2, NotEqual),
            F64x2Lt => self.compare_float_lanes(F64X2, LessThan),
            F64x2Gt => self.compare_float_lanes(F64X2, GreaterThan),
            F64x2Le => self.compare_float_lanes(F64X2, LessThanOrEqual),
            F64x2Ge => self.compare_float_lanes(F64X2, GreaterThanOrEqual),
            _ => return false,
        }
        true
    }

    fn compare_float_lanes(&mut self, ty: Type, condition: FloatCC) {
        self.vector_binary(ty, |i, a, b| i.fcmp(condition, a, b));
    }
}
