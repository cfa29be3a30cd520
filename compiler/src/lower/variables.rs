//! Locals, globals and the operand stack's own operators.

use super::{Translator, clif_type};
use crate::Error;
use crate::module::Const;
use crate::plan::GlobalPlace;
use cranelift_codegen::ir::{ConstantData, InstBuilder, Type, Value, types};
use wasmparser::{FuncType, FunctionBody, Operator};

impl<'a> Translator<'a> {
    /// Declares parameters, whose values these are, and locals, which start as zeros.
    pub(super) fn declare_locals(
        &mut self,
        params: &[Value],
        body: &FunctionBody,
        ty: &FuncType,
    ) -> Result<(), Error> {
        for (ty, value) in ty.params().iter().zip(params) {
            let variable = self.builder.declare_var(clif_type(*ty));
            self.builder.def_var(variable, *value);
            self.locals.push(variable);
        }
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            let zero = self.zero(clif_type(ty));
            for _ in 0..count {
                let variable = self.builder.declare_var(clif_type(ty));
                self.builder.def_var(variable, zero);
                self.locals.push(variable);
            }
        }
        Ok(())
    }

    /// Zero, or null, of a type.
    pub(super) fn zero(&mut self, ty: Type) -> Value {
        match ty {
            types::F32 => self.ins().f32const(0.0),
            types::F64 => self.ins().f64const(0.0),
            types::I8X16 => self.vector(0),
            _ => self.ins().iconst(ty, 0),
        }
    }

    /// A vector constant, lane 0 in the lowest bits.
    pub(super) fn vector(&mut self, bits: u128) -> Value {
        let data = ConstantData::from(&bits.to_le_bytes()[..]);
        let constant = self.builder.func.dfg.constants.insert(data);
        self.ins().vconst(types::I8X16, constant)
    }

    /// Translates an operator on locals, globals or the stack; false for any other.
    pub(super) fn variable(&mut self, operator: &Operator) -> bool {
        match *operator {
            Operator::LocalGet { local_index } => {
                let value = self.builder.use_var(self.locals[local_index as usize]);
                self.push(value);
            }
            Operator::LocalSet { local_index } => {
                let value = self.pop();
                self.builder
                    .def_var(self.locals[local_index as usize], value);
            }
            Operator::LocalTee { local_index } => {
                let value = self.stack[self.stack.len() - 1];
                self.builder
                    .def_var(self.locals[local_index as usize], value);
            }
            Operator::GlobalGet { global_index } => {
                let value = self.global(global_index);
                self.push(value);
            }
            Operator::GlobalSet { global_index } => {
                let value = self.pop();
                // Validated: the global is mutable; planned: what is written lies in the state.
                if let GlobalPlace::State(offset) = self.plan.globals[global_index as usize] {
                    self.store_state(value, offset);
                }
            }
            Operator::Drop => {
                self.pop();
            }
            Operator::Select | Operator::TypedSelect { .. } => {
                let (yes, no, condition) = self.pop3();
                let value = self.ins().select(condition, yes, no);
                self.push(value);
            }
            _ => return false,
        }
        true
    }

    fn global(&mut self, index: u32) -> Value {
        let ty = clif_type(self.plan.module.globals[index as usize].ty.content_type);
        match self.plan.globals[index as usize] {
            GlobalPlace::State(offset) => self.load_state(ty, offset),
            GlobalPlace::Constant(value) => match value {
                Const::I32(value) => self.ins().iconst(types::I32, i64::from(value)),
                Const::I64(value) => self.ins().iconst(types::I64, value),
                Const::F32(bits) => self.ins().f32const(f32::from_bits(bits)),
                Const::F64(bits) => self.ins().f64const(f64::from_bits(bits)),
                Const::V128(bits) => self.vector(bits),
                Const::Null => self.ins().iconst(types::I64, 0),
                Const::Function(index) => self.reference(index),
            },
        }
    }
}
