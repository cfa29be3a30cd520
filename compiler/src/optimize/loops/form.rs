//! Loops that count: what they pass back, what each turn adds to their counters, and how many
//! turns they take.
//!
//! With `distance` from `start` to `end` in the direction of the step, the last turn (the first is 0) is known
//! by these rules, `step` being the size of the step:
//!
//! * back while the sum `!= end`: `distance / step - 1`, where `distance` is modulo 2^32, if `step` divides it and
//!   it is above 0. For `t * step` is below `distance` for all smaller `t` above 0, so that no sum before is `end`.
//! * back while the sum is before `end`: `(distance - 1) / step`, where `distance` is not modulo anything, if
//!   it is above 0 and the last sum, `end - 1 + step` at most, is a number of the compared type, so that none wraps.
//! * where the old number is compared in place of the sum, it is one turn more.

use super::super::values::{self, Comparison};
use super::choices::{self, Choice};
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::condcodes::{CondCode, IntCC};
use cranelift_codegen::ir::{
    Block, Function, Inst, InstructionData, Opcode, Value, ValueDef, types,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// A loop that one branch goes back in: of one block, or the outer of a nest.
pub(super) struct Loop {
    /// The block that is entered.
    pub block: Block,
    /// All blocks, the one that goes back last.
    blocks: Vec<Block>,
    /// The instructions but for those that end blocks.
    pub body: Vec<Inst>,
    pub params: Vec<Param>,
    pub exit: Exit,
    /// Branches that lead here from elsewhere.
    pub entries: Vec<Inst>,
    invariant: FxHashSet<Value>,
    /// Parameters of blocks that are one of two values, by a condition: all three are the same in every turn.
    choices: FxHashMap<Value, [Value; 3]>,
}

/// A parameter of the loop's block.
pub(super) struct Param {
    pub value: Value,
    /// The value that the next turn is given.
    pub next: Value,
    /// The number that each turn adds, 0 where it stays the same; for numbers of 32 bits only.
    pub step: Option<i32>,
    /// The constant that every entry passes; for numbers of 32 bits only.
    pub start: Option<i32>,
}

/// The condition to go on.
pub(super) struct Exit {
    /// The parameter that counts.
    pub counter: usize,
    /// True if the sum is compared, false if the number before.
    pub by_sum: bool,
    pub rule: Rule,
    pub end: Fixed,
}

/// A number that is the same in every turn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fixed {
    Constant(i32),
    Value(Value),
}

/// The comparison of the counter with the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    NotEqual,
    Before { signed: bool },
}

impl Loop {
    /// Reads the loop that `block` is, if it is one that counts.
    pub fn read(func: &Function, cfg: &ControlFlowGraph, block: Block) -> Option<Self> {
        Self::of(func, cfg, vec![block])
    }

    /// Reads the loop of these blocks, each behind those that lead to it: the first is entered, the last goes back.
    pub fn of(func: &Function, cfg: &ControlFlowGraph, blocks: Vec<Block>) -> Option<Self> {
        let block = *blocks.first()?;
        let branch = func.layout.last_inst(*blocks.last()?)?;
        let InstructionData::Brif { blocks: calls, .. } = func.dfg.insts[branch] else {
            return None;
        };
        let pool = &func.dfg.value_lists;
        let back = calls.iter().filter(|call| call.block(pool) == block);
        let [back] = back.collect::<Vec<_>>()[..] else {
            return None;
        };
        let insts = blocks
            .iter()
            .flat_map(|block| func.layout.block_insts(*block));
        let is_inside = |inst: &Inst| !func.dfg.insts[*inst].opcode().is_terminator();
        let body: Vec<Inst> = insts.filter(is_inside).collect();
        if body.is_empty() || !body.iter().all(|inst| is_allowed(func, *inst)) {
            return None;
        }
        let entries: Vec<Inst> = cfg
            .pred_iter(block)
            .map(|edge| edge.inst)
            .filter(|inst| *inst != branch)
            .collect();
        let mut found = Self {
            block,
            blocks,
            invariant: FxHashSet::default(),
            choices: FxHashMap::default(),
            body,
            params: Vec::new(),
            exit: Exit {
                counter: 0,
                by_sum: true,
                rule: Rule::NotEqual,
                end: Fixed::Constant(0),
            },
            entries,
        };
        found.find_invariants(func, cfg);
        for (param, next) in func.dfg.block_params(block).iter().zip(back.args(pool)) {
            let next = func.dfg.resolve_aliases(next.as_value()?);
            found.params.push(Param {
                value: *param,
                next,
                step: step(func, *param, next),
                start: start(func, &found.entries, *param),
            });
        }
        found.exit = found.exit(func, branch)?;
        Some(found)
    }

    /// Tells if a value is the same in every turn.
    pub fn is_invariant(&self, func: &Function, value: Value) -> bool {
        let block = match func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => func.layout.inst_block(inst),
            ValueDef::Param(block, _) => Some(block),
            ValueDef::Union(..) => None,
        };
        block.is_none_or(|block| !self.has(block)) || self.invariant.contains(&value)
    }

    /// Tells if a block belongs to the loop.
    pub fn has(&self, block: Block) -> bool {
        self.blocks.contains(&block)
    }

    /// Gives the parameter that a value is.
    pub fn param(&self, value: Value) -> Option<usize> {
        self.params.iter().position(|param| param.value == value)
    }

    /// Gives the size of the counter's step.
    pub fn stride(&self) -> i64 {
        let step = self.params[self.exit.counter].step.unwrap_or(0);
        i64::from(step).abs()
    }

    /// Tells if the counter goes up.
    pub fn is_upward(&self) -> bool {
        self.params[self.exit.counter]
            .step
            .is_some_and(|step| step > 0)
    }

    /// Gives the number of the last turn where start and end are constants, below 0 where the loop goes on beyond.
    /// For what pays, not for what is sound: `guard.rs` computes it anew.
    pub fn known_last(&self) -> Option<i64> {
        let exit = &self.exit;
        let (Some(start), Fixed::Constant(end)) = (self.params[exit.counter].start, exit.end)
        else {
            return None;
        };
        let (from, to) = match self.is_upward() {
            true => (start, end),
            false => (end, start),
        };
        let distance = match exit.rule {
            Rule::NotEqual => i64::from(to.wrapping_sub(from) as u32),
            Rule::Before { signed: true } => i64::from(to) - i64::from(from) - 1,
            Rule::Before { signed: false } => i64::from(to as u32) - i64::from(from as u32) - 1,
        };
        Some(distance.div_euclid(self.stride()))
    }

    /// Gives the condition and the two values that a parameter which is the same in every turn is a choice by.
    pub fn choice(&self, param: Value) -> Option<[Value; 3]> {
        self.choices.get(&param).copied()
    }

    /// Finds what instructions of the loop give, and what blocks are passed, that only depends on what is the same in
    /// every turn.
    fn find_invariants(&mut self, func: &Function, cfg: &ControlFlowGraph) {
        let params = |block: &Block| func.dfg.block_params(*block);
        let params = self.blocks.iter().flat_map(params);
        let mut varying: FxHashSet<Value> = params.copied().collect();
        for block in &self.blocks {
            if *block != self.block {
                for Choice { param, of } in choices::at(func, cfg, *block) {
                    if of.iter().all(|value| !varying.contains(value)) {
                        varying.remove(&param);
                        self.invariant.insert(param);
                        self.choices.insert(param, of);
                    }
                }
            }
            for inst in func.layout.block_insts(*block) {
                let mut values = func.dfg.inst_values(inst);
                let is_fixed =
                    values.all(|value| !varying.contains(&func.dfg.resolve_aliases(value)));
                let results = func.dfg.inst_results(inst).iter().copied();
                match is_fixed && is_pure(func, inst) {
                    true => self.invariant.extend(results),
                    false => varying.extend(results),
                }
            }
        }
    }

    fn exit(&self, func: &Function, branch: Inst) -> Option<Exit> {
        let (Comparison { condition, x, y }, _) = values::taken(func, branch, self.block)?;
        let Some(y) = y else {
            return self.exit_by(condition, x, Fixed::Constant(0));
        };
        self.fixed(func, y)
            .and_then(|end| self.exit_by(condition, x, end))
            .or_else(|| self.exit_by(condition.swap_args(), y, self.fixed(func, x)?))
    }

    fn fixed(&self, func: &Function, value: Value) -> Option<Fixed> {
        match values::constant(func, value) {
            Some(constant) => Some(Fixed::Constant(constant as i32)),
            None => self
                .is_invariant(func, value)
                .then_some(Fixed::Value(value)),
        }
    }

    fn exit_by(&self, condition: IntCC, x: Value, end: Fixed) -> Option<Exit> {
        let counts = |param: &Param| param.step.is_some_and(|step| step != 0);
        let is_it = |param: &Param| counts(param) && (param.next == x || param.value == x);
        let counter = self.params.iter().position(is_it)?;
        let param = &self.params[counter];
        let is_upward = param.step? > 0;
        let rule = match condition {
            IntCC::NotEqual => Rule::NotEqual,
            IntCC::UnsignedLessThan if is_upward => Rule::Before { signed: false },
            IntCC::SignedLessThan if is_upward => Rule::Before { signed: true },
            IntCC::UnsignedGreaterThan if !is_upward => Rule::Before { signed: false },
            IntCC::SignedGreaterThan if !is_upward => Rule::Before { signed: true },
            _ => return None,
        };
        Some(Exit {
            counter,
            by_sum: param.next == x,
            rule,
            end,
        })
    }
}

/// Tells if an instruction may be in the loop: no call, nothing that traps or changes anything but memory.
fn is_allowed(func: &Function, inst: Inst) -> bool {
    let results = func.dfg.inst_results(inst).len();
    is_access(func, inst) || (is_pure(func, inst) && results == 1)
}

/// Tells if an instruction loads from or stores to linear memory, not atomically.
pub(super) fn is_access(func: &Function, inst: Inst) -> bool {
    match func.dfg.insts[inst] {
        InstructionData::Load { flags, .. } | InstructionData::Store { flags, .. } => {
            crate::lower::is_memory(func, func.dfg.mem_flags[flags])
        }
        _ => false,
    }
}

/// Tells if an instruction only gives a value, which depends on its operands alone.
fn is_pure(func: &Function, inst: Inst) -> bool {
    let data = func.dfg.insts[inst];
    let opcode = data.opcode();
    if let InstructionData::Load { flags, .. } = data {
        let flags = func.dfg.mem_flags[flags];
        return opcode == Opcode::Load && flags.readonly() && flags.can_move();
    }
    !(opcode.can_trap()
        || opcode.can_load()
        || opcode.can_store()
        || opcode.is_call()
        || opcode.is_terminator()
        || opcode.other_side_effects())
}

fn step(func: &Function, param: Value, next: Value) -> Option<i32> {
    if func.dfg.value_type(param) != types::I32 {
        return None;
    }
    if param == next {
        return Some(0);
    }
    let (of, step) = values::offset(func, next)?;
    (of == param).then_some(step as i32)
}

fn start(func: &Function, entries: &[Inst], param: Value) -> Option<i32> {
    if func.dfg.value_type(param) != types::I32 {
        return None;
    }
    let mut start = None;
    for inst in entries {
        for (_, argument) in values::passed(func, *inst).filter(|(to, _)| *to == param) {
            let value = func.dfg.resolve_aliases(argument.as_value()?);
            let constant = values::constant(func, value)? as i32;
            if start.is_some_and(|start| start != constant) {
                return None;
            }
            start = Some(constant);
        }
    }
    start
}
