//! Numbers that a loop passes back and treats alike, four of them in a vector: the rows of ChaCha20's and Salsa20's
//! state, for which other compilers find vectors, too.
//!
//! `group.rs` groups parameters of a loop of one block whose next numbers are made in the same way, `pack.rs` finds
//! vectors for all that they are made of, `emit.rs` puts these in place. Nothing is loaded, stored or checked: each
//! lane is computed as the number was, modulo 2^32, so that the change is sound wherever the loop stands.

mod emit;
mod group;
mod pack;

use super::form::Loop;
use super::is_loop;
use crate::plan::Plan;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Block, Function, Value};
use pack::Rows;
use rustc_hash::FxHashSet;

/// Lanes of a vector of numbers of 32 bits.
const LANES: usize = 4;
/// Turns below which putting vectors together and taking them apart is too much.
const TURNS: i64 = 4;

/// Transforms the loops of a function that gain by it. Edges change.
pub(super) fn run(plan: &Plan, func: &mut Function, cfg: &mut ControlFlowGraph) {
    let is_large =
        |block: &Block| func.dfg.block_params(*block).len() >= 2 * LANES && is_loop(func, *block);
    let blocks: Vec<Block> = func.layout.blocks().filter(is_large).collect();
    if blocks.is_empty() {
        return;
    }
    let has_shuffle = plan
        .isa
        .isa_flags()
        .iter()
        .any(|flag| flag.name == "has_ssse3" && flag.as_bool() == Some(true));
    for block in blocks {
        let Some(lp) = Loop::read(func, cfg, block) else {
            continue;
        };
        if lp.known_last().is_some_and(|last| last < TURNS) {
            continue;
        }
        if let Some(rows) = Rows::find(func, &lp).filter(Rows::pays)
            && is_alone(func, &lp, &rows)
        {
            emit::emit(func, &lp, &rows, has_shuffle);
            cfg.compute(func);
        }
    }
}

/// Tells if nothing else in the loop takes a number that goes into a vector.
fn is_alone(func: &Function, lp: &Loop, rows: &Rows) -> bool {
    let packed: FxHashSet<Value> = rows.places().map(|(value, _)| value).collect();
    let is_free = |value: Value| !packed.contains(&func.dfg.resolve_aliases(value));
    let stays = |inst| {
        let mut results = func.dfg.inst_results(inst).iter();
        results.all(|result| !packed.contains(result))
    };
    let others = lp.body.iter().copied().filter(|inst| stays(*inst));
    let mut args = others.flat_map(|inst| func.dfg.inst_args(inst).iter().copied());
    let branch = func.layout.last_inst(lp.block).expect("a block ends");
    let mut conditions = func.dfg.inst_fixed_args(branch).iter().copied();
    let mut params = lp.params.iter();
    args.all(is_free)
        && conditions.all(is_free)
        && params.all(|param| packed.contains(&param.value) || is_free(param.next))
}
