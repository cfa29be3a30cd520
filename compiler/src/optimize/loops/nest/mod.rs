//! Loops in loops: several turns of the outer one at once, one in each lane.
//!
//! A sum over a column walks memory in long steps, and its additions must stay in their order. The sums of
//! neighbouring columns do not depend on each other: with one in each lane, all that varies is next to each other
//! in memory, and each lane adds up in the order that its column had.
//!
//! Turns of the outer loop may be taken together because
//!
//! * all go the same way: branches depend on what is the same in each (`shape.rs`);
//! * no access traps: `check.rs` proves all in bounds, in front of the nest;
//! * no turn takes what an earlier one gives: nothing is passed on but counters, and accesses that change places do
//!   not overlap (`places.rs`);
//! * each lane computes what its turn would, to the bit, but for the payload of a NaN: an operation on lanes is that
//!   on numbers (`pack::is_lanewise`), and what differs between lanes by a constant is added as such, modulo 2^32.

mod check;
mod cost;
mod demand;
mod emit;
mod places;
mod region;
mod shape;
mod track;

use super::form::Loop;
use crate::plan::Plan;
use check::Starts;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Block, Function, Type, types};
use demand::{Demand, Facts};
use emit::Plans;
use places::Places;
use region::Nest;
use rustc_hash::FxHashSet;
use shape::Shapes;

/// Turns that are tried to be taken at once.
const LANES: [u32; 3] = [2, 4, 8];

/// Transforms the nests of a function that gain by it; `usual` gives what a turn of a loop of one block costs else.
/// Gives the blocks of loops in lanes.
pub(super) fn run(
    plan: &Plan,
    func: &mut Function,
    cfg: &ControlFlowGraph,
    usual: impl Fn(&Function, &Loop) -> Option<usize>,
) -> FxHashSet<Block> {
    let mut all = Vec::new();
    for nest in Nest::find(func, cfg) {
        all.extend(choose(func, cfg, nest, &usual));
    }
    let mut made = FxHashSet::default();
    for plans in &all {
        made.extend(emit::emit(plan, func, plans));
    }
    made
}

/// Chooses how many turns to take at once, if it pays.
fn choose(
    func: &Function,
    cfg: &ControlFlowGraph,
    nest: Nest,
    usual: &impl Fn(&Function, &Loop) -> Option<usize>,
) -> Option<Plans> {
    let is_passed_on = nest.outer.params.iter().any(|param| param.step.is_none());
    if is_passed_on || !check::are_ends_fixed(func, &nest) {
        return None;
    }
    let starts = Starts::new(func, cfg, &nest)?;
    let shapes = Shapes::new(func, cfg, &nest);
    let before = cost::usual(func, &nest, usual);
    let mut best: Option<(usize, u32, Places, Demand)> = None;
    for lanes in LANES {
        let is_short = nest
            .outer
            .known_last()
            .is_some_and(|last| last < i64::from(lanes));
        if is_short {
            break;
        }
        let Some(places) = Places::new(func, cfg, &nest, lanes.into()) else {
            break;
        };
        let facts = Facts {
            func,
            cfg,
            nest: &nest,
            shapes: &shapes,
            places: &places,
        };
        let demand = Demand::new(&facts)?;
        let is_filled = |ty: Type| lanes * ty.bytes() >= 16;
        if !demand.types(func).all(is_filled) {
            continue;
        }
        let cost = cost::lanes(func, &nest, (&places, &demand), lanes);
        let limit = best.as_ref().map_or(before, |(best, ..)| *best);
        if cost * 10 <= limit * 9 {
            best = Some((cost, lanes, places, demand));
        }
    }
    let (_, lanes, places, demand) = best?;
    Some(Plans {
        takes_last: nest.is_private(func),
        nest,
        places,
        starts,
        demand,
        lanes,
    })
}

impl Demand {
    /// Lists the types of lanes.
    fn types(&self, func: &Function) -> impl Iterator<Item = Type> {
        let values = self.lanes.keys().chain(self.spread.keys());
        values
            .map(|value| func.dfg.value_type(*value))
            .chain([types::I64])
    }
}
