//! Locals, globals and the operand stack's own operators.

use super::{Translator, clif_type};
use crate::Error;
use crate::module::Const;
use crate::plan::GlobalPlace;
use cranelift_codegen::ir::{ConstantData, InstBuilder, Type, Value, types};
use cranelift_frontend::Variable;
use wasmparser::{FuncType, FunctionBody, Operator, ValType};

/// The most locals that are all declared. Of more, only those are that the body mentions.
const ALL_DECLARED_MAX: u32 = 1000;

impl<'a> Translator<'a> {
    /// Declares parameters, whose values these are, and locals, which start as zeros.
    pub(super) fn declare_locals(
        &mut self,
        params: &[Value],
        body: &FunctionBody,
        ty: &FuncType,
    ) -> Result<(), Error> {
        for ((ty, value), index) in ty.params().iter().zip(params).zip(0..) {
            self.label_local(index, *value);
            self.keep_local(index, *value);
            let variable = self.builder.declare_var(clif_type(*ty));
            self.builder.def_var(variable, *value);
            self.current.locals.push(variable);
        }
        let groups: Vec<(u32, ValType)> = body
            .get_locals_reader()?
            .into_iter()
            .collect::<Result<_, _>>()?;
        let total: u32 = groups.iter().map(|(count, _)| count).sum();
        if total > ALL_DECLARED_MAX {
            return self.declare_used_locals(&groups, params.len() as u32, body);
        }
        for (count, ty) in groups {
            let zero = self.zero(clif_type(ty));
            for _ in 0..count {
                self.declare_local(ty, zero);
            }
        }
        Ok(())
    }

    // Declares the locals that the body mentions: a few bytes of a module can declare 50,000 others.
    fn declare_used_locals(
        &mut self,
        groups: &[(u32, ValType)],
        params: u32,
        body: &FunctionBody,
    ) -> Result<(), Error> {
        let mut used: Vec<u32> = (0..params).collect();
        for operator in body.get_operators_reader()? {
            if let Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } = operator?
            {
                used.push(local_index);
            }
        }
        used.sort_unstable();
        used.dedup();
        let (mut next, mut end) = (params as usize, params);
        for &(count, ty) in groups {
            end += count;
            let zero = self.zero(clif_type(ty));
            while used.get(next).is_some_and(|index| *index < end) {
                self.declare_local(ty, zero);
                next += 1;
            }
        }
        self.current.declared = Some(used);
        Ok(())
    }

    fn declare_local(&mut self, ty: ValType, zero: Value) {
        let variable = self.builder.declare_var(clif_type(ty));
        self.builder.def_var(variable, zero);
        self.current.locals.push(variable);
    }

    fn local(&self, index: u32) -> Variable {
        let position = match &self.current.declared {
            None => index as usize,
            Some(declared) => declared
                .binary_search(&index)
                .expect("declared: every local that the body mentions"),
        };
        self.current.locals[position]
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
                let variable = self.local(local_index);
                let value = self.builder.use_var(variable);
                self.label_local(local_index, value);
                self.push(value);
            }
            Operator::LocalSet { local_index } => {
                let value = self.pop();
                let variable = self.local(local_index);
                self.label_local(local_index, value);
                self.keep_local(local_index, value);
                self.builder.def_var(variable, value);
            }
            Operator::LocalTee { local_index } => {
                let value = self.stack[self.stack.len() - 1];
                let variable = self.local(local_index);
                self.label_local(local_index, value);
                self.keep_local(local_index, value);
                self.builder.def_var(variable, value);
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
