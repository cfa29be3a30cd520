//! Indices of memory as sums: a constant and multiples of values that are the same in every turn or count.

use super::super::values;
use super::form::Loop;
use cranelift_codegen::ir::{Function, Opcode, Value};

/// Instructions that are looked through.
const DEPTH: u32 = 8;
/// Variable parts of a sum.
const TERMS: usize = 4;

/// A sum modulo 2^32.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// Values and what each is multiplied by, in the order of the values.
    pub terms: Vec<(Value, i32)>,
    pub constant: i32,
}

impl Sum {
    /// Gives the sum that `value`, of 32 bits, is in a turn of the loop.
    pub fn of(func: &Function, lp: &Loop, value: Value) -> Option<Self> {
        sum(func, lp, value, DEPTH)
    }

    /// Gives what it grows by each turn.
    pub fn stride(&self, lp: &Loop) -> Option<i32> {
        let mut stride = 0_i32;
        for (value, factor) in &self.terms {
            if let Some(param) = lp.param(*value) {
                let by = lp.params[param].step?.checked_mul(*factor)?;
                stride = stride.checked_add(by)?;
            }
        }
        Some(stride)
    }

    pub fn scaled(mut self, by: i32) -> Self {
        for (_, factor) in &mut self.terms {
            *factor = factor.wrapping_mul(by);
        }
        self.terms.retain(|(_, factor)| *factor != 0);
        self.constant = self.constant.wrapping_mul(by);
        self
    }

    pub fn plus(mut self, other: Self) -> Option<Self> {
        self.constant = self.constant.wrapping_add(other.constant);
        for (value, factor) in other.terms {
            match self.terms.binary_search_by_key(&value, |term| term.0) {
                Ok(at) => self.terms[at].1 = self.terms[at].1.wrapping_add(factor),
                Err(at) => self.terms.insert(at, (value, factor)),
            }
        }
        self.terms.retain(|(_, factor)| *factor != 0);
        (self.terms.len() <= TERMS).then_some(self)
    }
}

fn sum(func: &Function, lp: &Loop, value: Value, depth: u32) -> Option<Sum> {
    let value = func.dfg.resolve_aliases(value);
    if let Some(constant) = values::constant(func, value) {
        return Some(Sum {
            terms: Vec::new(),
            constant: constant as i32,
        });
    }
    let by_parts = (depth > 0).then(|| parts(func, lp, value, depth - 1));
    by_parts.flatten().or_else(|| leaf(func, lp, value))
}

fn parts(func: &Function, lp: &Loop, value: Value, depth: u32) -> Option<Sum> {
    if let Some((x, y)) = values::binary(func, value, Opcode::Iadd) {
        return sum(func, lp, x, depth)?.plus(sum(func, lp, y, depth)?);
    }
    if let Some((x, y)) = values::binary(func, value, Opcode::Isub) {
        return sum(func, lp, x, depth)?.plus(sum(func, lp, y, depth)?.scaled(-1));
    }
    if let Some((x, y)) = values::binary(func, value, Opcode::Ishl) {
        let by = values::constant(func, y)? & 31;
        return Some(sum(func, lp, x, depth)?.scaled(1_i32.wrapping_shl(by as u32)));
    }
    let (x, y) = values::binary(func, value, Opcode::Imul)?;
    let by = values::constant(func, y)? as i32;
    Some(sum(func, lp, x, depth)?.scaled(by))
}

fn leaf(func: &Function, lp: &Loop, value: Value) -> Option<Sum> {
    let counts = lp.param(value).map(|param| lp.params[param].step.is_some());
    counts
        .unwrap_or_else(|| lp.is_invariant(func, value))
        .then(|| Sum {
            terms: vec![(value, 1)],
            constant: 0,
        })
}
