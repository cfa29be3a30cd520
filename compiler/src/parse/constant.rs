//! Constant expressions → values. An executable imports no globals, so every constant expression
//! (core specification, "Constant Expressions", with extended-const) is known at compile time.

use crate::Error;
use crate::module::{Const, Module};
use wasmparser::{ConstExpr, Operator};

/// Evaluates an expression that validation accepted, given the globals before it.
pub(super) fn evaluate(expr: &ConstExpr, module: &Module) -> Result<Const, Error> {
    let mut reader = expr.get_operators_reader();
    let mut stack = Vec::new();
    loop {
        let offset = reader.original_position();
        let value = match reader.read()? {
            Operator::I32Const { value } => Const::I32(value),
            Operator::I64Const { value } => Const::I64(value),
            Operator::F32Const { value } => Const::F32(value.bits()),
            Operator::F64Const { value } => Const::F64(value.bits()),
            Operator::V128Const { value } => Const::V128(value.i128() as u128),
            Operator::RefNull { .. } => Const::Null,
            Operator::RefFunc { function_index } => Const::Function(function_index),
            Operator::GlobalGet { global_index } => {
                let global = module.globals.get(global_index as usize);
                global.ok_or_else(|| malformed(offset))?.init
            }
            Operator::I32Add => binary32(&mut stack, i32::wrapping_add, offset)?,
            Operator::I32Sub => binary32(&mut stack, i32::wrapping_sub, offset)?,
            Operator::I32Mul => binary32(&mut stack, i32::wrapping_mul, offset)?,
            Operator::I64Add => binary64(&mut stack, i64::wrapping_add, offset)?,
            Operator::I64Sub => binary64(&mut stack, i64::wrapping_sub, offset)?,
            Operator::I64Mul => binary64(&mut stack, i64::wrapping_mul, offset)?,
            Operator::End => return stack.pop().ok_or_else(|| malformed(offset)),
            _ => return Err(malformed(offset)),
        };
        stack.push(value);
    }
}

fn binary32(stack: &mut Vec<Const>, op: fn(i32, i32) -> i32, at: u64) -> Result<Const, Error> {
    match (stack.pop(), stack.pop()) {
        (Some(Const::I32(right)), Some(Const::I32(left))) => Ok(Const::I32(op(left, right))),
        _ => Err(malformed(at)),
    }
}

fn binary64(stack: &mut Vec<Const>, op: fn(i64, i64) -> i64, at: u64) -> Result<Const, Error> {
    match (stack.pop(), stack.pop()) {
        (Some(Const::I64(right)), Some(Const::I64(left))) => Ok(Const::I64(op(left, right))),
        _ => Err(malformed(at)),
    }
}

fn malformed(offset: u64) -> Error {
    Error::new("constant expression cannot be evaluated").at(offset)
}
