//! The check in front of a nest.
//!
//! ```text
//! ###########################################################################################
//! # SECURITY: the fast form moves accesses across each other, because all of them, in all    #
//! # turns of all loops, have been proven to be in bounds.                                   #
//! ###########################################################################################
//! ```
//!
//! The index of a place is `start + stride * t + by * u` modulo 2^32, where `t` is the turn of the outer loop and `u`
//! that of the inner one which moves it, if one does: what earlier loops of a turn add is the same in each turn of
//! the outer one, since they start and end the same, and lies in `start`. What is added to it without wrapping is
//! at least 0. The check computes in 64 bits the least index, with `t` and `u` from 0 to those of the last turns, and
//! the end of the furthest access. Turns are below 2^33, strides have 20 bits, so that nothing here wraps in 64. The
//! least is at least 0, the end at most the memory's length, at most 2^32: so no index wraps, and all accesses are
//! in bounds.
//!
//! A loop that is not entered, by the conditions of the branches that lead to it, takes no turn; a place whose accesses
//! are all in a block that is not entered is empty. Where a block can be reached in several ways, the check holds more
//! than it needs to.
//!
//! A row and a column of a matrix that begin with the same number meet there alone, if the row ends before the column's
//! second number: in lane 0 of the first turn, which makes both accesses in their order.
//!
//! What the processor executes ahead of the check begins below 2^32 + 2^28 from byte 0, or as far from there as the
//! turns in flight move it: as `guard.rs` says.

use super::super::super::values;
use super::super::choices::{Origin, passed};
use super::super::form::Fixed;
use super::super::guard::{self, Before};
use super::super::number::{Conditions, Number};
use super::places::{Place, Places};
use super::region::{Inner, Nest};
use super::track::{Track, Tracks};
use crate::lower;
use crate::plan::Plan;
use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Function, InstBuilder, Value, types};
use kiln_abi::layout::WASM_PAGE;

/// Where each inner loop's counter starts, as it is known when compiling.
pub(super) struct Starts(Vec<Track>);

impl Starts {
    /// Finds them; `None` where one is not the same in every turn of the outer loop.
    pub fn new(func: &Function, cfg: &ControlFlowGraph, nest: &Nest) -> Option<Self> {
        let mut tracks = Tracks::new(func, cfg, nest);
        let start = |inner: &Inner| {
            let exit = &inner.lp.exit;
            let counter = inner.lp.params[exit.counter].value;
            let block = func.layout.inst_block(inner.entry)?;
            let track = tracks.at(passed(func, inner.entry, counter)?, block)?;
            let mut terms = track.sum.terms.iter();
            let is_same = terms.all(|(value, _)| nest.outer.is_invariant(func, *value));
            (is_same && track.turn.is_none()).then_some(track)
        };
        let starts: Option<Vec<Track>> = nest.inner.iter().map(start).collect();
        starts.map(Self)
    }
}

/// The turns that an inner loop takes, in each turn of the outer one.
struct Turns {
    /// The number of the last; 0 where there is none.
    last: Number,
    count: Number,
}

/// Checks that the accesses of a nest are in bounds, in `last` and all turns before, and that places are apart.
pub(super) fn prove(
    plan: &Plan,
    cursor: &mut FuncCursor,
    (nest, places, starts): (&Nest, &Places, &Starts),
    (before, last): (&mut Before, Number),
    conditions: &mut Conditions,
) {
    let mut turns = Vec::new();
    for (inner, start) in nest.inner.iter().zip(&starts.0) {
        let found = count(cursor, nest, before, (inner, start, &turns), conditions);
        turns.push(found);
    }
    let mut length = None;
    let mut ranges: Vec<(Number, Number)> = Vec::new();
    let mut starts: Vec<Number> = Vec::new();
    for place in &places.all {
        let start = number(cursor, nest, before, (&place.start, &turns));
        let start = guard::widen(cursor, start, false);
        starts.push(start);
        let from = (start, last);
        let (least, begin, end) = range(cursor, nest, before, (place, &turns), from);
        conditions.compare(
            cursor,
            IntCC::SignedLessThanOrEqual,
            Number::Constant(0),
            least,
        );
        let initial = plan.module.memories[0].initial * WASM_PAGE;
        let is_within = matches!(end, Number::Constant(end) if end <= initial as i64);
        if !is_within {
            let length = *length
                .get_or_insert_with(|| Number::Value(lower::load_memory_length(plan, cursor)));
            conditions.compare(cursor, IntCC::SignedLessThanOrEqual, end, length);
        }
        ranges.push((begin, end));
    }
    for (a, b) in &places.apart {
        let ((a_begin, a_end), (b_begin, b_end)) = (ranges[*a], ranges[*b]);
        let meet = places.meet_once(*a, *b).map(|(steep, flat)| {
            let mut meet = Conditions::default();
            meet.compare(cursor, IntCC::Equal, a_begin, b_begin);
            let next = ranges[steep].0;
            let next = next.plus(cursor, Number::Constant(places.all[steep].stride));
            let end = ranges[flat].1;
            meet.compare(cursor, IntCC::SignedLessThanOrEqual, end, next);
            meet
        });
        conditions.either(cursor, [a_end, b_begin, b_end, a_begin], meet);
    }
    for (a, b, distance) in &places.aligned {
        let moved = starts[*a].plus(cursor, Number::Constant(*distance));
        conditions.compare(cursor, IntCC::Equal, moved, starts[*b]);
    }
}

/// Computes if all these branches are taken as they say, if there are any.
fn active(
    cursor: &mut FuncCursor,
    nest: &Nest,
    before: &mut Before,
    origins: &[Origin],
) -> Option<Value> {
    let mut active = None;
    for origin in origins {
        let condition = before.hoist(cursor, &nest.outer, origin.condition);
        let ty = cursor.func.dfg.value_type(condition);
        let zero = cursor.ins().iconst(ty, 0);
        let rule = match origin.is_true {
            true => IntCC::NotEqual,
            false => IntCC::Equal,
        };
        let holds = cursor.ins().icmp(rule, condition, zero);
        active = Some(match active {
            Some(others) => cursor.ins().band(others, holds),
            None => holds,
        });
    }
    active
}

/// Computes how many turns an inner loop takes.
fn count(
    cursor: &mut FuncCursor,
    nest: &Nest,
    before: &mut Before,
    (inner, start, earlier): (&Inner, &Track, &[Turns]),
    conditions: &mut Conditions,
) -> Turns {
    let active = active(cursor, nest, before, &inner.active);
    let start = number(cursor, nest, before, (start, earlier));
    let end = before.end(cursor, &nest.outer, inner.lp.exit.end);
    let mut own = Conditions::default();
    let last = guard::last_turn(cursor, &inner.lp, [start, end], &mut own);
    conditions.imply(cursor, active, own);
    let count = last.plus(cursor, Number::Constant(1));
    Turns {
        last: last.or(cursor, active, Number::Constant(0)),
        count: count.or(cursor, active, Number::Constant(0)),
    }
}

/// Computes a track in the first turns, as a number of 32 bits.
fn number(
    cursor: &mut FuncCursor,
    nest: &Nest,
    before: &mut Before,
    (track, turns): (&Track, &[Turns]),
) -> Number {
    let mut sum = guard::number(cursor, &nest.outer, before, &track.sum);
    for (inner, by) in &track.ended {
        let way = turns[*inner].count.times(cursor, i64::from(*by));
        sum = match (sum, way) {
            (Number::Constant(sum), Number::Constant(way)) => {
                Number::Constant(i64::from((sum as i32).wrapping_add(way as i32)))
            }
            (sum, way) => {
                let [sum, way] = [guard::widen(cursor, sum, false), way].map(|it| it.value(cursor));
                let sum = cursor.ins().iadd(sum, way);
                Number::Value(cursor.ins().ireduce(types::I32, sum))
            }
        };
    }
    sum
}

/// Gives the least index of a place, where its accesses begin, and where they end.
fn range(
    cursor: &mut FuncCursor,
    nest: &Nest,
    before: &mut Before,
    (place, turns): (&Place, &[Turns]),
    (start, last): (Number, Number),
) -> (Number, Number, Number) {
    let zero = Number::Constant(0);
    let (mut least, mut most) = (start, start);
    let outer = (last, place.stride);
    let moved = place.start.turn;
    let moved = moved.map(|(inner, by)| (turns[inner].last, i64::from(by)));
    for (last, by) in [outer].into_iter().chain(moved) {
        let way = last.times(cursor, by);
        match by < 0 {
            true => least = least.plus(cursor, way),
            false => most = most.plus(cursor, way),
        }
    }
    let mut begin = least.plus(cursor, Number::Constant(place.low));
    let mut end = most.plus(cursor, Number::Constant(place.high));
    let active = active(cursor, nest, before, &place.active);
    [least, begin, end] = [least, begin, end].map(|number| number.or(cursor, active, zero));
    (least, begin, end)
}

/// Tells if the end of each inner loop is the same in every turn of the outer one, as are the conditions to enter it.
pub(super) fn are_ends_fixed(func: &Function, nest: &Nest) -> bool {
    nest.inner.iter().all(|inner| {
        let is_fixed =
            |value| values::constant(func, value).is_some() || nest.outer.is_invariant(func, value);
        let end = match inner.lp.exit.end {
            Fixed::Constant(_) => true,
            Fixed::Value(value) => is_fixed(value),
        };
        let mut decisions = inner.active.iter();
        end && decisions.all(|origin| is_fixed(origin.condition))
    })
}
