//! What a value is in lanes, which are turns of the outer loop next to each other.

use super::super::super::{addresses, values};
use super::super::choices::passed;
use super::region::Nest;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Function, Inst, InstructionData, Opcode, Value, types};
use rustc_hash::FxHashMap;

/// The relation of a value's lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Each is this more than the one before, modulo 2^32; all are the same where it is 0.
    Stride(i32),
    /// None is known.
    Lanes,
}

/// The shapes of a nest's values.
pub(super) struct Shapes(FxHashMap<Value, Shape>);

impl Shapes {
    /// Finds them: each is the best that holds if those of its operands do, in any turn.
    pub fn new(func: &Function, cfg: &ControlFlowGraph, nest: &Nest) -> Self {
        let mut shapes = Self(FxHashMap::default());
        for param in &nest.outer.params {
            let shape = param.step.map_or(Shape::Lanes, Shape::Stride);
            shapes.0.insert(param.value, shape);
        }
        while shapes.pass(func, cfg, nest) {}
        shapes
    }

    /// Gives the shape of a value that is used in the nest.
    pub fn of(&self, func: &Function, nest: &Nest, value: Value) -> Shape {
        self.known(func, nest, value).unwrap_or(Shape::Lanes)
    }

    fn known(&self, func: &Function, nest: &Nest, value: Value) -> Option<Shape> {
        let value = func.dfg.resolve_aliases(value);
        match nest.outer.is_invariant(func, value) {
            true => Some(Shape::Stride(0)),
            false => self.0.get(&value).copied(),
        }
    }

    /// Looks at all values once; tells if a shape has changed.
    fn pass(&mut self, func: &Function, cfg: &ControlFlowGraph, nest: &Nest) -> bool {
        let mut has_changed = false;
        let mut set = |shapes: &mut Self, value: Value, shape: Option<Shape>| {
            let old = shapes.0.get(&value).copied();
            // From unknown to a stride to none: so that the passes end.
            let new = match (old, shape) {
                (Some(old), Some(shape)) if old != shape => Some(Shape::Lanes),
                (old, shape) => old.or(shape),
            };
            if let Some(new) = new.filter(|_| new != old) {
                has_changed = true;
                shapes.0.insert(value, new);
            }
        };
        for block in &nest.blocks {
            if *block != nest.outer.block {
                for param in func.dfg.block_params(*block) {
                    for edge in cfg.pred_iter(*block) {
                        let shape = match passed(func, edge.inst, *param) {
                            Some(value) => self.known(func, nest, value),
                            None => Some(Shape::Lanes),
                        };
                        set(self, *param, shape);
                    }
                }
            }
            for inst in func.layout.block_insts(*block) {
                if let Some(result) = func.dfg.inst_results(inst).first() {
                    set(self, *result, self.result(func, nest, inst));
                }
            }
        }
        has_changed
    }

    /// Gives the shape of what an instruction gives, if those of its operands are known.
    fn result(&self, func: &Function, nest: &Nest, inst: Inst) -> Option<Shape> {
        if let Some(access) = addresses::parse(func, inst) {
            return Some(match self.known(func, nest, access.index)? {
                Shape::Stride(0) => Shape::Stride(0),
                _ => Shape::Lanes,
            });
        }
        let mut shapes = Vec::new();
        for arg in func.dfg.inst_args(inst) {
            shapes.push(self.known(func, nest, *arg)?);
        }
        if shapes.iter().all(|shape| *shape == Shape::Stride(0)) {
            return Some(Shape::Stride(0));
        }
        let result = func.dfg.first_result(inst);
        let sum = match (func.dfg.insts[inst], &shapes[..]) {
            _ if func.dfg.value_type(result) != types::I32 => None,
            (InstructionData::Binary { opcode, args }, [Shape::Stride(x), Shape::Stride(y)]) => {
                let by = values::constant(func, func.dfg.resolve_aliases(args[1]));
                let by = by.map(|by| by as i32);
                match opcode {
                    Opcode::Iadd => Some(x.wrapping_add(*y)),
                    Opcode::Isub => Some(x.wrapping_sub(*y)),
                    Opcode::Ishl => by.map(|by| x.wrapping_shl(by as u32 & 31)),
                    Opcode::Imul => by.map(|by| x.wrapping_mul(by)),
                    _ => None,
                }
            }
            _ => None,
        };
        Some(sum.map_or(Shape::Lanes, Shape::Stride))
    }
}
