//! Profiles: counting how often parts of the program run, and marking as cold what has run seldom.
//! The plan says where counters lie ([`Counters`](crate::plan::Counters)) and what was counted
//! ([`Counts`](crate::plan::Counts)). Cold blocks are laid behind all others of their function.
//!
//! An indirect call that has one callee in most cases compares the index with that of the callee's element, and calls
//! it directly, or inlines it.
//!
//! SECURITY: nothing changes the table, and the element's function has the type that the call expects: both are known
//! here, so that the comparison of the index stands for the checks. A processor that runs ahead of it calls, with
//! arguments of the right types, a function that the module calls so itself.
//!
//! Soundness: the counters lie in the state, where no access of the module's leads, and no other code reads
//! them. Which blocks are cold changes where they lie, not what they do.

use super::{Region, Translator, clif_type};
use crate::Error;
use crate::plan::TablePlace;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};

/// A block is cold if its function's entry, or a loop of it, has run so many times as often.
const COLD: f64 = 1000.0;

impl Translator<'_> {
    /// Opens the function that is compiled, or that is inlined, by counting its entry.
    pub(super) fn profile_entry(&mut self, function: u32) {
        if let Some(counter) = self.plan.counters.entry(function) {
            self.count(counter, None);
        }
    }

    /// Counts of a function that is inlined here times this are those of this call.
    pub(super) fn scale_of(&self, callee: u32) -> f64 {
        let here = self.ways().map_or(0.0, |[here, _]| here);
        match self.plan.counts.function(callee) {
            Some(ran) if ran.entry > 0 => here / ran.entry as f64,
            _ => 0.0,
        }
    }

    /// Counts, and marks, the head of a loop, which is the current block.
    pub(super) fn profile_loop(&mut self, head: Block) {
        if let Some(counter) = self.plan.counters.operator(self.offset) {
            self.count(counter, None);
        }
        self.mark(head, 0);
    }

    /// Counts, and marks, the arms of an `if`, of which the first is the current block.
    pub(super) fn profile_if(&mut self, then: Block, otherwise: Block) {
        if let Some(counter) = self.plan.counters.operator(self.offset) {
            self.count(counter, None);
        }
        self.mark(then, 0);
        self.mark(otherwise, 1);
    }

    /// Counts how often a branch is taken, and marks what follows it.
    pub(super) fn profile_branch(&mut self, condition: Value, next: Block) {
        if let Some(counter) = self.plan.counters.operator(self.offset) {
            let taken = match self.builder.func.dfg.value_type(condition) {
                types::I8 => condition,
                _ => self.ins().icmp_imm_u(IntCC::NotEqual, condition, 0),
            };
            let taken = self.ins().uextend(types::I64, taken);
            self.count(counter, Some(taken));
        }
        self.mark(next, 1);
    }

    /// Counts the target of a `br_table` with so many besides the default.
    pub(super) fn profile_table(&mut self, index: Value, len: u32) {
        if let Some(counter) = self.plan.counters.operator(self.offset) {
            let default = self.ins().iconst(types::I64, i64::from(len));
            let index = self.index64(index);
            let index = self.ins().umin(index, default);
            let first = self.state_address(counter);
            let distance = self.ins().ishl_imm_u(index, 3);
            let counter = self.ins().iadd(first, distance);
            self.add_to(counter, None);
        }
    }

    /// Counts the element of a table that is called, as [`Counters::target`](crate::plan::Counters::target) says it.
    pub(super) fn profile_target(&mut self, table: u32, index: Value) {
        let Some(counters) = self.plan.counters.target(table, self.offset) else {
            return;
        };
        let flags = self.trusted(Region::State);
        let place = self.state_address(counters);
        let first = self.ins().load(types::I64, flags, place, 0);
        let lead = self.ins().load(types::I64, flags, place, 8);
        let own = self.ins().iadd_imm_u(index, 1);
        let none = self.ins().icmp_imm_u(IntCC::Equal, lead, 0);
        let same = self.ins().icmp(IntCC::Equal, first, own);
        let grows = self.ins().bor(none, same);
        let first = self.ins().select(none, own, first);
        let up = self.ins().iadd_imm_u(lead, 1);
        let one = self.ins().iconst(types::I64, 1);
        let down = self.ins().isub(lead, one);
        let lead = self.ins().select(grows, up, down);
        self.ins().store(flags, first, place, 0);
        self.ins().store(flags, lead, place, 8);
    }

    /// The callee that the current indirect call has in most cases, and its index in the table.
    fn probable(&self, type_index: u32, table: u32) -> Option<(u32, usize)> {
        let module = self.plan.module;
        let function = self.plan.counts.target(self.offset)?;
        let TablePlace::Constant { entries, .. } = &self.plan.tables[table as usize] else {
            return None;
        };
        let index = entries.iter().position(|entry| *entry == Some(function))?;
        let own = *module.functions.get(function as usize)?;
        let ids = &module.type_ids;
        (ids[own as usize] == ids[type_index as usize]).then_some((function, index))
    }

    /// Translates an indirect call that has one callee in most cases; false for any other.
    pub(super) fn call_probable(&mut self, type_index: u32, table: u32) -> Result<bool, Error> {
        let Some((function, element)) = self.probable(type_index, table) else {
            return Ok(false);
        };
        let ty = self.plan.module.type_at(type_index);
        let index = self.pop();
        let is_it = self.ins().icmp_imm_u(IntCC::Equal, index, element as i64);
        let (direct, indirect) = (self.builder.create_block(), self.builder.create_block());
        let next = self.builder.create_block();
        for ty in ty.results() {
            self.builder.append_block_param(next, clif_type(*ty));
        }
        self.ins().brif(is_it, direct, &[], indirect, &[]);
        self.builder.seal_block(direct);
        self.builder.seal_block(indirect);
        let height = self.stack.len() - ty.params().len();
        let arguments = self.stack[height..].to_vec();
        self.builder.switch_to_block(direct);
        if !self.inline_call(function)? {
            self.call(function);
        }
        if self.reachable {
            let results = self.pop_n(ty.results().len());
            self.jump(next, &results);
        }
        self.reachable = true;
        self.stack.truncate(height);
        self.stack.extend(arguments);
        self.builder.switch_to_block(indirect);
        self.push(index);
        let code = self.table_callee(type_index, table);
        self.call_code(type_index, code);
        let results = self.pop_n(ty.results().len());
        self.jump(next, &results);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
        let results = self.builder.block_params(next);
        self.stack.extend_from_slice(results);
        Ok(true)
    }

    /// Marks the block behind a construct.
    pub(super) fn profile_end(&mut self, end: Block) {
        self.mark(end, 0);
    }

    fn count(&mut self, counter: u64, by: Option<Value>) {
        let counter = self.state_address(counter);
        self.add_to(counter, by);
    }

    fn add_to(&mut self, counter: Value, by: Option<Value>) {
        let flags = self.trusted(Region::State);
        let count = self.ins().load(types::I64, flags, counter, 0);
        let count = match by {
            Some(by) => self.ins().iadd(count, by),
            None => self.ins().iadd_imm_u(count, 1),
        };
        self.ins().store(flags, count, counter, 0);
    }

    /// How often control took the ways out of the current operator, in this activation.
    fn ways(&self) -> Option<[f64; 2]> {
        let ways = self.plan.counts.ways(self.offset)?;
        Some(ways.map(|count| count as f64 * self.current.scale))
    }

    /// Marks the target of one of these ways as cold if it is.
    fn mark(&mut self, block: Block, way: usize) {
        if let Some(ways) = self.ways()
            && ways[way] * COLD < self.most
        {
            self.builder.set_cold_block(block);
        }
    }
}
