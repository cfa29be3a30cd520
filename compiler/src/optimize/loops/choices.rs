//! Where ways through a loop part and meet again.

use super::super::values;
use cranelift_codegen::flowgraph::{BlockPredecessor, ControlFlowGraph};
use cranelift_codegen::ir::{Block, Function, Inst, InstructionData, Value};

/// Blocks that are looked through.
const DISTANCE: usize = 4;

/// An edge that a branch on a condition takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub branch: Inst,
    /// The block that ends in the branch.
    pub block: Block,
    pub condition: Value,
    /// True if it is taken where the condition is not 0.
    pub is_true: bool,
}

impl Origin {
    /// Finds the branch that decides if `edge`, to `target`, is taken: the last on a way without other entries.
    pub fn of(
        func: &Function,
        cfg: &ControlFlowGraph,
        edge: &BlockPredecessor,
        target: Block,
    ) -> Option<Self> {
        let (mut edge, mut target) = (BlockPredecessor::new(edge.block, edge.inst), target);
        for _ in 0..DISTANCE {
            match func.dfg.insts[edge.inst] {
                InstructionData::Brif { arg, blocks, .. } => {
                    let [first, second] = blocks.map(|call| call.block(&func.dfg.value_lists));
                    return (first != second).then(|| Self {
                        branch: edge.inst,
                        block: edge.block,
                        condition: func.dfg.resolve_aliases(arg),
                        is_true: first == target,
                    });
                }
                InstructionData::Jump { .. } => {
                    target = edge.block;
                    let mut edges = cfg.pred_iter(target);
                    edge = edges.next()?;
                    if edges.next().is_some() {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        None
    }
}

/// A parameter that is one of two values, by a condition.
pub(super) struct Choice {
    pub param: Value,
    /// The condition, what it is where that is not 0, and where it is.
    pub of: [Value; 3],
}

/// Finds the choices that parameters of a block are where two ways from one branch meet.
pub(super) fn at(func: &Function, cfg: &ControlFlowGraph, block: Block) -> Vec<Choice> {
    let params = func.dfg.block_params(block);
    let edges: Vec<BlockPredecessor> = cfg.pred_iter(block).take(3).collect();
    let [x, y] = &edges[..] else {
        return Vec::new();
    };
    let meets = || {
        let origin = |edge: &BlockPredecessor| Origin::of(func, cfg, edge, block);
        let (x_origin, y_origin) = (origin(x)?, origin(y)?);
        let is_one = x_origin.branch == y_origin.branch && x_origin.is_true != y_origin.is_true;
        // A loop's branch back and out of it are no choice.
        let is_loop = cfg
            .succ_iter(x_origin.block)
            .any(|next| next == x_origin.block);
        (is_one && !is_loop).then_some(x_origin)
    };
    if params.is_empty() || x.inst == y.inst {
        return Vec::new();
    }
    let Some(origin) = meets() else {
        return Vec::new();
    };
    let (yes, no) = match origin.is_true {
        true => (x.inst, y.inst),
        false => (y.inst, x.inst),
    };
    let choice = |param: &Value| {
        let of = [
            origin.condition,
            passed(func, yes, *param)?,
            passed(func, no, *param)?,
        ];
        Some(Choice { param: *param, of })
    };
    params.iter().filter_map(choice).collect()
}

/// Gives what a branch passes for a parameter, if that is one value.
pub(super) fn passed(func: &Function, branch: Inst, param: Value) -> Option<Value> {
    let mut passed = values::passed(func, branch).filter(|(to, _)| *to == param);
    let (argument, None) = (passed.next()?.1, passed.next()) else {
        return None;
    };
    Some(func.dfg.resolve_aliases(argument.as_value()?))
}
