//! The blocks of a nest: a loop, with loops of one block in it, whose branches go the same way in every turn of
//! the outer one.

use super::super::super::analyses::only_edge;
use super::super::choices::Origin;
use super::super::form::Loop;
use cranelift_codegen::flowgraph::{BlockPredecessor, ControlFlowGraph};
use cranelift_codegen::ir::{
    Block, BlockCall, Function, Inst, InstructionData, Opcode, Value, ValueDef,
};

/// The most blocks of a nest.
const BLOCKS: usize = 12;
/// The most instructions of a nest.
const INSTRUCTIONS: usize = 200;

/// A nest.
pub(super) struct Nest {
    pub outer: Loop,
    /// All blocks, each behind those that lead to it; the last goes back.
    pub blocks: Vec<Block>,
    pub inner: Vec<Inner>,
}

/// A loop in the outer one.
pub(super) struct Inner {
    pub lp: Loop,
    /// The branch that leads to it, which is the only one.
    pub entry: Inst,
    /// The branches that decide if it is entered, the last first, as far as there is one way to them.
    pub active: Vec<Origin>,
}

impl Nest {
    /// Finds the nests of a function, of which no two share a block.
    pub fn find(func: &Function, cfg: &ControlFlowGraph) -> Vec<Self> {
        let blocks = func.layout.blocks();
        blocks
            .filter(|header| cfg.pred_iter(*header).count() > 1)
            .filter_map(|header| Self::read(func, cfg, header))
            .collect()
    }

    fn read(func: &Function, cfg: &ControlFlowGraph, header: Block) -> Option<Self> {
        let mut back = cfg.pred_iter(header).filter_map(|edge| {
            let is_brif = func.dfg.insts[edge.inst].opcode() == Opcode::Brif;
            let found = is_brif.then(|| between(func, cfg, header, edge.block))??;
            Some(found)
        });
        let (region, None) = (back.next()?, back.next()) else {
            return None;
        };
        let latch = region[0];
        let blocks = sorted(cfg, header, &region)?;
        let stays = |block: &Block| cfg.succ_iter(*block).all(|next| blocks.contains(&next));
        if !blocks.iter().all(|block| *block == latch || stays(block)) {
            return None;
        }
        let mut inner = Vec::new();
        for block in &blocks {
            let ends = func.dfg.insts[func.layout.last_inst(*block)?].opcode();
            if !matches!(ends, Opcode::Jump | Opcode::Brif) {
                return None;
            }
            if cfg.succ_iter(*block).any(|next| next == *block) {
                inner.push(Inner::read(func, cfg, (header, *block))?);
            }
        }
        if inner.is_empty() || inner.iter().any(|inner| inner.lp.block == header) {
            return None;
        }
        let outer = Loop::of(func, cfg, blocks.clone())?;
        (outer.body.len() <= INSTRUCTIONS).then_some(Self {
            outer,
            blocks,
            inner,
        })
    }

    /// Lists the branches that decide if a block is entered, whose conditions are the same in every turn.
    pub fn decisions(&self, func: &Function, cfg: &ControlFlowGraph, block: Block) -> Vec<Origin> {
        if let Some(inner) = self.inner(block) {
            return self.inner[inner].active.clone();
        }
        let header = self.outer.block;
        let edge = only_edge(cfg, block).filter(|_| block != header);
        let all = edge.map(|edge| decisions(func, cfg, header, (edge, block)));
        let mut all = all.unwrap_or_default();
        all.retain(|origin| self.outer.is_invariant(func, origin.condition));
        all
    }

    /// Gives the loop that a block is.
    pub fn inner(&self, block: Block) -> Option<usize> {
        let is_it = |inner: &Inner| inner.lp.block == block;
        self.inner.iter().position(is_it)
    }

    /// Gives the edge out of the nest.
    pub fn exit(&self, func: &Function) -> Option<BlockCall> {
        let branch = func.layout.last_inst(self.latch())?;
        let InstructionData::Brif { blocks, .. } = func.dfg.insts[branch] else {
            return None;
        };
        let pool = &func.dfg.value_lists;
        blocks
            .into_iter()
            .find(|call| call.block(pool) != self.outer.block)
    }

    /// Tells if nothing outside takes what the nest gives.
    pub fn is_private(&self, func: &Function) -> bool {
        let is_given = |value: Value| {
            let block = match func.dfg.value_def(func.dfg.resolve_aliases(value)) {
                ValueDef::Result(inst, _) => func.layout.inst_block(inst),
                ValueDef::Param(block, _) => Some(block),
                ValueDef::Union(..) => None,
            };
            block.is_some_and(|block| self.outer.has(block))
        };
        let pool = &func.dfg.value_lists;
        let exit = self.exit(func);
        let passed = exit.iter().flat_map(|call| call.args(pool));
        let mut passed = passed.filter_map(|arg| arg.as_value());
        let others = func.layout.blocks().filter(|it| !self.outer.has(*it));
        let insts = others.flat_map(|block| func.layout.block_insts(block));
        let mut taken = insts.flat_map(|inst| func.dfg.inst_values(inst));
        exit.is_some() && !passed.any(is_given) && !taken.any(is_given)
    }

    pub fn latch(&self) -> Block {
        *self.blocks.last().expect("a nest has blocks")
    }
}

impl Inner {
    fn read(
        func: &Function,
        cfg: &ControlFlowGraph,
        (header, block): (Block, Block),
    ) -> Option<Self> {
        let lp = Loop::read(func, cfg, block)?;
        let [entry] = lp.entries[..] else {
            return None;
        };
        let edge = BlockPredecessor {
            block: func.layout.inst_block(entry)?,
            inst: entry,
        };
        let active = decisions(func, cfg, header, (edge, block));
        Some(Self { lp, entry, active })
    }
}

/// Lists the branches that decide if an edge to `target` is taken, the last first, as far as there is one way to them.
fn decisions(
    func: &Function,
    cfg: &ControlFlowGraph,
    header: Block,
    (mut edge, mut target): (BlockPredecessor, Block),
) -> Vec<Origin> {
    let mut decisions = Vec::new();
    while let Some(origin) = Origin::of(func, cfg, &edge, target) {
        if cfg.succ_iter(origin.block).any(|next| next == origin.block) {
            break;
        }
        decisions.push(origin);
        target = origin.block;
        match only_edge(cfg, target) {
            Some(only) if target != header => edge = only,
            _ => break,
        }
    }
    decisions
}

/// Gives the blocks on ways from `header` to `latch`, the latch first; `None` where a way comes from elsewhere, or
/// there are many.
fn between(
    func: &Function,
    cfg: &ControlFlowGraph,
    header: Block,
    latch: Block,
) -> Option<Vec<Block>> {
    if header == latch {
        return None;
    }
    let mut found = vec![latch];
    let mut next = 0;
    while let Some(block) = found.get(next).copied() {
        next += 1;
        if block == header {
            continue;
        }
        if found.len() > BLOCKS || Some(block) == func.layout.entry_block() {
            return None;
        }
        for edge in cfg.pred_iter(block) {
            if !found.contains(&edge.block) {
                found.push(edge.block);
            }
        }
    }
    found.contains(&header).then_some(found)
}

/// Sorts blocks so that each stands behind those that lead to it, but for itself; `None` where that cannot be.
fn sorted(cfg: &ControlFlowGraph, header: Block, region: &[Block]) -> Option<Vec<Block>> {
    let mut sorted = vec![header];
    while sorted.len() < region.len() {
        let is_next = |block: &&Block| {
            let mut edges = cfg.pred_iter(**block);
            !sorted.contains(block)
                && edges.all(|edge| edge.block == **block || sorted.contains(&edge.block))
        };
        sorted.push(*region.iter().find(is_next)?);
    }
    Some(sorted)
}
