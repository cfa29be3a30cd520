//! Sums, products of bits, greatest and least numbers that a loop adds up over its turns, in lanes.
//!
//! Each lane takes a part of the terms; behind the turns, lanes are taken together. That is the same to the bit,
//! because these operations on integers may be made in any order. Of floating-point numbers no order is changed.
//! In the loop, nothing but the operation itself takes what has been added up.

use super::body::{Body, Operand};
use super::form::Loop;
use cranelift_codegen::ir::condcodes::{CondCode, IntCC};
use cranelift_codegen::ir::{InstructionData, Opcode, Type, Value, types};
use rustc_hash::FxHashMap;

/// Terms that are added up in a turn, at most.
const TERMS: usize = 16;

/// The way that two numbers become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Operation(Opcode),
    /// The first where this holds between both, else the second: the greater or the smaller.
    Choice(IntCC),
}

/// A parameter that terms are added to.
pub(super) struct Sum {
    pub param: usize,
    pub rule: Rule,
    pub ty: Type,
    /// In the order of the body.
    terms: Vec<Value>,
}

impl Sum {
    /// Finds all of a body.
    pub fn all(lp: &Loop, body: &Body) -> Vec<Self> {
        let uses = body.uses();
        let params = (0..body.params()).filter(|at| lp.params[*at].step.is_none());
        let found = params.filter_map(|at| {
            let (_, next) = body.param(at);
            let ty = body.ty(body.giver(next)?);
            let (rule, mut terms) = terms(body, &uses, at)?;
            terms.sort_by_key(|value| body.giver(*value));
            let is_number = matches!(ty, types::I32 | types::I64);
            (is_number && (1..=TERMS).contains(&terms.len())).then_some(Self {
                param: at,
                rule,
                ty,
                terms,
            })
        });
        found.collect()
    }

    /// Lists the terms of all copies.
    pub fn terms(&self, body: &Body) -> Vec<Operand> {
        let of = |copy| self.terms.iter().map(move |term| body.value(*term, copy));
        (0..body.copies).flat_map(of).collect()
    }
}

fn terms(body: &Body, uses: &FxHashMap<Value, usize>, at: usize) -> Option<(Rule, Vec<Value>)> {
    let (_, next) = body.param(at);
    let opcode = body.data(body.giver(next)?).opcode();
    match opcode {
        Opcode::Iadd | Opcode::Bxor | Opcode::Band | Opcode::Bor => {
            let mut found = Flat {
                body,
                uses,
                opcode,
                param: body.param(at).0,
                terms: Vec::new(),
                starts: 0,
            };
            found.add(next);
            let is_one = found.starts == 1 && uses.get(&found.param) == Some(&1);
            is_one.then_some((Rule::Operation(opcode), found.terms))
        }
        Opcode::Select => choices(body, uses, at),
        _ => None,
    }
}

/// A sum of sums, flat.
struct Flat<'a> {
    body: &'a Body,
    uses: &'a FxHashMap<Value, usize>,
    opcode: Opcode,
    param: Value,
    terms: Vec<Value>,
    /// How often the parameter has been met.
    starts: usize,
}

impl Flat<'_> {
    fn add(&mut self, value: Value) {
        if value == self.param {
            self.starts += 1;
            return;
        }
        let node = self.body.giver(value);
        let node = node.filter(|node| self.body.data(*node).opcode() == self.opcode);
        match node.filter(|_| self.uses.get(&value) == Some(&1)) {
            Some(node) => {
                for arg in self.body.args(node).to_vec() {
                    self.add(arg);
                }
            }
            None => self.terms.push(value),
        }
    }
}

/// Finds the numbers of which the greatest or the least is chosen, one after the other.
fn choices(body: &Body, uses: &FxHashMap<Value, usize>, at: usize) -> Option<(Rule, Vec<Value>)> {
    let (param, next) = body.param(at);
    let mut rule = None;
    let mut terms = Vec::new();
    let mut value = next;
    while value != param {
        let (condition, before, term) = choice(body, uses, param, value)?;
        // The next turn takes what is chosen last; a choice and its comparison take each before.
        let wanted = if value == next { 1 } else { 2 };
        if rule.is_some_and(|rule| rule != condition)
            || uses.get(&value) != Some(&wanted)
            || terms.len() == TERMS
        {
            return None;
        }
        rule = Some(condition);
        terms.push(term);
        value = before;
    }
    let is_taken = uses.get(&param) == Some(&2);
    Some((Rule::Choice(rule.filter(|_| is_taken)?), terms))
}

/// Reads a choice of `value`: the condition between what was chosen before and a term, for which it stays.
fn choice(
    body: &Body,
    uses: &FxHashMap<Value, usize>,
    param: Value,
    value: Value,
) -> Option<(IntCC, Value, Value)> {
    let node = body.giver(value)?;
    let (Opcode::Select, [condition, yes, no]) = (body.data(node).opcode(), body.args(node)) else {
        return None;
    };
    let mut compared = *condition;
    let mut node = body.giver(compared)?;
    let is_alone = |value: Value| uses.get(&value) == Some(&1);
    if !is_alone(compared) {
        return None;
    }
    if body.data(node).opcode() == Opcode::Uextend {
        compared = body.args(node)[0];
        node = body.giver(compared).filter(|_| is_alone(compared))?;
    }
    let data = body.data(node);
    let InstructionData::IntCompare { cond, .. } = &data else {
        return None;
    };
    let [x, y] = body.args(node) else {
        return None;
    };
    // `yes` is chosen where this holds between `yes` and `no`.
    let holds = match (x == yes && y == no, x == no && y == yes) {
        (true, false) => *cond,
        (false, true) => cond.swap_args(),
        _ => return None,
    };
    let leads = |value: Value| {
        let node = body.giver(value);
        value == param || node.is_some_and(|node| body.data(node).opcode() == Opcode::Select)
    };
    let (before, term, holds) = match (leads(*yes), leads(*no)) {
        (true, false) => (*yes, *no, holds),
        (false, true) => (*no, *yes, holds.complement().swap_args()),
        _ => return None,
    };
    // Which of two equal numbers is chosen is no matter.
    let rule = match holds {
        IntCC::SignedGreaterThanOrEqual => IntCC::SignedGreaterThan,
        IntCC::SignedLessThanOrEqual => IntCC::SignedLessThan,
        IntCC::UnsignedGreaterThanOrEqual => IntCC::UnsignedGreaterThan,
        IntCC::UnsignedLessThanOrEqual => IntCC::UnsignedLessThan,
        IntCC::Equal | IntCC::NotEqual => return None,
        strict => strict,
    };
    Some((rule, before, term))
}
