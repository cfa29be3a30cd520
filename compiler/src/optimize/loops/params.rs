//! Removes parameters of blocks that are the same value on every way there, as a local is that a loop does not set.
//! What is used behind a loop is then no parameter of it.
//!
//! If all edges to a block pass `v` or the parameter itself, the first that is taken passes `v`, and so on. `v` is
//! given on every way to the block, so that it is known wherever the parameter is.

use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Block, Function, Inst, Value};

/// Runs it. Edges stay; values are no aliases afterwards.
pub(super) fn run(func: &mut Function, cfg: &ControlFlowGraph) {
    let mut has_changed = false;
    for block in func.layout.blocks().skip(1).collect::<Vec<_>>() {
        let mut branches: Vec<Inst> = cfg.pred_iter(block).map(|edge| edge.inst).collect();
        branches.dedup();
        for at in (0..func.dfg.block_params(block).len()).rev() {
            if let Some(value) = same(func, block, &branches, at) {
                remove(func, (block, at), &branches, value);
                has_changed = true;
            }
        }
    }
    if has_changed {
        func.dfg.resolve_all_aliases();
    }
}

/// Gives the one value that a parameter can be.
fn same(func: &Function, block: Block, branches: &[Inst], at: usize) -> Option<Value> {
    let dfg = &func.dfg;
    let param = dfg.block_params(block)[at];
    let mut same = None;
    for branch in branches {
        let data = &dfg.insts[*branch];
        for call in data.branch_destination(&dfg.jump_tables, &dfg.exception_tables) {
            if call.block(&dfg.value_lists) != block {
                continue;
            }
            let passed = call.args(&dfg.value_lists).nth(at)?.as_value()?;
            let passed = dfg.resolve_aliases(passed);
            if passed != param && *same.get_or_insert(passed) != passed {
                return None;
            }
        }
    }
    same
}

fn remove(func: &mut Function, (block, at): (Block, usize), branches: &[Inst], value: Value) {
    let dfg = &mut func.dfg;
    let param = dfg.block_params(block)[at];
    for branch in branches {
        let data = &mut dfg.insts[*branch];
        for call in data.branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables) {
            if call.block(&dfg.value_lists) == block {
                call.remove(at, &mut dfg.value_lists);
            }
        }
    }
    dfg.remove_block_param(param);
    dfg.change_to_alias(param, value);
}
