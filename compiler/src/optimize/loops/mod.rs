//! Loops of one block that count, several turns at once and with vectors.

mod affine;
mod body;
mod emit;
mod form;
mod guard;
mod number;
mod order;
mod pack;

use crate::plan::Plan;
use body::Body;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Block, Function, Opcode};
use cranelift_codegen::settings::OptLevel;
use form::Loop;
use order::Schedule;
use pack::Packs;

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
        || plan.memories.len() != 1
        || !has_candidate(func)
    {
        return;
    }
    let cfg = ControlFlowGraph::with_function(func);
    let blocks: Vec<Block> = func.layout.blocks().collect();
    let loops: Vec<Loop> = blocks
        .into_iter()
        .filter_map(|block| Loop::read(func, &cfg, block))
        .collect();
    for lp in loops {
        transform(plan, func, &lp);
    }
}

/// Tells if a block goes back to itself.
fn has_candidate(func: &Function) -> bool {
    func.layout.blocks().any(|block| {
        let last = func
            .layout
            .last_inst(block)
            .map(|inst| func.dfg.insts[inst]);
        let Some(data) = last.filter(|data| data.opcode() == Opcode::Brif) else {
            return false;
        };
        let dfg = &func.dfg;
        let calls = data.branch_destination(&dfg.jump_tables, &dfg.exception_tables);
        calls
            .iter()
            .any(|call| call.block(&dfg.value_lists) == block)
    })
}

/// A fast form that has been considered.
struct Chosen {
    copies: usize,
    packs: Packs,
    schedule: Schedule,
}

fn transform(plan: &Plan, func: &mut Function, lp: &Loop) {
    let Some(mut body) = Body::new(func, lp) else {
        return;
    };
    let Some(usual) = Schedule::new(lp, &body, &Packs::default()) else {
        return;
    };
    // Of a turn, in quarters of an instruction.
    let usual = usual.cost(&body, &Packs::default()) + COUNTING;
    let mut best: Option<(usize, Chosen)> = None;
    for copies in COPIES {
        let is_short = lp.known_last().is_some_and(|last| last < 2 * copies as i64);
        if is_short || (copies > 1 && copies * body.len() > INSTRUCTIONS) {
            break;
        }
        body.copies = copies;
        for packs in [Packs::find(&body), Packs::default()] {
            // Without vectors there is nothing but several copies to gain by.
            if packs.stores.is_empty() && copies == 1 {
                continue;
            }
            let Some(schedule) = Schedule::new(lp, &body, &packs) else {
                continue;
            };
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
    if let Some((_, chosen)) = best {
        body.copies = chosen.copies;
        emit::emit(plan, func, (lp, &body), (&chosen.packs, &chosen.schedule));
    }
}
