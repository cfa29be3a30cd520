//! Finds loop counters, and the numbers that they can be.
//!
//! A counter is a 32-bit parameter `p` of a block that is passed constants, and on one edge back
//! `next = p + step`. Where that edge is taken only under a condition on `p` or `next`, its numbers
//! have bounds. Argued by induction over the times that the block is entered; `first` is the constant
//! of any entry, and all are numbers of 32 bits without sign:
//!
//! * `step > 0`, back while `next != end`, that is while `p != last = end - step`: if `first <= last`
//!   and `step` divides `last - first`, then `p` stays in `first..=last`. For it is `last` at most,
//!   and goes back only from `last - step` or less.
//! * `step < 0`, back while `next != end`: the same, downwards.
//! * `step > 0`, back while `next < end`: `p` is `first`, or below `end`; above `first` if `next` cannot
//!   wrap, which is where `end - 1 + step` does not. The same as signed numbers, where no `first` is
//!   negative. A condition `p < end` is `next < end + step` then.

use super::analyses::only_edge;
use super::values::{self, Comparison, Range};
use cranelift_codegen::flowgraph::{BlockPredecessor, ControlFlowGraph};
use cranelift_codegen::ir::condcodes::{CondCode, IntCC};
use cranelift_codegen::ir::{Block, Function, Inst, Value, types};

/// Blocks between the edge back and its condition.
const DISTANCE: usize = 4;

/// A counter.
pub(super) struct Counter {
    pub param: Value,
    /// The sum that is passed back.
    pub next: Value,
    pub step: i32,
    pub range: Range,
    /// The condition of the edge back.
    pub exit: Exit,
}

/// A branch that goes back under a condition.
pub(super) struct Exit {
    pub branch: Inst,
    /// True if the first destination goes on with the loop.
    pub continues_first: bool,
    /// The condition to go on with the loop: `next` compared with this.
    pub condition: IntCC,
    pub end: u32,
}

/// The counters of all loops.
pub(super) fn counters(func: &Function, cfg: &ControlFlowGraph) -> Vec<Counter> {
    let mut counters = Vec::new();
    for block in func.layout.blocks() {
        let params = func.dfg.block_params(block);
        if params.is_empty() || cfg.pred_iter(block).count() < 2 {
            continue;
        }
        for &param in params {
            if func.dfg.value_type(param) == types::I32 {
                counters.extend(counter(func, cfg, block, param));
            }
        }
    }
    counters
}

fn counter(
    func: &Function,
    cfg: &ControlFlowGraph,
    header: Block,
    param: Value,
) -> Option<Counter> {
    let (mut starts, mut back) = (Vec::new(), None);
    for edge in cfg.pred_iter(header) {
        for (_, argument) in values::passed(func, edge.inst).filter(|(to, _)| *to == param) {
            let value = func.dfg.resolve_aliases(argument.as_value()?);
            if let Some(start) = values::constant(func, value) {
                starts.push(i64::from(start as u32));
                continue;
            }
            let (of, step) = values::offset(func, value)?;
            if of != param || back.is_some() {
                return None;
            }
            back = Some((edge.block, edge.inst, value, step as i32));
        }
    }
    let (block, inst, next, step) = back?;
    let latch = BlockPredecessor { block, inst };
    let exit = exit(func, cfg, header, latch, (param, next, step.into()))?;
    let range = bounds(&starts, step.into(), exit.condition, exit.end.into())?;
    Some(Counter {
        param,
        next,
        step,
        range,
        exit,
    })
}

/// The condition under which `latch` goes back to `header`.
fn exit(
    func: &Function,
    cfg: &ControlFlowGraph,
    header: Block,
    latch: BlockPredecessor,
    counter: (Value, Value, i64),
) -> Option<Exit> {
    let (mut edge, mut target) = (latch, header);
    for _ in 0..DISTANCE {
        if let Some((comparison, continues_first)) = values::taken(func, edge.inst, target)
            && let Some((condition, end)) = by_next(func, comparison, counter)
        {
            let (condition, end) = strict(condition, end);
            return Some(Exit {
                branch: edge.inst,
                continues_first,
                condition,
                end,
            });
        }
        if edge.block == header {
            return None;
        }
        // Further up only where there is no other way to come here.
        target = edge.block;
        edge = only_edge(cfg, target)?;
    }
    None
}

/// A comparison as one of `next` with a constant.
fn by_next(
    func: &Function,
    comparison: Comparison,
    (param, next, step): (Value, Value, i64),
) -> Option<(IntCC, u32)> {
    let Comparison { condition, x, y } = comparison;
    let constant = |value: Option<Value>| match value {
        Some(value) => values::constant(func, value).map(|constant| constant as u32),
        None => Some(0),
    };
    let (condition, x, end) = match constant(y) {
        Some(end) => (condition, x, end),
        None => (condition.swap_args(), y?, constant(Some(x))?),
    };
    match condition {
        _ if x == next => Some((condition, end)),
        _ if x != param => None,
        // Kept by any sum.
        IntCC::Equal | IntCC::NotEqual => Some((condition, end.wrapping_add(step as u32))),
        // Kept by sums that do not wrap, which `bounds` makes sure of.
        _ => {
            let end = i64::from(end) + step;
            Some((condition, u32::try_from(end).ok()?))
        }
    }
}

/// A comparison that is as good, by `<` where it is by `<=`.
fn strict(condition: IntCC, end: u32) -> (IntCC, u32) {
    match condition {
        IntCC::UnsignedLessThanOrEqual if end < u32::MAX => (IntCC::UnsignedLessThan, end + 1),
        IntCC::SignedLessThanOrEqual if end < i32::MAX as u32 => (IntCC::SignedLessThan, end + 1),
        _ => (condition, end),
    }
}

/// The numbers of a counter that starts at any of `starts`.
fn bounds(starts: &[i64], step: i64, condition: IntCC, end: i64) -> Option<Range> {
    const SIGNED: i64 = 1 << 31;
    let first = Range {
        low: *starts.iter().min()?,
        high: *starts.iter().max()?,
    };
    match condition {
        IntCC::NotEqual => {
            let last = end - step;
            let is_reached = |start: &i64| {
                let way = last - start;
                way % step == 0 && way / step >= 0
            };
            let is_number = (0..1 << 32).contains(&last);
            (step != 0 && is_number && starts.iter().all(is_reached)).then(|| Range {
                low: first.low.min(last),
                high: first.high.max(last),
            })
        }
        IntCC::UnsignedLessThan | IntCC::SignedLessThan => {
            let limit = match condition {
                IntCC::UnsignedLessThan => 1 << 32,
                _ => SIGNED,
            };
            let high = first.high.max(end - 1);
            (step > 0 && first.high < limit && end < limit && high + step < limit).then_some(
                Range {
                    low: first.low,
                    high,
                },
            )
        }
        _ => None,
    }
}
