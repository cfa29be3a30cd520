//! Scalar arithmetic, comparisons and conversions.

use super::Translator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};
use cranelift_frontend::FuncInstBuilder;
use types::{F32, F64, I8, I16, I32, I64};
use wasmparser::Operator;

impl<'a> Translator<'a> {
    /// Translates a scalar operator; false for any other.
    pub(super) fn numeric(&mut self, operator: &Operator) -> bool {
        self.constant(operator)
            || self.comparison(operator)
            || self.integer_arithmetic(operator)
            || self.float_arithmetic(operator)
            || self.integer_conversion(operator)
            || self.float_conversion(operator)
            || self.wide_arithmetic(operator)
    }

    pub(super) fn unary(&mut self, op: impl FnOnce(FuncInstBuilder<'_, 'a>, Value) -> Value) {
        let operand = self.pop();
        let value = op(self.ins(), operand);
        self.push(value);
    }

    pub(super) fn binary(
        &mut self,
        op: impl FnOnce(FuncInstBuilder<'_, 'a>, Value, Value) -> Value,
    ) {
        let (left, right) = self.pop2();
        let value = op(self.ins(), left, right);
        self.push(value);
    }

    fn constant(&mut self, operator: &Operator) -> bool {
        let value = match *operator {
            Operator::I32Const { value } => self.ins().iconst(I32, i64::from(value)),
            Operator::I64Const { value } => self.ins().iconst(I64, value),
            Operator::F32Const { value } => self.ins().f32const(f32::from_bits(value.bits())),
            Operator::F64Const { value } => self.ins().f64const(f64::from_bits(value.bits())),
            _ => return false,
        };
        self.push(value);
        true
    }

    fn comparison(&mut self, operator: &Operator) -> bool {
        use IntCC::*;
        match operator {
            Operator::I32Eqz | Operator::I64Eqz => {
                self.unary(|i, a| i.icmp_imm_u(Equal, a, 0));
                self.unary(|i, a| i.uextend(I32, a));
            }
            Operator::I32Eq | Operator::I64Eq => self.compare(Equal),
            Operator::I32Ne | Operator::I64Ne => self.compare(NotEqual),
            Operator::I32LtS | Operator::I64LtS => self.compare(SignedLessThan),
            Operator::I32LtU | Operator::I64LtU => self.compare(UnsignedLessThan),
            Operator::I32GtS | Operator::I64GtS => self.compare(SignedGreaterThan),
            Operator::I32GtU | Operator::I64GtU => self.compare(UnsignedGreaterThan),
            Operator::I32LeS | Operator::I64LeS => self.compare(SignedLessThanOrEqual),
            Operator::I32LeU | Operator::I64LeU => self.compare(UnsignedLessThanOrEqual),
            Operator::I32GeS | Operator::I64GeS => self.compare(SignedGreaterThanOrEqual),
            Operator::I32GeU | Operator::I64GeU => self.compare(UnsignedGreaterThanOrEqual),
            Operator::F32Eq | Operator::F64Eq => self.compare_floats(FloatCC::Equal),
            Operator::F32Ne | Operator::F64Ne => self.compare_floats(FloatCC::NotEqual),
            Operator::F32Lt | Operator::F64Lt => self.compare_floats(FloatCC::LessThan),
            Operator::F32Gt | Operator::F64Gt => self.compare_floats(FloatCC::GreaterThan),
            Operator::F32Le | Operator::F64Le => self.compare_floats(FloatCC::LessThanOrEqual),
            Operator::F32Ge | Operator::F64Ge => self.compare_floats(FloatCC::GreaterThanOrEqual),
            _ => return false,
        }
        true
    }

    fn compare(&mut self, condition: IntCC) {
        self.binary(|i, a, b| i.icmp(condition, a, b));
        self.unary(|i, a| i.uextend(I32, a));
    }

    fn compare_floats(&mut self, condition: FloatCC) {
        self.binary(|i, a, b| i.fcmp(condition, a, b));
        self.unary(|i, a| i.uextend(I32, a));
    }

    fn integer_arithmetic(&mut self, operator: &Operator) -> bool {
        match operator {
            Operator::I32Clz | Operator::I64Clz => self.unary(|i, a| i.clz(a)),
            Operator::I32Ctz | Operator::I64Ctz => self.unary(|i, a| i.ctz(a)),
            Operator::I32Popcnt | Operator::I64Popcnt => self.unary(|i, a| i.popcnt(a)),
            Operator::I32Add | Operator::I64Add => self.binary(|i, a, b| i.iadd(a, b)),
            Operator::I32Sub | Operator::I64Sub => self.binary(|i, a, b| i.isub(a, b)),
            Operator::I32Mul | Operator::I64Mul => self.binary(|i, a, b| i.imul(a, b)),
            Operator::I32DivS | Operator::I64DivS => self.binary(|i, a, b| i.sdiv(a, b)),
            Operator::I32DivU | Operator::I64DivU => self.binary(|i, a, b| i.udiv(a, b)),
            Operator::I32RemS | Operator::I64RemS => self.binary(|i, a, b| i.srem(a, b)),
            Operator::I32RemU | Operator::I64RemU => self.binary(|i, a, b| i.urem(a, b)),
            Operator::I32And | Operator::I64And => self.binary(|i, a, b| i.band(a, b)),
            Operator::I32Or | Operator::I64Or => self.binary(|i, a, b| i.bor(a, b)),
            Operator::I32Xor | Operator::I64Xor => self.binary(|i, a, b| i.bxor(a, b)),
            Operator::I32Shl | Operator::I64Shl => self.binary(|i, a, b| i.ishl(a, b)),
            Operator::I32ShrS | Operator::I64ShrS => self.binary(|i, a, b| i.sshr(a, b)),
            Operator::I32ShrU | Operator::I64ShrU => self.binary(|i, a, b| i.ushr(a, b)),
            Operator::I32Rotl | Operator::I64Rotl => self.binary(|i, a, b| i.rotl(a, b)),
            Operator::I32Rotr | Operator::I64Rotr => self.binary(|i, a, b| i.rotr(a, b)),
            _ => return false,
        }
        true
    }

    fn float_arithmetic(&mut self, operator: &Operator) -> bool {
        match operator {
            Operator::F32Abs | Operator::F64Abs => self.unary(|i, a| i.fabs(a)),
            Operator::F32Neg | Operator::F64Neg => self.unary(|i, a| i.fneg(a)),
            Operator::F32Ceil | Operator::F64Ceil => self.unary(|i, a| i.ceil(a)),
            Operator::F32Floor | Operator::F64Floor => self.unary(|i, a| i.floor(a)),
            Operator::F32Trunc | Operator::F64Trunc => self.unary(|i, a| i.trunc(a)),
            Operator::F32Nearest | Operator::F64Nearest => self.unary(|i, a| i.nearest(a)),
            Operator::F32Sqrt | Operator::F64Sqrt => self.unary(|i, a| i.sqrt(a)),
            Operator::F32Add | Operator::F64Add => self.binary(|i, a, b| i.fadd(a, b)),
            Operator::F32Sub | Operator::F64Sub => self.binary(|i, a, b| i.fsub(a, b)),
            Operator::F32Mul | Operator::F64Mul => self.binary(|i, a, b| i.fmul(a, b)),
            Operator::F32Div | Operator::F64Div => self.binary(|i, a, b| i.fdiv(a, b)),
            Operator::F32Min | Operator::F64Min => self.binary(|i, a, b| i.fmin(a, b)),
            Operator::F32Max | Operator::F64Max => self.binary(|i, a, b| i.fmax(a, b)),
            Operator::F32Copysign | Operator::F64Copysign => {
                self.binary(|i, a, b| i.fcopysign(a, b));
            }
            _ => return false,
        }
        true
    }

    fn integer_conversion(&mut self, operator: &Operator) -> bool {
        match operator {
            Operator::I32WrapI64 => self.unary(|i, a| i.ireduce(I32, a)),
            Operator::I64ExtendI32S => self.unary(|i, a| i.sextend(I64, a)),
            Operator::I64ExtendI32U => self.unary(|i, a| i.uextend(I64, a)),
            Operator::I32Extend8S => self.sign_extend_from(I8, I32),
            Operator::I32Extend16S => self.sign_extend_from(I16, I32),
            Operator::I64Extend8S => self.sign_extend_from(I8, I64),
            Operator::I64Extend16S => self.sign_extend_from(I16, I64),
            Operator::I64Extend32S => self.sign_extend_from(I32, I64),
            Operator::I32ReinterpretF32 => self.reinterpret(I32),
            Operator::I64ReinterpretF64 => self.reinterpret(I64),
            Operator::F32ReinterpretI32 => self.reinterpret(F32),
            Operator::F64ReinterpretI64 => self.reinterpret(F64),
            _ => return false,
        }
        true
    }

    fn sign_extend_from(&mut self, from: Type, to: Type) {
        self.unary(|i, a| i.ireduce(from, a));
        self.unary(|i, a| i.sextend(to, a));
    }

    fn reinterpret(&mut self, to: Type) {
        self.unary(|i, a| i.bitcast(to, MemFlagsData::new(), a));
    }

    fn float_conversion(&mut self, operator: &Operator) -> bool {
        use Operator::*;
        match operator {
            I32TruncF32S | I32TruncF64S => self.unary(|i, a| i.fcvt_to_sint(I32, a)),
            I32TruncF32U | I32TruncF64U => self.unary(|i, a| i.fcvt_to_uint(I32, a)),
            I64TruncF32S | I64TruncF64S => self.unary(|i, a| i.fcvt_to_sint(I64, a)),
            I64TruncF32U | I64TruncF64U => self.unary(|i, a| i.fcvt_to_uint(I64, a)),
            I32TruncSatF32S | I32TruncSatF64S => self.unary(|i, a| i.fcvt_to_sint_sat(I32, a)),
            I32TruncSatF32U | I32TruncSatF64U => self.unary(|i, a| i.fcvt_to_uint_sat(I32, a)),
            I64TruncSatF32S | I64TruncSatF64S => self.unary(|i, a| i.fcvt_to_sint_sat(I64, a)),
            I64TruncSatF32U | I64TruncSatF64U => self.unary(|i, a| i.fcvt_to_uint_sat(I64, a)),
            F32ConvertI32S | F32ConvertI64S => self.unary(|i, a| i.fcvt_from_sint(F32, a)),
            F32ConvertI32U | F32ConvertI64U => self.unary(|i, a| i.fcvt_from_uint(F32, a)),
            F64ConvertI32S | F64ConvertI64S => self.unary(|i, a| i.fcvt_from_sint(F64, a)),
            F64ConvertI32U | F64ConvertI64U => self.unary(|i, a| i.fcvt_from_uint(F64, a)),
            F32DemoteF64 => self.unary(|i, a| i.fdemote(F32, a)),
            F64PromoteF32 => self.unary(|i, a| i.fpromote(F64, a)),
            _ => return false,
        }
        true
    }

    // The wide-arithmetic proposal. 128-bit operands and results are pairs, low half first.
    fn wide_arithmetic(&mut self, operator: &Operator) -> bool {
        match operator {
            Operator::I64Add128 | Operator::I64Sub128 => {
                let (right_low, right_high) = self.pop2();
                let (left_low, left_high) = self.pop2();
                let right = self.ins().iconcat(right_low, right_high);
                let left = self.ins().iconcat(left_low, left_high);
                let result = match operator {
                    Operator::I64Add128 => self.ins().iadd(left, right),
                    _ => self.ins().isub(left, right),
                };
                let (low, high) = self.ins().isplit(result);
                self.stack.extend([low, high]);
            }
            Operator::I64MulWideS | Operator::I64MulWideU => {
                let (left, right) = self.pop2();
                let low = self.ins().imul(left, right);
                let high = match operator {
                    Operator::I64MulWideS => self.ins().smulhi(left, right),
                    _ => self.ins().umulhi(left, right),
                };
                self.stack.extend([low, high]);
            }
            _ => return false,
        }
        true
    }
}
