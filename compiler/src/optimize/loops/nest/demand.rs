//! Which values of a nest are needed, of lane 0 alone or of all lanes, and how those of all lanes are computed.

use super::super::super::values;
use super::super::choices::passed;
use super::super::form::is_access;
use super::super::pack::{Comparison, is_lanewise, loads_lanes};
use super::places::Places;
use super::region::Nest;
use super::shape::{Shape, Shapes};
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{
    Function, Inst, InstructionData, Opcode, Type, Value, ValueDef, types,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// The way that a value of all lanes comes to be.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// It is passed to a block.
    Param,
    /// Neighbours in memory.
    Load(Inst),
    /// Loads put together.
    Gather(Inst),
    Operation(Opcode, Vec<Value>),
    /// A shift of all lanes by the same.
    Shift(Opcode, Value, Value),
    /// One of two, by a comparison of two others.
    Choice(Comparison, [Value; 4]),
}

/// The values that are needed.
#[derive(Default)]
pub(super) struct Demand {
    /// Of lane 0; not what is the same in every turn of the nest.
    pub scalars: FxHashSet<Value>,
    /// The same in every turn of the nest.
    pub fixed: FxHashSet<Value>,
    /// Of all lanes, made of that of lane 0, and by how much lanes differ.
    pub spread: FxHashMap<Value, i32>,
    pub lanes: FxHashMap<Value, Way>,
}

enum Need {
    Scalar(Value),
    Lanes(Value),
}

/// The facts about a nest that demand follows from.
pub(super) struct Facts<'a> {
    pub func: &'a Function,
    pub cfg: &'a ControlFlowGraph,
    pub nest: &'a Nest,
    pub shapes: &'a Shapes,
    pub places: &'a Places,
}

impl Demand {
    /// Finds what stores and branches need; `None` where some of it cannot be done in lanes.
    pub fn new(facts: &Facts) -> Option<Self> {
        let mut demand = Self::default();
        let mut needs = facts.roots()?;
        while let Some(need) = needs.pop() {
            match need {
                Need::Scalar(value) => demand.scalar(facts, value, &mut needs)?,
                Need::Lanes(value) => demand.all_lanes(facts, value, &mut needs)?,
            }
        }
        Some(demand)
    }

    fn scalar(&mut self, facts: &Facts, value: Value, needs: &mut Vec<Need>) -> Option<()> {
        let (func, nest) = (facts.func, facts.nest);
        if nest.outer.is_invariant(func, value) {
            self.fixed.insert(value);
            return Some(());
        }
        if !self.scalars.insert(value) {
            return Some(());
        }
        match func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => {
                let is_uniform = facts.shape(value) == Shape::Stride(0);
                if is_access(func, inst) && !is_uniform {
                    return None;
                }
                let args = func.dfg.inst_args(inst).iter();
                needs.extend(args.map(|arg| Need::Scalar(func.dfg.resolve_aliases(*arg))));
            }
            ValueDef::Param(block, _) if block == nest.outer.block => {
                let param = &nest.outer.params[nest.outer.param(value)?];
                param.step?;
            }
            ValueDef::Param(..) => {
                needs.extend(facts.passed(value)?.into_iter().map(Need::Scalar));
            }
            ValueDef::Union(..) => return None,
        }
        Some(())
    }

    fn all_lanes(&mut self, facts: &Facts, value: Value, needs: &mut Vec<Need>) -> Option<()> {
        let ty = facts.func.dfg.value_type(value);
        if !is_lane(ty) {
            return None;
        }
        if let Shape::Stride(by) = facts.shape(value) {
            self.spread.insert(value, by);
            needs.push(Need::Scalar(value));
            return (by == 0 || ty == types::I32).then_some(());
        }
        if self.lanes.contains_key(&value) {
            return Some(());
        }
        let way = facts.way(value)?;
        match &way {
            Way::Param => needs.extend(facts.passed(value)?.into_iter().map(Need::Lanes)),
            Way::Load(inst) | Way::Gather(inst) => {
                needs.push(Need::Scalar(facts.places.accesses[inst].address));
            }
            Way::Operation(_, args) => needs.extend(args.iter().copied().map(Need::Lanes)),
            Way::Shift(_, shifted, by) => {
                needs.extend([Need::Lanes(*shifted), Need::Scalar(*by)]);
            }
            Way::Choice(_, args) => needs.extend(args.map(Need::Lanes)),
        }
        self.lanes.insert(value, way);
        Some(())
    }
}

impl Facts<'_> {
    fn shape(&self, value: Value) -> Shape {
        self.shapes.of(self.func, self.nest, value)
    }

    /// Lists what stores and branches need.
    fn roots(&self) -> Option<Vec<Need>> {
        let (func, nest) = (self.func, self.nest);
        let mut needs = Vec::new();
        for (inst, access) in &self.places.accesses {
            if access.is_store {
                let value = func.dfg.resolve_aliases(func.dfg.inst_args(*inst)[0]);
                needs.extend([Need::Scalar(access.address), Need::Lanes(value)]);
            }
        }
        for block in &nest.blocks[..nest.blocks.len() - 1] {
            let last = func.layout.last_inst(*block)?;
            if let InstructionData::Brif { arg, .. } = func.dfg.insts[last] {
                let condition = func.dfg.resolve_aliases(arg);
                if self.shape(condition) != Shape::Stride(0) {
                    return None;
                }
                needs.push(Need::Scalar(condition));
            }
        }
        Some(needs)
    }

    /// Lists what branches pass for a parameter of a block of the nest.
    fn passed(&self, param: Value) -> Option<Vec<Value>> {
        let ValueDef::Param(block, _) = self.func.dfg.value_def(param) else {
            return None;
        };
        let edges = self.cfg.pred_iter(block);
        edges
            .map(|edge| passed(self.func, edge.inst, param))
            .collect()
    }

    /// Gives the way to compute a value whose lanes differ.
    fn way(&self, value: Value) -> Option<Way> {
        let func = self.func;
        let inst = match func.dfg.value_def(value) {
            ValueDef::Param(block, _) => {
                return (block != self.nest.outer.block).then_some(Way::Param);
            }
            ValueDef::Result(inst, _) => inst,
            ValueDef::Union(..) => return None,
        };
        let ty = func.dfg.value_type(value);
        let data = func.dfg.insts[inst];
        if let Some(access) = self.places.accesses.get(&inst) {
            let stride = self.places.all[access.place].stride;
            return Some(
                match loads_lanes(data.opcode(), ty) && stride == access.size {
                    true => Way::Load(inst),
                    false => Way::Gather(inst),
                },
            );
        }
        let args = func.dfg.inst_args(inst).iter();
        let args: Vec<Value> = args.map(|arg| func.dfg.resolve_aliases(*arg)).collect();
        match (data.opcode(), &args[..]) {
            (Opcode::Select, [condition, yes, no]) => self.choice(*condition, [*yes, *no], ty),
            (opcode @ (Opcode::Ishl | Opcode::Ushr | Opcode::Sshr), [shifted, by]) => {
                (self.shape(*by) == Shape::Stride(0)).then_some(Way::Shift(opcode, *shifted, *by))
            }
            (opcode, _) if is_lanewise(opcode, ty) => Some(Way::Operation(opcode, args)),
            _ => None,
        }
    }

    fn choice(&self, condition: Value, [yes, no]: [Value; 2], ty: Type) -> Option<Way> {
        let func = self.func;
        let compared = values::unary(func, condition, Opcode::Uextend).unwrap_or(condition);
        let inst = func.dfg.value_def(compared).inst()?;
        let (comparison, args) = match func.dfg.insts[inst] {
            InstructionData::IntCompare { cond, args, .. } => (Comparison::Int(cond), args),
            InstructionData::FloatCompare { cond, args, .. } => (Comparison::Float(cond), args),
            _ => return None,
        };
        let [x, y] = args.map(|arg| func.dfg.resolve_aliases(arg));
        let is_as_wide = func.dfg.value_type(x).bits() == ty.bits();
        is_as_wide.then_some(Way::Choice(comparison, [x, y, yes, no]))
    }
}

/// Tells if vectors have lanes of this type.
fn is_lane(ty: Type) -> bool {
    matches!(ty, types::I32 | types::I64 | types::F32 | types::F64)
}
