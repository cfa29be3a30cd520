//! Emits the fast form of a loop: several turns at once, with vectors where packs were found.

use super::body::{Body, Node, Operand};
use super::form::Loop;
use super::guard::{self, Before, Begin};
use super::lanes;
use super::number::{Conditions, Number};
use super::order::{Item, Schedule};
use super::pack::{Kind, Packs, Reduction, VectorId};
use crate::plan::Plan;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Block, BlockArg, Function, InstBuilder, InstructionData, MemFlagsData, Type, Value, types,
};
use rustc_hash::FxHashMap;

/// Puts the fast form in front of a loop.
pub(super) fn emit(
    plan: &Plan,
    func: &mut Function,
    (lp, body): (&Loop, &Body),
    (packs, schedule): (&Packs, &Schedule),
) {
    let (guard, mut before) = Before::new(func, lp);
    let [check, turns, rest] = [(); 3].map(|()| {
        let block = func.dfg.make_block();
        func.layout.insert_block(block, lp.block);
        block
    });
    let mut cursor = FuncCursor::new(func).at_bottom(guard);
    let mut conditions = Conditions::default();
    let limits = before.limits(&mut cursor, lp);
    let last = guard::last_turn(&mut cursor, lp, limits, &mut conditions);
    let times = last.divided(&mut cursor, body.copies as i64);
    conditions.compare(
        &mut cursor,
        IntCC::SignedGreaterThan,
        times,
        Number::Constant(0),
    );
    guard::branch(&mut cursor, conditions, (check, &[]), (lp, &before));

    cursor.goto_bottom(check);
    let mut conditions = Conditions::default();
    let given = (lp, body, &mut before);
    let apart = &schedule.apart;
    let streams = guard::prove(plan, &mut cursor, given, last, apart, &mut conditions);
    let mut turn = Turn::new((lp, body, packs), before, (streams, times));
    turn.prepare(&mut cursor, schedule);
    let entry = turn.entry(&mut cursor, turns);
    guard::branch(&mut cursor, conditions, (turns, &entry), (lp, &turn.before));

    cursor.goto_bottom(turns);
    for item in &schedule.items {
        turn.emit(&mut cursor, *item);
    }
    turn.go_on(&mut cursor, turns, rest);
    cursor.goto_bottom(rest);
    for node in &schedule.sunk {
        turn.scalar(&mut cursor, *node);
    }
    turn.leave(&mut cursor, rest);
}

/// The emission of a turn.
struct Turn<'a> {
    lp: &'a Loop,
    body: &'a Body,
    packs: &'a Packs,
    before: Before,
    /// The begin of each stream.
    streams: Vec<Begin>,
    /// The number of times that `turns` runs.
    times: Number,
    scalars: FxHashMap<Node, Value>,
    vectors: FxHashMap<VectorId, Value>,
    /// What reductions have added up, by their parameters.
    sums: FxHashMap<usize, Value>,
    /// The way that streams of each stride have come.
    ways: Vec<Way>,
    /// The end of the first of these ways.
    end: Option<Value>,
    /// Parameters that `turns` has, too: but for what counts and is used for addresses only.
    carried: Vec<bool>,
    /// The loop's parameters as the first copy is given them, as far as anything takes them.
    params: Vec<Option<Value>>,
}

struct Way {
    stride: i64,
    /// Bytes; none of it in the first turn.
    so_far: Value,
}

impl<'a> Turn<'a> {
    fn new(
        (lp, body, packs): (&'a Loop, &'a Body, &'a Packs),
        before: Before,
        (streams, times): (Vec<Begin>, Number),
    ) -> Self {
        Self {
            params: vec![None; lp.params.len()],
            carried: lp.params.iter().map(|param| param.step.is_none()).collect(),
            end: None,
            lp,
            body,
            packs,
            before,
            streams,
            times,
            scalars: FxHashMap::default(),
            vectors: FxHashMap::default(),
            sums: FxHashMap::default(),
            ways: Vec::new(),
        }
    }

    /// Computes before the loop what is the same in every turn.
    fn prepare(&mut self, cursor: &mut FuncCursor, schedule: &Schedule) {
        let sunk = schedule.sunk.iter().map(|node| Item::Scalar(*node));
        for item in sunk.chain(schedule.items.iter().copied()) {
            let operands = match &item {
                Item::Scalar(node) => self.body.operands(*node),
                Item::Store(_) | Item::Reduction(_) => Vec::new(),
                Item::Vector(vector) => match &self.packs.vectors[*vector].kind {
                    Kind::Gather(operands) => operands.clone(),
                    Kind::Splat(operand) | Kind::Shift(.., operand) => vec![*operand],
                    Kind::Load(_) | Kind::Operation(..) | Kind::Choice(..) => Vec::new(),
                },
            };
            for operand in operands {
                self.need(cursor, operand);
            }
            if let Item::Vector(vector) = item
                && self.packs.vectors[vector].is_fixed()
            {
                let value = self.vector(cursor, vector);
                self.vectors.insert(vector, value);
            }
        }
        for (at, param) in self.lp.params.iter().enumerate() {
            if param.step.is_none() {
                self.need(cursor, self.body.passed(at));
            }
        }
    }

    fn need(&mut self, cursor: &mut FuncCursor, operand: Operand) {
        match operand {
            Operand::Fixed(value) => {
                self.before.hoist(cursor, self.lp, value);
            }
            Operand::Param(param) => self.carried[param] |= self.lp.params[param].step != Some(0),
            Operand::Node(_) => {}
        }
    }

    /// Gives `turns` its parameters, and what it is passed first.
    fn entry(&mut self, cursor: &mut FuncCursor, turns: Block) -> Vec<BlockArg> {
        let mut args: Vec<BlockArg> = Vec::new();
        let mut strides: Vec<i64> = self
            .body
            .streams
            .iter()
            .map(|stream| stream.stride)
            .collect();
        strides.retain(|stride| *stride != 0);
        strides.sort_unstable();
        strides.dedup();
        if strides.is_empty() {
            // Something must count.
            strides.push(1);
        }
        let by = strides[0] * self.body.copies as i64;
        self.end = Some(self.times.times(cursor, by).value(cursor));
        for stride in strides {
            let so_far = cursor.func.dfg.append_block_param(turns, types::I64);
            args.push(cursor.ins().iconst(types::I64, 0).into());
            self.ways.push(Way { stride, so_far });
        }
        for (at, param) in self.lp.params.iter().enumerate() {
            if param.step == Some(0) {
                self.params[at] = Some(self.before.params[at]);
            }
            if !self.carried[at] {
                continue;
            }
            let (mut ty, mut start) = (
                cursor.func.dfg.value_type(param.value),
                self.before.params[at],
            );
            if let Some(reduction) = self.packs.reduction(at) {
                let reduction = &self.packs.reductions[reduction];
                ty = vector_of(reduction.ty);
                start = lanes::start(cursor, reduction.rule, ty, start);
            }
            self.params[at] = Some(cursor.func.dfg.append_block_param(turns, ty));
            args.push(start.into());
        }
        args
    }

    fn vector_type(&self, vector: VectorId) -> Type {
        vector_of(self.packs.vectors[vector].lane)
    }

    fn emit(&mut self, cursor: &mut FuncCursor, item: Item) {
        match item {
            Item::Scalar(node) => self.scalar(cursor, node),
            Item::Vector(vector) => {
                if !self.vectors.contains_key(&vector) {
                    let value = self.vector(cursor, vector);
                    self.vectors.insert(vector, value);
                }
            }
            Item::Reduction(at) => {
                let Reduction {
                    param,
                    rule,
                    vectors,
                    ..
                } = &self.packs.reductions[at];
                let mut sum = self.params[*param].expect("it is carried");
                for vector in vectors {
                    sum = lanes::add(cursor, *rule, sum, self.vectors[vector]);
                }
                self.sums.insert(*param, sum);
            }
            Item::Store(store) => {
                let store = &self.packs.stores[store];
                let value = self.vectors[&store.value];
                let (address, offset) = self.address(cursor, store.nodes[0]);
                let flags = self.flags(cursor, store.nodes[0]);
                let opcode = self.body.data(store.nodes[0]).opcode();
                lanes::store(cursor, opcode, (value, flags), (address, offset));
            }
        }
    }

    fn scalar(&mut self, cursor: &mut FuncCursor, node: Node) {
        let operands = self.body.operands(node);
        let mut args: Vec<Value> = operands
            .iter()
            .map(|operand| self.operand(*operand))
            .collect();
        let inst = self.body.inst(node);
        let place = self.body.place(node).map(|_| self.address(cursor, node));
        args.extend(place.map(|(address, _)| address));
        let copy = guard::copy(cursor, inst, &args);
        let dfg = &mut cursor.func.dfg;
        if let Some((_, displacement)) = place
            && let InstructionData::Load { offset, .. } | InstructionData::Store { offset, .. } =
                &mut dfg.insts[copy]
        {
            *offset = displacement.into();
        }
        let value = dfg.inst_results(copy).first();
        self.scalars.extend(value.map(|value| (node, *value)));
    }

    fn operand(&self, operand: Operand) -> Value {
        match operand {
            Operand::Node(node) => self.scalars[&node],
            Operand::Param(param) => self.params[param].expect("prepared"),
            Operand::Fixed(value) => self.before.hoisted(value),
        }
    }

    fn vector(&mut self, cursor: &mut FuncCursor, vector: VectorId) -> Value {
        let ty = self.vector_type(vector);
        match &self.packs.vectors[vector].kind {
            Kind::Splat(operand) => {
                let value = self.operand(*operand);
                cursor.ins().splat(ty, value)
            }
            Kind::Gather(operands) => {
                let values: Vec<Value> = operands
                    .iter()
                    .map(|operand| self.operand(*operand))
                    .collect();
                let mut whole = cursor.ins().scalar_to_vector(ty, values[0]);
                for (value, lane) in values[1..].iter().zip(1..) {
                    whole = cursor.ins().insertlane(whole, *value, lane);
                }
                whole
            }
            Kind::Load(nodes) => {
                let (address, offset) = self.address(cursor, nodes[0]);
                let flags = self.flags(cursor, nodes[0]);
                let opcode = self.body.data(nodes[0]).opcode();
                lanes::load(cursor, opcode, (ty, flags), (address, offset))
            }
            Kind::Operation(opcode, _, args) => {
                let args: Vec<Value> = args.iter().map(|arg| self.vectors[arg]).collect();
                lanes::operation(cursor, *opcode, ty, &args)
            }
            Kind::Choice(comparison, _, args) => {
                lanes::choice(cursor, *comparison, ty, args.map(|arg| self.vectors[&arg]))
            }
            Kind::Shift(opcode, _, value, by) => {
                let args = [self.vectors[value], self.operand(*by)];
                lanes::operation(cursor, *opcode, ty, &args)
            }
        }
    }

    /// Gives where an access goes.
    fn address(&self, cursor: &mut FuncCursor, node: Node) -> (Value, i32) {
        let (stream, offset) = self.body.place(node).expect("of a stream");
        let (start, base) = self.streams[stream];
        let stride = self.body.streams[stream].stride;
        let way = self.ways.iter().find(|way| way.stride == stride);
        let index = match way.filter(|_| stride != 0) {
            Some(way) => cursor.ins().iadd(start, way.so_far),
            None => start,
        };
        // A constant base becomes part of the displacement only if it is added last.
        let address = match base {
            Some(base) => cursor.ins().iadd(index, base),
            None => index,
        };
        (address, i32::try_from(offset).expect("streams are short"))
    }

    fn flags(&self, cursor: &FuncCursor, node: Node) -> MemFlagsData {
        let dfg = &cursor.func.dfg;
        match self.body.data(node) {
            InstructionData::Load { flags, .. } | InstructionData::Store { flags, .. } => {
                dfg.mem_flags[flags]
            }
            _ => unreachable!("an access loads or stores"),
        }
    }

    /// Ends `turns`.
    fn go_on(&mut self, cursor: &mut FuncCursor, turns: Block, rest: Block) {
        let copies = self.body.copies as i64;
        let (mut back, mut out): (Vec<BlockArg>, Vec<BlockArg>) = (Vec::new(), Vec::new());
        for way in &self.ways {
            let by = cursor.ins().iconst(types::I64, way.stride * copies);
            back.push(cursor.ins().iadd(way.so_far, by).into());
        }
        let condition = match (back[0].as_value(), self.end) {
            // Compared by order, because Cranelift turns `!=` into a comparison of the number before, so that
            // both need a register.
            (Some(next), Some(end)) if self.ways[0].stride < 0 => {
                cursor.ins().icmp(IntCC::SignedGreaterThan, next, end)
            }
            (Some(next), Some(end)) => cursor.ins().icmp(IntCC::SignedLessThan, next, end),
            _ => unreachable!("something counts"),
        };
        for (at, param) in self.lp.params.iter().enumerate() {
            let Some(value) = self.params[at].filter(|_| self.carried[at]) else {
                continue;
            };
            let next = match param.step {
                Some(step) => {
                    let by = i64::from((step as u32).wrapping_mul(copies as u32));
                    let by = cursor.ins().iconst(types::I32, by);
                    cursor.ins().iadd(value, by)
                }
                None if self.sums.contains_key(&at) => self.sums[&at],
                None => self.operand(self.body.passed(at)),
            };
            back.push(next.into());
            out.push(next.into());
        }
        cursor.ins().brif(condition, turns, &back, rest, &out);
    }

    /// Fills `rest`: goes on with the loop as it was.
    fn leave(&mut self, cursor: &mut FuncCursor, rest: Block) {
        let copies = self.body.copies as i64;
        let mut args: Vec<BlockArg> = Vec::new();
        for (at, param) in self.lp.params.iter().enumerate() {
            let start = self.before.params[at];
            let value = match param.step {
                _ if self.sums.contains_key(&at) => {
                    let ty = cursor.func.dfg.value_type(self.sums[&at]);
                    let rule = self.packs.reduction(at);
                    let rule = self.packs.reductions[rule.expect("it has a sum")].rule;
                    let all = cursor.func.dfg.append_block_param(rest, ty);
                    lanes::reduce(cursor, rule, all)
                }
                _ if self.carried[at] => {
                    let ty = cursor.func.dfg.value_type(param.value);
                    cursor.func.dfg.append_block_param(rest, ty)
                }
                Some(0) | None => start,
                Some(step) => {
                    let way = self.times.times(cursor, copies * i64::from(step));
                    match (self.before.start(self.lp, at), way) {
                        (Number::Constant(start), Number::Constant(way)) => {
                            let sum = i64::from((start + way) as u32);
                            cursor.ins().iconst(types::I32, sum)
                        }
                        (_, way) => {
                            let way = way.value(cursor);
                            let way = cursor.ins().ireduce(types::I32, way);
                            cursor.ins().iadd(start, way)
                        }
                    }
                }
            };
            args.push(value.into());
        }
        cursor.ins().jump(self.lp.block, &args);
    }
}

/// Gives the type of a vector of these lanes.
fn vector_of(lane: Type) -> Type {
    lane.by(16 / lane.bytes()).expect("lanes fill a vector")
}
