//! Loops that count, with vectors: of numbers that are passed back (`rows/`), of turns of an outer loop (`nest/`), of
//! turns of a loop of one block.

mod affine;
mod body;
mod choices;
mod emit;
mod form;
mod guard;
mod lanes;
mod nest;
mod number;
mod order;
mod pack;
mod params;
mod reduce;
mod rows;

use crate::plan::Plan;
use body::Body;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Block, Function, Opcode};
use cranelift_codegen::settings::OptLevel;
use form::Loop;
use order::Schedule;
use pack::Packs;
use reduce::Sum;

/// Turns that are tried to be taken at once.
const COPIES: [usize; 3] = [1, 2, 4];
/// The most instructions of all copies together.
const INSTRUCTIONS: usize = 200;
/// The cost of counting in a turn, in quarters of an instruction.
const COUNTING: usize = 12;

/// Runs the pass. Values are no aliases. Blocks and edges change.
pub(super) fn run(plan: &Plan, func: &mut Function) {
    if plan.isa.flags().opt_level() != OptLevel::Speed
        || !plan.folds_addresses()
        || !plan.has_vectors
        || plan.memories.len() != 1
        || !func.layout.blocks().any(|block| is_loop(func, block))
    {
        return;
    }
    let mut cfg = ControlFlowGraph::with_function(func);
    params::run(func, &cfg);
    rows::run(plan, func, &mut cfg);
    let usual = |func: &Function, lp: &Loop| choose(func, lp).map(|choice| choice.cost());
    let in_lanes = nest::run(plan, func, &cfg, usual);
    if !in_lanes.is_empty() {
        cfg.compute(func);
    }
    let blocks = func.layout.blocks();
    let loops: Vec<Loop> = blocks
        .filter(|block| !in_lanes.contains(block))
        .filter_map(|block| Loop::read(func, &cfg, block))
        .collect();
    for lp in loops {
        transform(plan, func, &lp);
    }
}

/// Tells if a block goes back to itself.
fn is_loop(func: &Function, block: Block) -> bool {
    let last = func.layout.last_inst(block);
    let last = last.map(|inst| func.dfg.insts[inst]);
    let Some(data) = last.filter(|data| data.opcode() == Opcode::Brif) else {
        return false;
    };
    let dfg = &func.dfg;
    let calls = data.branch_destination(&dfg.jump_tables, &dfg.exception_tables);
    calls
        .iter()
        .any(|call| call.block(&dfg.value_lists) == block)
}

/// A fast form that has been considered.
struct Chosen {
    copies: usize,
    packs: Packs,
    schedule: Schedule,
}

/// A loop, and what is best done with it.
struct Choice {
    body: Body,
    /// The cost of a turn, in quarters of an instruction, as the loop is.
    usual: usize,
    /// That of the best form, if one is better.
    best: Option<(usize, Chosen)>,
}

impl Choice {
    fn cost(&self) -> usize {
        self.best.as_ref().map_or(self.usual, |(cost, _)| *cost)
    }
}

fn transform(plan: &Plan, func: &mut Function, lp: &Loop) {
    let Some(mut choice) = choose(func, lp) else {
        return;
    };
    if let Some((_, chosen)) = choice.best {
        choice.body.copies = chosen.copies;
        let packs = (&chosen.packs, &chosen.schedule);
        emit::emit(plan, func, (lp, &choice.body), packs);
    }
}

fn choose(func: &Function, lp: &Loop) -> Option<Choice> {
    let mut body = Body::new(func, lp)?;
    let usual = Schedule::new(lp, &body, &Packs::default(), false)?;
    let usual = usual.cost(&body, &Packs::default()) + COUNTING;
    let sums = Sum::all(lp, &body);
    let mut best: Option<(usize, Chosen)> = None;
    for copies in COPIES {
        let is_short = lp.known_last().is_some_and(|last| last < 2 * copies as i64);
        if is_short || (copies > 1 && copies * body.len() > INSTRUCTIONS) {
            break;
        }
        body.copies = copies;
        for packs in [Packs::find(&body, &sums), Packs::default()] {
            let Some(schedule) = Schedule::new(lp, &body, &packs, true) else {
                continue;
            };
            // There is nothing to gain by else.
            if packs.is_empty() && copies == 1 && schedule.sunk.is_empty() {
                continue;
            }
            let cost = (schedule.cost(&body, &packs) + COUNTING).div_ceil(copies);
            // More copies must pay for the room that they take.
            let limit = best.as_ref().map_or(usual, |(best, _)| *best);
            if cost * 10 <= limit * 9 {
                let chosen = Chosen {
                    copies,
                    packs,
                    schedule,
                };
                best = Some((cost, chosen));
            }
        }
    }
    Some(Choice { body, usual, best })
}
