//! Relaxed SIMD. The core specification (3.0, "Relaxed Operations") leaves each of these operators
//! a choice of results, and its deterministic profile makes the choice: the first of the list. Kiln
//! follows the profile, so that an executable gives the same results whatever processors it was
//! compiled for:
//!
//! * swizzle, truncations, minimum, maximum and the Q15 product are the operators they relax, and
//!   lane selection is `v128.bitselect`;
//! * multiply-add rounds twice. A fused one would have to be computed in software where the CPU
//!   level has no FMA, and be many times slower there;
//! * the dot products take both operands as signed, and saturate each sum of two products.

use super::Translator;
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use types::{F32X4, F64X2, I16X8, I32, I32X4};
use wasmparser::Operator;

impl<'a> Translator<'a> {
    /// Translates a relaxed operator; false for any other.
    pub(super) fn relaxed(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        let strict = match operator {
            I8x16RelaxedSwizzle => I8x16Swizzle,
            I32x4RelaxedTruncF32x4S => I32x4TruncSatF32x4S,
            I32x4RelaxedTruncF32x4U => I32x4TruncSatF32x4U,
            I32x4RelaxedTruncF64x2SZero => I32x4TruncSatF64x2SZero,
            I32x4RelaxedTruncF64x2UZero => I32x4TruncSatF64x2UZero,
            I8x16RelaxedLaneselect
            | I16x8RelaxedLaneselect
            | I32x4RelaxedLaneselect
            | I64x2RelaxedLaneselect => V128Bitselect,
            F32x4RelaxedMin => F32x4Min,
            F32x4RelaxedMax => F32x4Max,
            F64x2RelaxedMin => F64x2Min,
            F64x2RelaxedMax => F64x2Max,
            I16x8RelaxedQ15mulrS => I16x8Q15MulrSatS,
            _ => return self.multiply_and_add(operator),
        };
        self.simd(&strict)
    }

    fn multiply_and_add(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match operator {
            F32x4RelaxedMadd => self.multiply_add(F32X4, false),
            F32x4RelaxedNmadd => self.multiply_add(F32X4, true),
            F64x2RelaxedMadd => self.multiply_add(F64X2, false),
            F64x2RelaxedNmadd => self.multiply_add(F64X2, true),
            I16x8RelaxedDotI8x16I7x16S => {
                let value = self.dot_product_of_bytes();
                self.push_vector(value);
            }
            I32x4RelaxedDotI8x16I7x16AddS => {
                let addend = self.pop_vector(I32X4);
                let products = self.dot_product_of_bytes();
                self.push_vector(products);
                self.add_pairs_signed(I16X8);
                self.vector_unary(I32X4, |i, sums| i.iadd(sums, addend));
            }
            _ => return false,
        }
        true
    }

    // `±(a × b) + c`. The sign is the first factor's, as in the specification.
    fn multiply_add(&mut self, ty: Type, negated: bool) {
        let c = self.pop_vector(ty);
        let (mut a, b) = self.pop2_vectors(ty);
        if negated {
            a = self.ins().fneg(a);
        }
        let product = self.ins().fmul(a, b);
        let value = self.ins().fadd(product, c);
        self.push_vector(value);
    }

    // Products of bytes fit 16 bits, so the even and the odd ones are multiplied in lanes of 16.
    fn dot_product_of_bytes(&mut self) -> Value {
        let (left, right) = self.pop2_vectors(I16X8);
        let (left_even, left_odd) = self.even_and_odd_bytes(left);
        let (right_even, right_odd) = self.even_and_odd_bytes(right);
        let even = self.ins().imul(left_even, right_even);
        let odd = self.ins().imul(left_odd, right_odd);
        self.ins().sadd_sat(even, odd)
    }

    fn even_and_odd_bytes(&mut self, vector: Value) -> (Value, Value) {
        let eight = self.ins().iconst(I32, 8);
        let even = self.ins().ishl(vector, eight);
        let even = self.ins().sshr(even, eight);
        let odd = self.ins().sshr(vector, eight);
        (even, odd)
    }
}
