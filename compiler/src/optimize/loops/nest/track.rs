//! Indices of memory as sums over all turns of a nest.

use super::super::super::values;
use super::super::affine::Sum;
use super::super::choices::{Origin, passed};
use super::region::Nest;
use cranelift_codegen::flowgraph::{BlockPredecessor, ControlFlowGraph};
use cranelift_codegen::ir::{Block, Function, Inst, Opcode, Value, ValueDef, types};
use rustc_hash::FxHashMap;

/// Instructions and blocks that are looked through.
const DEPTH: u32 = 24;

/// A number of 32 bits, as it is in each turn, modulo 2^32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Track {
    /// The part made of what the nest does not change and of the outer loop's counters.
    pub sum: Sum,
    /// Loops of the nest that have ended, and what each of their turns has added.
    pub ended: Vec<(usize, i32)>,
    /// The loop that goes on, and what each of its turns adds.
    pub turn: Option<(usize, i32)>,
}

/// The tracks of a nest's values.
pub(super) struct Tracks<'a> {
    func: &'a Function,
    cfg: &'a ControlFlowGraph,
    nest: &'a Nest,
    known: FxHashMap<Value, Option<Track>>,
}

impl<'a> Tracks<'a> {
    pub fn new(func: &'a Function, cfg: &'a ControlFlowGraph, nest: &'a Nest) -> Self {
        let known = FxHashMap::default();
        Self {
            func,
            cfg,
            nest,
            known,
        }
    }

    /// Gives the track of a value of 32 bits where a block takes it.
    pub fn at(&mut self, value: Value, block: Block) -> Option<Track> {
        self.find(value, block, DEPTH)
    }

    fn find(&mut self, value: Value, block: Block, depth: u32) -> Option<Track> {
        let value = self.func.dfg.resolve_aliases(value);
        if self.func.dfg.value_type(value) != types::I32 {
            return None;
        }
        let track = match self.known.get(&value) {
            Some(known) => known.clone(),
            None => {
                let track = (depth > 0).then(|| self.track(value, depth - 1)).flatten();
                self.known.insert(value, track.clone());
                track
            }
        }?;
        match track.turn {
            Some((inner, by)) if self.nest.inner[inner].lp.block != block => {
                Some(track.ended(inner, by))
            }
            _ => Some(track),
        }
    }

    fn track(&mut self, value: Value, depth: u32) -> Option<Track> {
        let outer = &self.nest.outer;
        if outer.is_invariant(self.func, value) {
            return Sum::of(self.func, outer, value).map(Track::from);
        }
        match self.func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => self.operation(value, inst, depth),
            ValueDef::Param(block, _) if block == outer.block => {
                Sum::of(self.func, outer, value).map(Track::from)
            }
            ValueDef::Param(block, _) => match self.nest.inner(block) {
                Some(inner) => self.counter(inner, value, depth),
                None => self.joined(block, value, depth),
            },
            ValueDef::Union(..) => None,
        }
    }

    fn operation(&mut self, value: Value, inst: Inst, depth: u32) -> Option<Track> {
        let func = self.func;
        let block = func.layout.inst_block(inst)?;
        if let Some((x, y)) = values::binary(func, value, Opcode::Iadd) {
            let (x, y) = (self.find(x, block, depth)?, self.find(y, block, depth)?);
            return x.plus(y);
        }
        if let Some((x, y)) = values::binary(func, value, Opcode::Isub) {
            let (x, y) = (self.find(x, block, depth)?, self.find(y, block, depth)?);
            return x.plus(y.scaled(-1));
        }
        if let Some((x, y)) = values::binary(func, value, Opcode::Ishl) {
            let by = values::constant(func, y)? & 31;
            return Some(
                self.find(x, block, depth)?
                    .scaled(1_i32.wrapping_shl(by as u32)),
            );
        }
        let (x, y) = values::binary(func, value, Opcode::Imul)?;
        let by = values::constant(func, y)? as i32;
        Some(self.find(x, block, depth)?.scaled(by))
    }

    /// Gives the track of a parameter of a loop in the nest.
    fn counter(&mut self, inner: usize, value: Value, depth: u32) -> Option<Track> {
        let entered = &self.nest.inner[inner];
        let step = entered.lp.params[entered.lp.param(value)?].step?;
        let start = passed(self.func, entered.entry, value)?;
        let block = self.func.layout.inst_block(entered.entry)?;
        let mut track = self.find(start, block, depth)?;
        if track.turn.is_some() {
            return None;
        }
        track.turn = (step != 0).then_some((inner, step));
        Some(track)
    }

    /// Gives the track of a parameter that is passed the same on all ways; where one of two ways goes around a
    /// loop, what that loop would give after no turn.
    fn joined(&mut self, block: Block, value: Value, depth: u32) -> Option<Track> {
        let func = self.func;
        let edges: Vec<_> = self.cfg.pred_iter(block).collect();
        let mut tracks = Vec::new();
        for edge in &edges {
            let start = passed(func, edge.inst, value)?;
            // The loop has ended where the edge leads.
            tracks.push(self.find(start, block, depth)?);
        }
        if tracks.iter().all(|track| *track == tracks[0]) {
            return tracks.pop();
        }
        let [x, y] = &edges[..] else {
            return None;
        };
        let origin = |edge: &BlockPredecessor| Origin::of(func, self.cfg, edge, block);
        let (x, y) = (origin(x)?, origin(y)?);
        let around = |looped: Origin, past: Origin| {
            let inner = self.nest.inner(looped.block)?;
            let decides = self.nest.inner[inner].active.first()?.branch == past.branch;
            decides.then_some(inner)
        };
        let (inner, through, past) = match (around(x, y), around(y, x)) {
            (Some(inner), _) => (inner, &tracks[0], &tracks[1]),
            (_, Some(inner)) => (inner, &tracks[1], &tracks[0]),
            _ => return None,
        };
        let mut none = through.clone();
        none.ended.retain(|(ended, _)| *ended != inner);
        (none == *past).then(|| through.clone())
    }
}

impl From<Sum> for Track {
    fn from(sum: Sum) -> Self {
        Self {
            sum,
            ended: Vec::new(),
            turn: None,
        }
    }
}

impl Track {
    /// Gives what the number of the last turn of a loop is in terms of how many it took: one turn less.
    fn ended(mut self, inner: usize, by: i32) -> Self {
        self.turn = None;
        self.sum.constant = self.sum.constant.wrapping_sub(by);
        self.ended = merged(&self.ended, &[(inner, by)]);
        self
    }

    fn scaled(mut self, by: i32) -> Self {
        self.sum = self.sum.scaled(by);
        for (_, stride) in self.ended.iter_mut().chain(&mut self.turn) {
            *stride = stride.wrapping_mul(by);
        }
        self.ended.retain(|(_, stride)| *stride != 0);
        self.turn = self.turn.filter(|(_, stride)| *stride != 0);
        self
    }

    fn plus(self, other: Self) -> Option<Self> {
        let turn = match (self.turn, other.turn) {
            (Some((one, x)), Some((two, y))) if one == two => Some((one, x.wrapping_add(y))),
            (Some(_), Some(_)) => return None,
            (turn, None) | (None, turn) => turn,
        };
        Some(Self {
            sum: self.sum.plus(other.sum)?,
            ended: merged(&self.ended, &other.ended),
            turn: turn.filter(|(_, stride)| *stride != 0),
        })
    }
}

/// Adds up what turns have added, by loop.
fn merged(x: &[(usize, i32)], y: &[(usize, i32)]) -> Vec<(usize, i32)> {
    let mut all = x.to_vec();
    for (inner, by) in y {
        match all.iter_mut().find(|(of, _)| of == inner) {
            Some((_, sum)) => *sum = sum.wrapping_add(*by),
            None => all.push((*inner, *by)),
        }
    }
    all.retain(|(_, by)| *by != 0);
    all.sort_unstable();
    all
}
