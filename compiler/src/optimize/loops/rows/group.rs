//! Which parameters of a loop are treated alike.

use super::super::super::values;
use super::super::form::Loop;
use super::LANES;
use cranelift_codegen::ir::{Function, Value, types};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

/// Instructions that are looked through.
const DEPTH: u32 = 7;

/// Describes how values are made, as far as vectors can do it. Equal ones may be made alike; that they are is seen when
/// vectors are made.
pub(super) struct Likeness<'a> {
    pub func: &'a Function,
    pub lp: &'a Loop,
    /// The group that each parameter belongs to, as far as they are known.
    pub groups: FxHashMap<Value, usize>,
}

impl Likeness<'_> {
    /// Gives a number that is equal where values are made alike.
    pub fn of(&self, value: Value) -> u64 {
        self.to(value, DEPTH)
    }

    fn to(&self, value: Value, depth: u32) -> u64 {
        let value = self.func.dfg.resolve_aliases(value);
        let mut hasher = FxHasher::default();
        if let Some(constant) = values::constant(self.func, value) {
            constant.hash(&mut hasher);
            return hasher.finish();
        }
        if self.lp.is_invariant(self.func, value) {
            return 1;
        }
        let Some(inst) = self.func.dfg.value_def(value).inst() else {
            return match self.groups.get(&value) {
                Some(group) => 8 + *group as u64,
                None => 2,
            };
        };
        if depth == 0 {
            return 3;
        }
        self.func.dfg.insts[inst].opcode().hash(&mut hasher);
        let args = self.func.dfg.inst_args(inst).iter();
        // Operands may come in any order.
        let all = args.map(|arg| self.to(*arg, depth - 1));
        all.fold(0_u64, |sum, one| sum.wrapping_add(one.rotate_left(7) ^ one))
            .hash(&mut hasher);
        hasher.finish()
    }
}

/// Finds groups of as many parameters as a vector has lanes, whose next numbers are made alike.
pub(super) fn groups(func: &Function, lp: &Loop) -> Vec<Vec<usize>> {
    let likeness = Likeness {
        func,
        lp,
        groups: FxHashMap::default(),
    };
    let mut found: Vec<(u64, Vec<usize>)> = Vec::new();
    for (at, param) in lp.params.iter().enumerate() {
        if func.dfg.value_type(param.value) != types::I32 || param.step.is_some() {
            continue;
        }
        let like = likeness.of(param.next);
        match found.iter_mut().find(|(other, _)| *other == like) {
            Some((_, group)) => group.push(at),
            None => found.push((like, vec![at])),
        }
    }
    let groups = found.into_iter().map(|(_, group)| group);
    groups.filter(|group| group.len() == LANES).collect()
}
