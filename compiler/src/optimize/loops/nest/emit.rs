//! Emits the fast form of a nest: several turns of the outer loop at once.
//!
//! ```text
//!      guard, check --- few turns, or not proven ---+
//!          |                                        |
//!      the nest's blocks, in lanes  <-+             |
//!          |                          |             |
//!          +--- more turns -----------+             |
//!          |                                        |
//!        rest ---------> the nest as it was <-------+
//!          |                     |
//!          +--- no turn left     |
//!          +---------------------+--> behind the nest
//! ```

use super::super::guard::{self, Before};
use super::super::lanes;
use super::super::number::{Conditions, Number};
use super::super::pack::stores_lanes;
use super::check::{self, Starts};
use super::demand::{Demand, Way};
use super::places::Places;
use super::region::Nest;
use crate::plan::Plan;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Block, BlockArg, ConstantData, Function, Inst, InstBuilder, InstructionData, MemFlagsData,
    Type, Value, types,
};
use rustc_hash::FxHashMap;

/// Bytes of a vector.
const VECTOR: u32 = 16;

/// All that is known about a nest.
pub(super) struct Plans {
    pub nest: Nest,
    pub places: Places,
    pub starts: Starts,
    pub demand: Demand,
    /// Turns of the outer loop that are taken at once.
    pub lanes: u32,
    /// True if nothing behind the nest needs what its last turn gives, so that lanes can take that, too.
    pub takes_last: bool,
}

/// Puts the fast form in front of a nest; gives its blocks.
pub(super) fn emit(plan: &Plan, func: &mut Function, plans: &Plans) -> Vec<Block> {
    let outer = &plans.nest.outer;
    let (guard, mut before) = Before::new(func, outer);
    let check = insert(func, outer.block);
    let blocks: FxHashMap<Block, Block> = plans
        .nest
        .blocks
        .iter()
        .map(|block| (*block, insert(func, outer.block)))
        .collect();
    let rest = insert(func, outer.block);
    let mut cursor = FuncCursor::new(func).at_bottom(guard);
    let mut conditions = Conditions::default();
    let limits = before.limits(&mut cursor, outer);
    let last = guard::last_turn(&mut cursor, outer, limits, &mut conditions);
    let count = match plans.takes_last {
        true => last.plus(&mut cursor, Number::Constant(1)),
        false => last,
    };
    let times = count.divided(&mut cursor, plans.lanes.into());
    let none = Number::Constant(0);
    conditions.compare(&mut cursor, IntCC::SignedGreaterThan, times, none);
    guard::branch(&mut cursor, conditions, (check, &[]), (outer, &before));

    cursor.goto_bottom(check);
    let mut conditions = Conditions::default();
    let facts = (&plans.nest, &plans.places, &plans.starts);
    check::prove(
        plan,
        &mut cursor,
        facts,
        (&mut before, last),
        &mut conditions,
    );
    let mut turn = Turn {
        plans,
        before,
        blocks,
        scalars: FxHashMap::default(),
        lanes: FxHashMap::default(),
    };
    turn.prepare(&mut cursor);
    let times_value = times.value(&mut cursor);
    let entry = turn.entry(times_value);
    let header = turn.blocks[&outer.block];
    guard::branch(
        &mut cursor,
        conditions,
        (header, &entry),
        (outer, &turn.before),
    );
    turn.parameters(&mut cursor);
    for block in &plans.nest.blocks {
        turn.block(&mut cursor, *block, rest);
    }
    cursor.goto_bottom(rest);
    turn.leave(&mut cursor, (count, times));
    turn.blocks.into_values().collect()
}

fn insert(func: &mut Function, before: Block) -> Block {
    let block = func.dfg.make_block();
    func.layout.insert_block(block, before);
    block
}

/// The emission of a turn.
struct Turn<'a> {
    plans: &'a Plans,
    before: Before,
    /// The block in lanes of each of the nest's.
    blocks: FxHashMap<Block, Block>,
    /// Values of lane 0.
    scalars: FxHashMap<Value, Value>,
    /// Values of all lanes, in as many vectors as they fill.
    lanes: FxHashMap<Value, Vec<Value>>,
}

impl Turn<'_> {
    /// Computes before the nest what is the same in every turn.
    fn prepare(&mut self, cursor: &mut FuncCursor) {
        let demand = &self.plans.demand;
        let outer = &self.plans.nest.outer;
        let mut fixed: Vec<Value> = demand.fixed.iter().copied().collect();
        fixed.sort_unstable();
        for value in fixed {
            let hoisted = self.before.hoist(cursor, outer, value);
            if demand.spread.contains_key(&value) {
                let all = self.spread(cursor, hoisted, 0);
                self.lanes.insert(value, all);
            }
        }
        for (at, param) in outer.params.iter().enumerate() {
            if param.step == Some(0) {
                let start = self.before.params[at];
                self.scalars.insert(param.value, start);
                if demand.spread.contains_key(&param.value) {
                    let all = self.spread(cursor, start, 0);
                    self.lanes.insert(param.value, all);
                }
            }
        }
    }

    /// Gives vectors of a number, each lane by so much more than the one before.
    fn spread(&self, cursor: &mut FuncCursor, value: Value, by: i32) -> Vec<Value> {
        let lane = cursor.func.dfg.value_type(value);
        let ty = vector(lane);
        let all = cursor.ins().splat(ty, value);
        (0..self.count(lane))
            .map(|nth| match by {
                0 => all,
                _ => {
                    let first = (nth * ty.lane_count()) as i32;
                    let more = (0..ty.lane_count() as i32)
                        .flat_map(|lane| by.wrapping_mul(first + lane).to_le_bytes());
                    let more: Vec<u8> = more.collect();
                    let more = cursor
                        .func
                        .dfg
                        .constants
                        .insert(ConstantData::from(&more[..]));
                    let more = cursor.ins().vconst(ty, more);
                    cursor.ins().iadd(all, more)
                }
            })
            .collect()
    }

    /// Counts the vectors that all lanes fill.
    fn count(&self, lane: Type) -> u32 {
        self.plans.lanes * lane.bytes() / VECTOR
    }

    /// Gives what the nest in lanes is passed first: how often it is taken, and its counters.
    fn entry(&self, times: Value) -> Vec<BlockArg> {
        let counters = self.counters().map(|at| self.before.params[at]);
        [times]
            .into_iter()
            .chain(counters)
            .map(BlockArg::from)
            .collect()
    }

    /// Lists the outer loop's counters that are needed.
    fn counters(&self) -> impl Iterator<Item = usize> + '_ {
        let params = self.plans.nest.outer.params.iter().enumerate();
        let is_needed = |value| self.plans.demand.scalars.contains(&value);
        params
            .filter(move |(_, param)| param.step != Some(0) && is_needed(param.value))
            .map(|(at, _)| at)
    }

    /// Gives all blocks their parameters.
    fn parameters(&mut self, cursor: &mut FuncCursor) {
        let outer = &self.plans.nest.outer;
        let header = self.blocks[&outer.block];
        cursor.func.dfg.append_block_param(header, types::I64);
        for at in self.counters().collect::<Vec<_>>() {
            let param = outer.params[at].value;
            let counter = cursor.func.dfg.append_block_param(header, types::I32);
            self.scalars.insert(param, counter);
        }
        let demand = &self.plans.demand;
        for block in &self.plans.nest.blocks[1..] {
            let to = self.blocks[block];
            for param in cursor.func.dfg.block_params(*block).to_vec() {
                let ty = cursor.func.dfg.value_type(param);
                if demand.scalars.contains(&param) {
                    let scalar = cursor.func.dfg.append_block_param(to, ty);
                    self.scalars.insert(param, scalar);
                }
                if demand.lanes.contains_key(&param) {
                    let all = (0..self.count(ty))
                        .map(|_| cursor.func.dfg.append_block_param(to, vector(ty)));
                    self.lanes.insert(param, all.collect());
                }
            }
        }
    }

    /// Fills a block.
    fn block(&mut self, cursor: &mut FuncCursor, block: Block, rest: Block) {
        cursor.goto_bottom(self.blocks[&block]);
        for param in cursor.func.dfg.block_params(block).to_vec() {
            self.made(cursor, param);
        }
        let insts: Vec<Inst> = cursor.func.layout.block_insts(block).collect();
        let (end, insts) = insts.split_last().expect("a block ends");
        for inst in insts {
            self.instruction(cursor, *inst);
        }
        match block == self.plans.nest.latch() {
            true => self.go_on(cursor, block, rest),
            false => self.branch(cursor, block, *end),
        }
    }

    /// Makes a block for what an inner loop stores once, behind its turns, if there is any.
    fn behind(&self, cursor: &mut FuncCursor, block: Block) -> Option<(Block, Vec<Inst>)> {
        let sinking = &self.plans.places.sinking;
        let insts = cursor.func.layout.block_insts(block);
        let sunk: Vec<Inst> = insts.filter(|it| sinking.get(it) == Some(&true)).collect();
        if sunk.is_empty() {
            return None;
        }
        let behind = cursor.func.dfg.make_block();
        let after = self.blocks[&block];
        cursor.func.layout.insert_block_after(behind, after);
        Some((behind, sunk))
    }

    /// Makes vectors of a value of lane 0 that all lanes follow from.
    fn made(&mut self, cursor: &mut FuncCursor, value: Value) {
        if let Some(by) = self.plans.demand.spread.get(&value)
            && !self.lanes.contains_key(&value)
            && let Some(scalar) = self.scalars.get(&value)
        {
            let all = self.spread(cursor, *scalar, *by);
            self.lanes.insert(value, all);
        }
    }

    fn instruction(&mut self, cursor: &mut FuncCursor, inst: Inst) {
        let Some(result) = cursor.func.dfg.inst_results(inst).first().copied() else {
            if !self.plans.places.sinking.contains_key(&inst) {
                self.store(cursor, inst);
            }
            return;
        };
        if self.plans.demand.scalars.contains(&result) {
            let args = cursor.func.dfg.inst_args(inst).to_vec();
            let args: Vec<Value> = args
                .into_iter()
                .map(|arg| self.scalar(cursor, arg))
                .collect();
            let copy = guard::copy(cursor, inst, &args);
            let copy = cursor.func.dfg.first_result(copy);
            self.scalars.insert(result, copy);
            self.made(cursor, result);
        }
        if let Some(way) = self.plans.demand.lanes.get(&result) {
            let all = self.all_lanes(cursor, way, result);
            self.lanes.insert(result, all);
        }
    }

    /// Gives a value of lane 0.
    fn scalar(&self, cursor: &FuncCursor, value: Value) -> Value {
        let value = cursor.func.dfg.resolve_aliases(value);
        match self.scalars.get(&value) {
            Some(scalar) => *scalar,
            None => self.before.hoisted(value),
        }
    }

    fn all_lanes(&self, cursor: &mut FuncCursor, way: &Way, value: Value) -> Vec<Value> {
        let lane = cursor.func.dfg.value_type(value);
        let ty = vector(lane);
        let of = |value: &Value, nth: u32| self.lanes[value][nth as usize];
        match way {
            Way::Param => unreachable!("an instruction is no parameter"),
            Way::Load(inst) => self.load(cursor, *inst, ty),
            Way::Gather(inst) => self.gather(cursor, *inst, ty),
            Way::Operation(opcode, args) => (0..self.count(lane))
                .map(|nth| {
                    let args: Vec<Value> = args.iter().map(|arg| of(arg, nth)).collect();
                    lanes::operation(cursor, *opcode, ty, &args)
                })
                .collect(),
            Way::Shift(opcode, shifted, by) => {
                let by = self.scalar(cursor, *by);
                (0..self.count(lane))
                    .map(|nth| lanes::operation(cursor, *opcode, ty, &[of(shifted, nth), by]))
                    .collect()
            }
            Way::Choice(comparison, args) => (0..self.count(lane))
                .map(|nth| {
                    let args = args.map(|arg| of(&arg, nth));
                    lanes::choice(cursor, *comparison, ty, args)
                })
                .collect(),
        }
    }

    /// Loads neighbours.
    fn load(&self, cursor: &mut FuncCursor, inst: Inst, ty: Type) -> Vec<Value> {
        let access = &self.plans.places.accesses[&inst];
        let flags = flags(cursor, inst);
        let address = self.scalar(cursor, access.address);
        let opcode = cursor.func.dfg.insts[inst].opcode();
        let step = access.size * i64::from(ty.lane_count());
        (0..self.count(ty.lane_type()))
            .map(|nth| {
                let offset = displacement(access.displacement + step * i64::from(nth));
                lanes::load(cursor, opcode, (ty, flags), (address, offset))
            })
            .collect()
    }

    /// Loads numbers at a distance from each other.
    fn gather(&self, cursor: &mut FuncCursor, inst: Inst, ty: Type) -> Vec<Value> {
        let mut lane = 0;
        let mut next = |cursor: &mut FuncCursor| {
            let copy = self.access(cursor, inst, lane, None);
            lane += 1;
            cursor.func.dfg.first_result(copy)
        };
        (0..self.count(ty.lane_type()))
            .map(|_| {
                let first = next(cursor);
                let mut whole = cursor.ins().scalar_to_vector(ty, first);
                for at in 1..ty.lane_count() as u8 {
                    let value = next(cursor);
                    whole = cursor.ins().insertlane(whole, value, at);
                }
                whole
            })
            .collect()
    }

    /// Copies an access for one lane, with what it stores.
    fn access(&self, cursor: &mut FuncCursor, inst: Inst, lane: i64, value: Option<Value>) -> Inst {
        let access = &self.plans.places.accesses[&inst];
        let address = self.scalar(cursor, access.address);
        let stride = self.plans.places.all[access.place].stride;
        let args: Vec<Value> = value.into_iter().chain([address]).collect();
        let copy = guard::copy(cursor, inst, &args);
        if let InstructionData::Load { offset, .. } | InstructionData::Store { offset, .. } =
            &mut cursor.func.dfg.insts[copy]
        {
            *offset = displacement(access.displacement + stride * lane).into();
        }
        copy
    }

    fn store(&self, cursor: &mut FuncCursor, inst: Inst) {
        let access = &self.plans.places.accesses[&inst];
        let stored = cursor
            .func
            .dfg
            .resolve_aliases(cursor.func.dfg.inst_args(inst)[0]);
        let all = &self.lanes[&stored];
        let opcode = cursor.func.dfg.insts[inst].opcode();
        let ty = cursor.func.dfg.value_type(stored);
        if stores_lanes(opcode, ty) && self.plans.places.all[access.place].stride == access.size {
            let address = self.scalar(cursor, access.address);
            let flags = flags(cursor, inst);
            let step = access.size * i64::from(vector(ty).lane_count());
            for (nth, value) in all.iter().enumerate() {
                let offset = displacement(access.displacement + step * nth as i64);
                lanes::store(cursor, opcode, (*value, flags), (address, offset));
            }
            return;
        }
        let mut lane = 0;
        for vector in all {
            let count = cursor.func.dfg.value_type(*vector).lane_count();
            for at in 0..count as u8 {
                let value = cursor.ins().extractlane(*vector, at);
                self.access(cursor, inst, lane, Some(value));
                lane += 1;
            }
        }
    }

    /// Ends a block as the nest's does.
    fn branch(&self, cursor: &mut FuncCursor, block: Block, inst: Inst) {
        let pool = &cursor.func.dfg.value_lists;
        match cursor.func.dfg.insts[inst] {
            InstructionData::Jump { destination, .. } => {
                let (to, args) = self.edge(cursor, destination.block(pool), destination.args(pool));
                cursor.ins().jump(to, &args);
            }
            InstructionData::Brif { arg, blocks, .. } => {
                let targets = blocks.map(|call| call.block(pool));
                let mut edges = blocks.map(|call| {
                    let args: Vec<BlockArg> = call.args(pool).collect();
                    self.edge(cursor, call.block(pool), args.into_iter())
                });
                let condition = self.scalar(cursor, arg);
                let sunk = self.behind(cursor, block);
                let mut out = None;
                if let Some((behind, _)) = &sunk
                    && let Some(at) = targets.iter().position(|target| *target != block)
                {
                    out = Some(std::mem::replace(&mut edges[at], (*behind, Vec::new())));
                }
                let [(yes, yes_args), (no, no_args)] = edges;
                cursor.ins().brif(condition, yes, &yes_args, no, &no_args);
                if let (Some((behind, stores)), Some((to, args))) = (sunk, out) {
                    cursor.goto_bottom(behind);
                    for store in stores {
                        self.store(cursor, store);
                    }
                    cursor.ins().jump(to, &args);
                }
            }
            _ => unreachable!("blocks of a nest end in jumps and branches"),
        }
    }

    /// Gives the block in lanes that an edge leads to, and what it is passed.
    fn edge(
        &self,
        cursor: &FuncCursor,
        to: Block,
        args: impl Iterator<Item = BlockArg>,
    ) -> (Block, Vec<BlockArg>) {
        let demand = &self.plans.demand;
        let dfg = &cursor.func.dfg;
        let mut passed: Vec<BlockArg> = Vec::new();
        for (param, arg) in dfg.block_params(to).iter().zip(args) {
            let value = arg.as_value().map(|value| dfg.resolve_aliases(value));
            if demand.scalars.contains(param) {
                let value = value.expect("what is needed is a value");
                passed.push(self.scalar(cursor, value).into());
            }
            if demand.lanes.contains_key(param) {
                let value = value.expect("what is needed is a value");
                passed.extend(
                    self.lanes[&value]
                        .iter()
                        .map(|value| BlockArg::from(*value)),
                );
            }
        }
        (self.blocks[&to], passed)
    }

    /// Ends the last block: back to the first as often as `check` has said.
    fn go_on(&self, cursor: &mut FuncCursor, latch: Block, rest: Block) {
        let outer = &self.plans.nest.outer;
        let header = self.blocks[&outer.block];
        debug_assert!(latch != outer.block);
        let left = cursor.func.dfg.block_params(header)[0];
        let one = cursor.ins().iconst(types::I64, -1);
        let left = cursor.ins().iadd(left, one);
        let mut args: Vec<BlockArg> = vec![left.into()];
        for at in self.counters() {
            let param = &outer.params[at];
            let step = param.step.unwrap_or(0) as u32;
            let by = i64::from(step.wrapping_mul(self.plans.lanes));
            let by = cursor.ins().iconst(types::I32, by);
            args.push(cursor.ins().iadd(self.scalars[&param.value], by).into());
        }
        cursor.ins().brif(left, header, &args, rest, &[]);
    }

    /// Fills `rest`: goes on with the nest as it was, or behind it if no turn is left.
    fn leave(&self, cursor: &mut FuncCursor, (count, times): (Number, Number)) {
        let outer = &self.plans.nest.outer;
        let args = self.counted(cursor, times);
        if !self.plans.takes_last {
            cursor.ins().jump(outer.block, &args);
            return;
        }
        let (out, out_args) = self.exit(cursor);
        let taken = times.times(cursor, self.plans.lanes.into());
        match count.minus(cursor, taken) {
            Number::Constant(0) => cursor.ins().jump(out, &out_args),
            Number::Constant(_) => cursor.ins().jump(outer.block, &args),
            left => {
                let left = left.value(cursor);
                cursor.ins().brif(left, outer.block, &args, out, &out_args)
            }
        };
    }

    /// Gives the block behind the nest, and what it is passed: values from before the nest.
    fn exit(&self, cursor: &FuncCursor) -> (Block, Vec<BlockArg>) {
        let func = &cursor.func;
        let nest = &self.plans.nest;
        let call = nest.exit(func).expect("a nest ends in a branch");
        let pool = &func.dfg.value_lists;
        (call.block(pool), call.args(pool).collect())
    }

    /// Computes what the nest as it was is passed behind the turns that were taken.
    fn counted(&self, cursor: &mut FuncCursor, times: Number) -> Vec<BlockArg> {
        let outer = &self.plans.nest.outer;
        let mut args: Vec<BlockArg> = Vec::new();
        for (at, param) in outer.params.iter().enumerate() {
            let start = self.before.params[at];
            let step = param.step.unwrap_or(0);
            let way = times.times(cursor, i64::from(self.plans.lanes) * i64::from(step));
            let value = match (self.before.start(outer, at), way) {
                (Number::Constant(start), Number::Constant(way)) => {
                    let sum = i64::from((start + way) as u32);
                    cursor.ins().iconst(types::I32, sum)
                }
                _ if step == 0 => start,
                (_, way) => {
                    let way = way.value(cursor);
                    let way = cursor.ins().ireduce(types::I32, way);
                    cursor.ins().iadd(start, way)
                }
            };
            args.push(value.into());
        }
        args
    }
}

/// Gives the type of a vector of these lanes.
fn vector(lane: Type) -> Type {
    lane.by(VECTOR / lane.bytes()).expect("lanes fill a vector")
}

fn displacement(bytes: i64) -> i32 {
    i32::try_from(bytes).expect("strides and offsets are short")
}

/// Gives an access's flags.
fn flags(cursor: &FuncCursor, inst: Inst) -> MemFlagsData {
    match cursor.func.dfg.insts[inst] {
        InstructionData::Load { flags, .. } | InstructionData::Store { flags, .. } => {
            cursor.func.dfg.mem_flags[flags]
        }
        _ => unreachable!("an access loads or stores"),
    }
}
