//! Folds constants that are added to an index into the displacement of the access.
//!
//! The index of field `c` of a structure at `x` is `x + c`, a 32-bit sum, which wraps at 2^32. The
//! access computes `base + index + offset` in 64 bits, which does not. So `x + c` is an instruction
//! of its own, unless it is known not to wrap: then the access is at `base + x + (offset + c)`.
//!
//! ```text
//! ############################################################################
//! # SECURITY: a folded access has no check. Every fold below states a proof. #
//! ############################################################################
//! ```
//!
//! The pass runs where no memory is checked or can be longer than `LIMIT`, 2^32 - 65,536 bytes
//! (`plan/memories.rs`: growth beyond fails, as the specification allows). `v` is the index that the
//! module computes, `v = (y + d) mod 2^32` with `y` the value that takes its place. A fold is made
//! where one of these holds:
//!
//! * **Exact.** All values that `y` can have, plus `d`, lie in `0..2^32`. Then `v = y + d` and the
//!   folded address is the same number. What values `y` can have is known from the instruction that
//!   gives it (a mask, a shift, a load of 8 bits), from being a loop's counter (`induction.rs`), from
//!   *branches that dominate the access*, and from *accesses that dominate it*: one at index `w` with
//!   offset `o` that did not trap says `w + o < LIMIT`.
//! * **Below.** `-65,536 <= d < 0`, and the offset is 0. Where `y + d` is below 0, `v` is at least
//!   `LIMIT`, so that the access must trap; the folded one begins at most 65,536 bytes below the
//!   base, in the inaccessible guard (`MemoryPlan::guard_below`), and traps the same way. With an offset
//!   it could reach beyond the guard, so that this does not hold.
//!
//! Facts of accesses stay true: a memory never shrinks, an access that can trap is never moved or
//! dropped by Cranelift unless an equal one dominates it, and what dominates has run.
//!
//! A branch or an access that dominates holds nothing back that the processor executes ahead of it. Then `y` is any
//! number of 32 bits, and the folded access begins between `base + d` and `base + 2^32 + d + offset`. The higher end
//! lies in the reservation, because the displacement, with `d` in it, has 31 bits. Where speculation is masked, no
//! fold has a `d` that leads below the guard under the memory (`Search::lowest`).
//!
//! `tests/libraries/addresses.rs` tries every edge of both, with every size, and `tests/fuzz/` random ones.
//!
//! A sum is folded only if no other use keeps it: else both `y` and `v` would hold a register.

use super::analyses::{Analyses, only_edge};
use super::values::{self, Comparison, Range};
use crate::lower;
use crate::plan::Plan;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::condcodes::CondCode;
use cranelift_codegen::ir::{
    Block, Function, Inst, InstBuilder, InstructionData, Opcode, Value, types,
};
use kiln_abi::layout::{MEMORY_BASE, WASM_PAGE};
use rustc_hash::FxHashMap;

/// No byte of a memory has this index or a higher one.
const LIMIT: i64 = (1 << 32) - WASM_PAGE as i64;
/// Other sums with the same variable part that are tried for an access.
const SIBLINGS: usize = 3;
/// Sums in sums that are looked through.
const DEPTH: usize = 4;

/// Runs the pass. Values are no aliases.
pub(super) fn run(plan: &Plan, func: &mut Function, analyses: &Analyses) {
    let is_sum = |inst| parse(func, inst).is_some_and(|a| values::offset(func, a.index).is_some());
    if !plan.folds_addresses() || !values::instructions(func).any(is_sum) {
        return;
    }
    let folds = Search::new(plan, func, analyses).run();
    for fold in unshared(func, folds) {
        apply(func, &fold);
    }
}

/// An access to linear memory.
pub(super) struct Access {
    inst: Inst,
    /// The 32-bit index.
    pub index: Value,
    /// The index in 64 bits.
    extended: Value,
    /// The sum of that and `base`.
    pub address: Value,
    pub base: Value,
    /// The instruction's own displacement.
    pub displacement: i32,
    /// Bytes added to the index, without wrapping.
    pub offset: i64,
}

/// The access that an instruction makes by an index of 32 bits.
pub(super) fn parse(func: &Function, inst: Inst) -> Option<Access> {
    let (flags, address, displacement) = match func.dfg.insts[inst] {
        InstructionData::Load {
            flags, arg, offset, ..
        } => (flags, arg, offset),
        InstructionData::Store {
            flags,
            args,
            offset,
            ..
        } => (flags, args[1], offset),
        _ => return None,
    };
    if !lower::is_memory(func, func.dfg.mem_flags[flags]) {
        return None;
    }
    let address = func.dfg.resolve_aliases(address);
    let (extended, base) = values::binary(func, address, Opcode::Iadd)?;
    let index = values::unary(func, extended, Opcode::Uextend)?;
    if func.dfg.value_type(index) != types::I32 {
        return None;
    }
    // A constant base has the part of the offset in it that fits no displacement.
    let beyond = values::constant(func, base).map_or(0, |base| base - MEMORY_BASE as i64);
    let displacement = i32::from(displacement);
    Some(Access {
        inst,
        index,
        extended,
        address,
        base,
        displacement,
        offset: beyond + i64::from(displacement),
    })
}

/// An access that can do with another index.
struct Fold {
    access: Access,
    index: Value,
    displacement: i32,
}

/// A walk down the dominator tree, with what is known on the way.
struct Search<'a> {
    func: &'a Function,
    analyses: &'a Analyses,
    /// The least number that a fold may add.
    lowest: i64,
    /// Numbers that 32-bit values can be, by counting and by what dominates.
    known: FxHashMap<Value, Range>,
    /// Indices of accesses that dominate, by variable part, and the constant that each adds to it.
    siblings: FxHashMap<Value, Vec<(Value, u32)>>,
    /// Undoes what was added to both, for the way back up.
    undo: Vec<Undo>,
    folds: Vec<Fold>,
}

enum Undo {
    Known(Value, Option<Range>),
    Sibling(Value),
}

impl<'a> Search<'a> {
    fn new(plan: &Plan, func: &'a Function, analyses: &'a Analyses) -> Self {
        let counters = analyses.counters(func).iter();
        Self {
            func,
            known: counters.map(|c| (c.param, c.range)).collect(),
            analyses,
            lowest: match plan.masks_speculation {
                true => -(plan.guard_below_all() as i64),
                false => i64::MIN,
            },
            siblings: FxHashMap::default(),
            undo: Vec::new(),
            folds: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<Fold> {
        let tree = self.analyses.tree(self.func);
        let entry = self.func.layout.entry_block();
        // Blocks to enter, and how much was known above each.
        let mut visits: Vec<(Block, usize)> = entry.map(|block| (block, 0)).into_iter().collect();
        while let Some((block, above)) = visits.pop() {
            self.forget(above);
            self.learn_branch(block);
            for inst in self.func.layout.block_insts(block) {
                if let Some(access) = parse(self.func, inst) {
                    self.visit(access);
                }
            }
            let above = self.undo.len();
            visits.extend(tree.children(block).map(|child| (child, above)));
        }
        self.folds
    }

    fn forget(&mut self, above: usize) {
        for undo in self.undo.drain(above..).rev() {
            match undo {
                Undo::Known(value, Some(range)) => {
                    self.known.insert(value, range);
                }
                Undo::Known(value, None) => {
                    self.known.remove(&value);
                }
                Undo::Sibling(root) => {
                    self.siblings.get_mut(&root).map(Vec::pop);
                }
            }
        }
    }

    /// Learns the condition under which `block` is entered, where there is one way to it.
    fn learn_branch(&mut self, block: Block) {
        let edge = only_edge(self.analyses.cfg(self.func), block);
        let taken = edge.and_then(|edge| values::taken(self.func, edge.inst, block));
        let Some((Comparison { condition, x, y }, _)) = taken else {
            return;
        };
        let range = |value| values::range(self.func, value, &self.known);
        let x_range = range(x);
        let y_range = y.map_or(Range::only(0), range);
        self.learn(x, x_range.where_compared(condition, y_range));
        if let Some(y) = y {
            self.learn(y, y_range.where_compared(condition.swap_args(), x_range));
        }
    }

    fn visit(&mut self, access: Access) {
        let (mut root, mut constant) = (access.index, 0_u32);
        // Values that take the index's place: the nearest first.
        let mut found: Vec<(Value, i64)> = Vec::new();
        for _ in 0..DEPTH {
            let Some((value, added)) = values::offset(self.func, root) else {
                break;
            };
            (root, constant) = (value, constant.wrapping_add(added));
            let by = self.distance(root, constant, &access);
            found.extend(by.map(|by| (root, by)));
        }
        if found.is_empty() && root != access.index {
            let siblings = self.siblings.get(&root).into_iter().flatten();
            let mut siblings = siblings.rev().take(SIBLINGS);
            found.extend(siblings.find_map(|(sibling, other)| {
                let by = self.distance(*sibling, constant.wrapping_sub(*other), &access)?;
                Some((*sibling, by))
            }));
        }
        // It did not trap where anything after it runs. Only now, since it is no proof of itself.
        let last = LIMIT - 1 - access.offset;
        let below = |by: i64| Range {
            low: -by,
            high: last - by,
        };
        self.learn(access.index, below(0));
        for (value, by) in &found {
            self.learn(*value, below(*by));
        }
        if found.is_empty() {
            let siblings = self.siblings.entry(root).or_default();
            siblings.push((access.index, constant));
            self.undo.push(Undo::Sibling(root));
        }
        if let Some((index, by)) = found.first().copied().filter(|(_, by)| *by >= self.lowest)
            && let Ok(displacement) = i32::try_from(i64::from(access.displacement) + by)
            && fits(self.func, &access, displacement)
        {
            self.folds.push(Fold {
                access,
                index,
                displacement,
            });
        }
    }

    /// Gives what is to be added to `value`, without wrapping, for the access to be the same as by its
    /// index, which is `value + constant` modulo 2^32; `None` where nothing is proven.
    fn distance(&self, value: Value, constant: u32, access: &Access) -> Option<i64> {
        let range = values::range(self.func, value, &self.known);
        let is_exact = |by: i64| range.low + by >= 0 && range.high + by < 1 << 32;
        let positive = i64::from(constant);
        let negative = i64::from(constant as i32);
        if is_exact(positive) {
            return Some(positive);
        }
        let is_below = -(WASM_PAGE as i64) <= negative && negative < 0 && access.offset == 0;
        (is_exact(negative) || is_below).then_some(negative)
    }

    fn learn(&mut self, value: Value, range: Range) {
        let old = self.known.get(&value).copied();
        let all = old.unwrap_or(Range::ALL);
        let mut new = all.within(range);
        // Nothing is below 0, not even where there is no number.
        new.high = new.high.max(0);
        if new != all {
            self.known.insert(value, new);
            self.undo.push(Undo::Known(value, old));
        }
    }
}

/// Tells if base and displacement fit the displacement of one operand.
fn fits(func: &Function, access: &Access, displacement: i32) -> bool {
    values::constant(func, access.base).is_none_or(|base| {
        let sum = base + i64::from(displacement);
        i32::try_from(sum).is_ok_and(|sum| sum >= 0)
    })
}

/// The folds after which nothing needs the sum any more.
fn unshared(func: &Function, folds: Vec<Fold>) -> Vec<Fold> {
    let mut uses = values::uses(func);
    for fold in &folds {
        // Each is an operand of the one before; what no longer has a use has no operands.
        let access = &fold.access;
        for value in [access.address, access.extended, access.index] {
            uses[value] -= 1;
            if uses[value] > 0 {
                break;
            }
        }
    }
    let is_unused = |fold: &Fold| uses[fold.access.index] == 0;
    folds.into_iter().filter(is_unused).collect()
}

fn apply(func: &mut Function, fold: &Fold) {
    let access = &fold.access;
    let mut cursor = FuncCursor::new(func).at_inst(access.inst);
    cursor.use_srcloc(access.inst);
    let extended = cursor.ins().uextend(types::I64, fold.index);
    let address = cursor.ins().iadd(extended, access.base);
    match &mut func.dfg.insts[access.inst] {
        InstructionData::Load { arg, offset, .. } => {
            *arg = address;
            *offset = fold.displacement.into();
        }
        InstructionData::Store { args, offset, .. } => {
            args[1] = address;
            *offset = fold.displacement.into();
        }
        _ => unreachable!("an access loads or stores"),
    }
}
