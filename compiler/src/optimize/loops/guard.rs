//! The check before a loop, and the blocks around its fast form.
//!
//! ```text
//!          guard ------ few turns ----------------+
//!            |                                    |
//!          check ------ not proven ---------------+
//!            |                                    |
//!      +-> turns        several turns at once     |
//!      +-----|                                    |
//!          rest                                   |
//!            +---------> the loop as it was <-----+
//! ```
//!
//! `turns` never takes the last turn: the loop as it was always runs, and gives what is used behind it.
//!
//! ```text
//! ###########################################################################################
//! # SECURITY: `turns` moves accesses across each other and computes addresses in 64 bits,   #
//! # because `check` has proven that no access in it can trap and no index of it can wrap.   #
//! ###########################################################################################
//! ```
//!
//! An index of a stream is `start + c + stride * turn` modulo 2^32, with `0 <= c`, and what is added to it
//! without wrapping is at least 0. `check` computes, in 64 bits, the least index, `start + min(0, stride * last)`,
//! and the end of the furthest access, `start + high + max(0, stride * last)`, where `last` is the number of the
//! last turn that the loop takes, below 2^33, and a stride has 20 bits: nothing here wraps in 64. The least is at
//! least 0 and the end is at most the memory's length, at most 2^32. So no index wraps, and since a memory never
//! shrinks and the loop calls nothing, all accesses of all turns are in bounds.
//!
//! If the processor mispredicts `check` or the end of `turns`, an access begins below 2^32 + 2^28 from byte 0, or as
//! far from there as the turns in flight move it, a few hundred MiB at most: within what is held behind the
//! memory, or below it in a library. So `--spectre` masks nothing here.

use super::super::values;
use super::affine::Sum;
use super::body::{Body, Stream};
use super::form::{Fixed, Loop, Param, Rule};
use super::number::{Conditions, Number};
use crate::lower;
use crate::plan::Plan;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, Function, Inst, InstBuilder, Value, types};
use kiln_abi::layout::{MEMORY_BASE, WASM_PAGE};
use rustc_hash::{FxHashMap, FxHashSet};

/// Values that do not change in the loop, as they are known before it.
pub(super) struct Before {
    /// The parameters of `guard`, which are those of the loop.
    pub params: Vec<Value>,
    hoisted: FxHashMap<Value, Value>,
}

/// The begin of a stream: its index in the memory, and what must be added for an address, if that is a constant.
pub(super) type Begin = (Value, Option<Value>);

impl Before {
    /// Makes the block `guard` and leads all entries of the loop to it.
    pub fn new(func: &mut Function, lp: &Loop) -> (Block, Self) {
        let guard = func.dfg.make_block();
        func.layout.insert_block(guard, lp.block);
        let params = lp.params.iter().map(|param| {
            let ty = func.dfg.value_type(param.value);
            func.dfg.append_block_param(guard, ty)
        });
        let params = params.collect();
        for entry in &lp.entries {
            let dfg = &mut func.dfg;
            let data = &mut dfg.insts[*entry];
            let calls =
                data.branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables);
            for call in calls {
                if call.block(&dfg.value_lists) == lp.block {
                    call.set_block(guard, &mut dfg.value_lists);
                }
            }
        }
        let hoisted = FxHashMap::default();
        (guard, Self { params, hoisted })
    }

    /// Gives a value that is the same in every turn, computed at the cursor if it was in the loop.
    pub fn hoist(&mut self, cursor: &mut FuncCursor, lp: &Loop, value: Value) -> Value {
        if let Some(hoisted) = self.hoisted.get(&value) {
            return *hoisted;
        }
        if let Some(choice) = lp.choice(value) {
            let [condition, yes, no] = choice.map(|value| self.hoist(cursor, lp, value));
            let chosen = cursor.ins().select(condition, yes, no);
            self.hoisted.insert(value, chosen);
            return chosen;
        }
        let func = &cursor.func;
        let inst = match func.dfg.value_def(value).inst() {
            Some(inst) if func.layout.inst_block(inst).is_some_and(|it| lp.has(it)) => inst,
            _ => return value,
        };
        let args = func.dfg.inst_args(inst).to_vec();
        let args: Vec<Value> = args
            .into_iter()
            .map(|arg| {
                let arg = cursor.func.dfg.resolve_aliases(arg);
                self.hoist(cursor, lp, arg)
            })
            .collect();
        let copy = copy(cursor, inst, &args);
        let copy = cursor.func.dfg.first_result(copy);
        self.hoisted.insert(value, copy);
        copy
    }

    /// Gives what the loop as it was is passed: constants as such, so that later passes know where it starts.
    fn arguments(&self, cursor: &mut FuncCursor, lp: &Loop) -> Vec<BlockArg> {
        let argument = |(param, value): (&Param, &Value)| match param.start {
            Some(start) => {
                let start = i64::from(start as u32);
                cursor.ins().iconst(types::I32, start).into()
            }
            None => (*value).into(),
        };
        lp.params.iter().zip(&self.params).map(argument).collect()
    }

    /// Gives what has been hoisted; what lies outside the loop need not be.
    pub fn hoisted(&self, value: Value) -> Value {
        self.hoisted.get(&value).copied().unwrap_or(value)
    }

    /// Gives what the counter starts with, and its end.
    pub fn limits(&mut self, cursor: &mut FuncCursor, lp: &Loop) -> [Number; 2] {
        let end = self.end(cursor, lp, lp.exit.end);
        [self.start(lp, lp.exit.counter), end]
    }

    /// Gives the end of a counter.
    pub fn end(&mut self, cursor: &mut FuncCursor, lp: &Loop, end: Fixed) -> Number {
        match end {
            Fixed::Constant(constant) => Number::Constant(constant.into()),
            Fixed::Value(value) => Number::Value(self.hoist(cursor, lp, value)),
        }
    }

    /// Gives what a parameter starts with.
    pub fn start(&self, lp: &Loop, param: usize) -> Number {
        match lp.params[param].start {
            Some(constant) => Number::Constant(constant.into()),
            None => Number::Value(self.params[param]),
        }
    }
}

/// Copies an instruction to the cursor, with other operands.
pub(super) fn copy(cursor: &mut FuncCursor, inst: Inst, args: &[Value]) -> Inst {
    let place = cursor.func.srcloc(inst);
    let copy = cursor.func.dfg.clone_inst(inst);
    let dfg = &mut cursor.func.dfg;
    dfg.overwrite_inst_values(copy, args.iter().copied());
    cursor.set_srcloc(place);
    cursor.insert_inst(copy);
    copy
}

/// Computes the number of the last turn, as `form.rs` argues, of a counter that starts and ends so.
pub(super) fn last_turn(
    cursor: &mut FuncCursor,
    lp: &Loop,
    [start, end]: [Number; 2],
    conditions: &mut Conditions,
) -> Number {
    let exit = &lp.exit;
    let step = lp.stride();
    let (from, to) = match lp.is_upward() {
        true => (start, end),
        false => (end, start),
    };
    const ABOVE: IntCC = IntCC::SignedGreaterThan;
    match exit.rule {
        Rule::NotEqual => {
            let distance = distance(cursor, from, to);
            let too_few = Number::Constant(if exit.by_sum { 0 } else { -1 });
            conditions.compare(cursor, ABOVE, distance, too_few);
            let whole = distance.divided(cursor, step);
            let back = whole.times(cursor, step);
            conditions.compare(cursor, IntCC::Equal, back, distance);
            let less = Number::Constant(if exit.by_sum { -1 } else { 0 });
            whole.plus(cursor, less)
        }
        Rule::Before { signed } => {
            let [from, to] = [from, to].map(|number| widen(cursor, number, signed));
            let end = if lp.is_upward() { to } else { from };
            let distance = to.minus(cursor, from);
            conditions.compare(cursor, ABOVE, distance, Number::Constant(0));
            let (least, most) = match signed {
                true => (i64::from(i32::MIN), i64::from(i32::MAX)),
                false => (0, i64::from(u32::MAX)),
            };
            match lp.is_upward() {
                true => {
                    let limit = Number::Constant(most - step + 1);
                    conditions.compare(cursor, IntCC::SignedLessThanOrEqual, end, limit);
                }
                false => {
                    let limit = Number::Constant(least + step - 1);
                    conditions.compare(cursor, IntCC::SignedGreaterThanOrEqual, end, limit);
                }
            }
            let before = distance.plus(cursor, Number::Constant(-1));
            let whole = before.divided(cursor, step);
            let more = Number::Constant(if exit.by_sum { 0 } else { 1 });
            whole.plus(cursor, more)
        }
    }
}

/// Subtracts numbers of 32 bits modulo 2^32.
fn distance(cursor: &mut FuncCursor, from: Number, to: Number) -> Number {
    if let (Number::Constant(from), Number::Constant(to)) = (from, to) {
        return Number::Constant((to as u32).wrapping_sub(from as u32).into());
    }
    let [from, to] = [from, to].map(|number| match number {
        Number::Constant(constant) => cursor.ins().iconst(types::I32, i64::from(constant as u32)),
        Number::Value(value) => value,
    });
    let distance = cursor.ins().isub(to, from);
    Number::Value(cursor.ins().uextend(types::I64, distance))
}

/// Makes a number of 32 bits one of 64.
pub(super) fn widen(cursor: &mut FuncCursor, number: Number, is_signed: bool) -> Number {
    match number {
        Number::Constant(constant) if is_signed => Number::Constant((constant as i32).into()),
        Number::Constant(constant) => Number::Constant((constant as u32).into()),
        Number::Value(value) if is_signed => Number::Value(cursor.ins().sextend(types::I64, value)),
        Number::Value(value) => Number::Value(cursor.ins().uextend(types::I64, value)),
    }
}

/// Checks that all accesses are in bounds and that streams lie apart from each other; gives where streams begin.
pub(super) fn prove(
    plan: &Plan,
    cursor: &mut FuncCursor,
    (lp, body, before): (&Loop, &Body, &mut Before),
    last: Number,
    apart: &FxHashSet<(usize, usize)>,
    conditions: &mut Conditions,
) -> Vec<Begin> {
    const AT_MOST: IntCC = IntCC::SignedLessThanOrEqual;
    let zero = Number::Constant(0);
    let mut length = None;
    // Of each stream: where its accesses begin and end, in the memory.
    let mut ranges: Vec<(Number, Number)> = Vec::new();
    let mut streams = Vec::new();
    for stream in &body.streams {
        let start = start(cursor, lp, before, stream);
        let way = last.times(cursor, stream.stride);
        let (back, forth) = if stream.stride < 0 {
            (way, zero)
        } else {
            (zero, way)
        };
        let least = start.plus(cursor, back);
        if stream.stride < 0 {
            conditions.compare(cursor, AT_MOST, zero, least);
        }
        let begin = least.plus(cursor, Number::Constant(stream.low));
        let end = start.plus(cursor, forth);
        let end = end.plus(cursor, Number::Constant(stream.high));
        let initial = plan.module.memories[0].initial * WASM_PAGE;
        let is_within = matches!(end, Number::Constant(end) if end <= initial as i64);
        if !is_within {
            let length = *length
                .get_or_insert_with(|| Number::Value(lower::load_memory_length(plan, cursor)));
            conditions.compare(cursor, AT_MOST, end, length);
        }
        ranges.push((begin, end));
        streams.push((start, base(cursor, lp, before, stream.base)));
    }
    let mut apart: Vec<_> = apart.iter().copied().collect();
    apart.sort_unstable();
    for (a, b) in apart {
        let ((a_begin, a_end), (b_begin, b_end)) = (ranges[a], ranges[b]);
        conditions.either(cursor, [a_end, b_begin, b_end, a_begin], None);
    }
    let begin = |(start, base): (Number, Number)| match base {
        Number::Constant(_) => (start.value(cursor), Some(base.value(cursor))),
        Number::Value(_) => (start.plus(cursor, base).value(cursor), None),
    };
    streams.into_iter().map(begin).collect()
}

/// Computes the index where a stream begins, in 64 bits.
fn start(cursor: &mut FuncCursor, lp: &Loop, before: &mut Before, stream: &Stream) -> Number {
    let start = number(cursor, lp, before, &stream.start);
    widen(cursor, start, false)
}

/// Computes a sum in the first turn, as a number of 32 bits.
pub(super) fn number(cursor: &mut FuncCursor, lp: &Loop, before: &mut Before, of: &Sum) -> Number {
    let mut constant = of.constant;
    let mut sum: Option<Value> = None;
    for (value, factor) in &of.terms {
        let start = match lp.param(*value) {
            Some(param) => before.start(lp, param),
            None => Number::Value(before.hoist(cursor, lp, *value)),
        };
        match start {
            Number::Constant(start) => {
                constant = constant.wrapping_add((start as i32).wrapping_mul(*factor));
            }
            Number::Value(mut value) => {
                if *factor != 1 {
                    let factor = cursor.ins().iconst(types::I32, i64::from(*factor as u32));
                    value = cursor.ins().imul(value, factor);
                }
                sum = Some(match sum {
                    Some(sum) => cursor.ins().iadd(sum, value),
                    None => value,
                });
            }
        }
    }
    let Some(mut sum) = sum else {
        return Number::Constant(constant.into());
    };
    if constant != 0 {
        let constant = cursor.ins().iconst(types::I32, i64::from(constant as u32));
        sum = cursor.ins().iadd(sum, constant);
    }
    Number::Value(sum)
}

/// Gives the address of byte 0. Where it is a constant, `addresses::parse` has taken what was added to it for an
/// offset.
fn base(cursor: &mut FuncCursor, lp: &Loop, before: &mut Before, base: Value) -> Number {
    match values::constant(cursor.func, base) {
        Some(_) => Number::Constant(MEMORY_BASE as i64),
        None => Number::Value(before.hoist(cursor, lp, base)),
    }
}

/// Ends a block: to `yes` where all conditions hold, else to the loop as it was.
pub(super) fn branch(
    cursor: &mut FuncCursor,
    conditions: Conditions,
    (yes, args): (Block, &[BlockArg]),
    (lp, before): (&Loop, &Before),
) {
    let params = before.arguments(cursor, lp);
    match conditions.answer() {
        Ok(true) => {
            cursor.ins().jump(yes, args);
        }
        Ok(false) => {
            cursor.ins().jump(lp.block, &params);
        }
        Err(value) => {
            cursor.ins().brif(value, yes, args, lp.block, &params);
        }
    }
}
