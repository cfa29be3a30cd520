//! Analyses of a function that passes share, each made when it is first asked for.
//!
//! They stay valid over all passes, because none adds or removes a block or an edge.

use super::induction::{self, Counter};
use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::flowgraph::{BlockPredecessor, ControlFlowGraph};
use cranelift_codegen::ir::{Block, Function};
use cranelift_codegen::loop_analysis::LoopAnalysis;
use std::cell::OnceCell;

/// The analyses of one function, which every method is given.
#[derive(Default)]
pub(super) struct Analyses {
    cfg: OnceCell<ControlFlowGraph>,
    tree: OnceCell<DominatorTree>,
    loops: OnceCell<LoopAnalysis>,
    counters: OnceCell<Vec<Counter>>,
}

impl Analyses {
    /// The edges between blocks.
    pub fn cfg(&self, func: &Function) -> &ControlFlowGraph {
        self.cfg
            .get_or_init(|| ControlFlowGraph::with_function(func))
    }

    /// The dominator tree.
    pub fn tree(&self, func: &Function) -> &DominatorTree {
        self.tree
            .get_or_init(|| DominatorTree::with_function(func, self.cfg(func)))
    }

    /// The loops, and how deep each block lies in them.
    pub fn loops(&self, func: &Function) -> &LoopAnalysis {
        self.loops.get_or_init(|| {
            let mut loops = LoopAnalysis::new();
            loops.compute(func, self.cfg(func), self.tree(func));
            loops
        })
    }

    /// The counters of loops. Passes before the last that asks change neither what is passed to blocks nor
    /// the conditions of branches.
    pub fn counters(&self, func: &Function) -> &[Counter] {
        self.counters
            .get_or_init(|| induction::counters(func, self.cfg(func)))
    }
}

/// The one edge to `block`, if it has no other.
pub(super) fn only_edge(cfg: &ControlFlowGraph, block: Block) -> Option<BlockPredecessor> {
    let mut edges = cfg.pred_iter(block);
    let edge = edges.next()?;
    edges.next().is_none().then_some(edge)
}
