//! The instructions of several turns in a row, and which parts of memory they access.
//!
//! Accesses whose indices differ by a constant belong to one *stream*. In a turn of the loop, a stream's
//! accesses lie between `low` and `high` from where it begins, and it moves by `stride` each turn.

use super::super::addresses;
use super::affine::Sum;
use super::form::{Loop, is_access};
use cranelift_codegen::ir::{Function, Inst, InstructionData, Opcode, Type, Value, types};
use rustc_hash::FxHashMap;

/// The most bytes between accesses of one stream that are next to each other.
pub(super) const GAP: i64 = 4096;

/// The most bytes that a stream moves in a turn.
pub(super) const STRIDE: i32 = 1 << 20;
/// The most bytes that are added to an index.
pub(super) const OFFSET: i64 = 1 << 28;

/// The loop's body, as often as it is laid out.
pub(super) struct Body {
    /// Turns that are laid out one after the other.
    pub copies: usize,
    pub streams: Vec<Stream>,
    /// The instructions of one turn.
    insts: Vec<Read>,
    params: Vec<(Value, Value)>,
    /// The instruction that gives each value that is not the same in every turn.
    given: FxHashMap<Value, usize>,
    /// One for all that are equal, of values that are the same in every turn.
    canonical: FxHashMap<Value, Value>,
    /// Stores to one place that nothing loads from, and if each is the last of a turn to it.
    sinking: FxHashMap<usize, bool>,
}

/// An instruction, read once.
struct Read {
    inst: Inst,
    data: InstructionData,
    /// The type of what it gives or stores.
    ty: Type,
    /// The type of its first operand.
    operand: Type,
    args: Vec<Value>,
    access: Option<Access>,
}

/// Accesses at constant distances from each other.
pub(super) struct Stream {
    /// The index where it begins.
    pub start: Sum,
    /// The address of byte 0 of the memory.
    pub base: Value,
    pub stride: i64,
    /// Bytes from there to the first and behind the last that a turn accesses.
    pub low: i64,
    pub high: i64,
}

/// An access whose index is known as a sum.
struct Known {
    sum: Sum,
    /// Bytes that are added to the index without wrapping.
    offset: i64,
    base: Value,
    /// Its place in the body.
    index: usize,
}

impl Known {
    fn place(&self) -> i64 {
        i64::from(self.sum.constant) + self.offset
    }
}

/// An access to memory.
#[derive(Clone, Copy)]
pub(super) struct Access {
    pub is_store: bool,
    pub size: i64,
    /// The stream and the bytes from where it begins; `None` where the index follows no rule.
    pub place: Option<(usize, i64)>,
}

/// An instruction of one of the copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node {
    pub copy: usize,
    /// Its place in the body.
    pub index: usize,
}

/// A value that an instruction takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operand {
    Node(Node),
    /// A parameter as the first of the copies is given it.
    Param(usize),
    /// The same in every turn.
    Fixed(Value),
}

impl Body {
    /// Reads the body; `None` where it has no access whose index follows a rule.
    pub fn new(func: &Function, lp: &Loop) -> Option<Self> {
        let dfg = &func.dfg;
        let mut given = FxHashMap::default();
        let read = |(index, inst): (usize, &Inst)| {
            let result = dfg.inst_results(*inst).first().copied();
            if let Some(result) = result.filter(|result| !lp.is_invariant(func, *result)) {
                given.insert(result, index);
            }
            let args = dfg.inst_args(*inst).iter();
            let args: Vec<Value> = args.map(|arg| dfg.resolve_aliases(*arg)).collect();
            Read {
                inst: *inst,
                data: dfg.insts[*inst],
                ty: dfg.value_type(result.unwrap_or_else(|| args[0])),
                operand: args
                    .first()
                    .map_or(types::INVALID, |arg| dfg.value_type(*arg)),
                args,
                access: None,
            }
        };
        let insts = lp.body.iter().enumerate().map(read).collect();
        let mut body = Self {
            copies: 1,
            streams: Vec::new(),
            insts,
            params: lp
                .params
                .iter()
                .map(|param| (param.value, param.next))
                .collect(),
            given,
            canonical: FxHashMap::default(),
            sinking: FxHashMap::default(),
        };
        body.find_streams(func, lp);
        body.find_sinking();
        body.find_equals(func, lp);
        (!body.streams.is_empty()).then_some(body)
    }

    /// Counts the instructions of one turn.
    pub fn len(&self) -> usize {
        self.insts.len()
    }

    pub fn inst(&self, node: Node) -> Inst {
        self.insts[node.index].inst
    }

    pub fn data(&self, node: Node) -> InstructionData {
        self.insts[node.index].data
    }

    /// Gives the type of what an instruction gives or stores.
    pub fn ty(&self, node: Node) -> Type {
        self.insts[node.index].ty
    }

    /// Gives the type of an instruction's first operand.
    pub fn operand_type(&self, node: Node) -> Type {
        self.insts[node.index].operand
    }

    pub fn access(&self, node: Node) -> Option<Access> {
        self.insts[node.index].access
    }

    /// Gives where a copy's access lies: the stream, and the bytes from where it begins.
    pub fn place(&self, node: Node) -> Option<(usize, i64)> {
        let (stream, offset) = self.access(node)?.place?;
        let moved = self.streams[stream].stride * node.copy as i64;
        Some((stream, offset + moved))
    }

    /// Gives the operands of an instruction; of an access in a stream, without its address.
    pub fn operands(&self, node: Node) -> Vec<Operand> {
        let read = &self.insts[node.index];
        let args = match (read.access, read.data) {
            (Some(Access { place: Some(_), .. }), InstructionData::Load { .. }) => &[],
            (Some(Access { place: Some(_), .. }), _) => &read.args[..1],
            _ => &read.args[..],
        };
        args.iter()
            .map(|arg| self.operand(*arg, node.copy))
            .collect()
    }

    /// Gives a value as it is in a copy.
    fn operand(&self, value: Value, copy: usize) -> Operand {
        if let Some(param) = self.params.iter().position(|(param, _)| *param == value) {
            return match copy.checked_sub(1) {
                Some(before) => self.operand(self.params[param].1, before),
                None => Operand::Param(param),
            };
        }
        match self.given.get(&value) {
            Some(index) => Operand::Node(Node {
                copy,
                index: *index,
            }),
            None => Operand::Fixed(self.canonical.get(&value).copied().unwrap_or(value)),
        }
    }

    /// Gives what a parameter is passed behind all copies.
    pub fn passed(&self, param: usize) -> Operand {
        self.operand(self.params[param].1, self.copies - 1)
    }

    /// Gives the number of the instruction that gives a value in each turn, if it is not the same in all.
    pub fn giver(&self, value: Value) -> Option<Node> {
        let index = *self.given.get(&value)?;
        Some(Node { copy: 0, index })
    }

    /// Gives the values that an instruction takes, as they are written.
    pub fn args(&self, node: Node) -> &[Value] {
        &self.insts[node.index].args
    }

    /// Gives a parameter, and what the next turn is given for it.
    pub fn param(&self, at: usize) -> (Value, Value) {
        self.params[at]
    }

    /// Counts the parameters.
    pub fn params(&self) -> usize {
        self.params.len()
    }

    /// Gives a value as it is in a copy.
    pub fn value(&self, value: Value, copy: usize) -> Operand {
        self.operand(value, copy)
    }

    /// Counts how often each value is taken in a turn, and passed to the next.
    pub fn uses(&self) -> FxHashMap<Value, usize> {
        let args = self.insts.iter().flat_map(|read| read.args.iter());
        let next = self.params.iter().map(|(_, next)| next);
        let mut uses = FxHashMap::default();
        for value in args.chain(next) {
            *uses.entry(*value).or_default() += 1;
        }
        uses
    }

    /// Tells if a store can be made behind all turns if its stream is apart from all others: then if it is the last.
    pub fn sinks(&self, node: Node) -> Option<bool> {
        let is_last = *self.sinking.get(&node.index)?;
        Some(is_last && node.copy + 1 == self.copies)
    }

    /// Finds the streams that do not move, of which only one and the same number is accessed, by stores.
    fn find_sinking(&mut self) {
        let accesses = || {
            let insts = self.insts.iter().enumerate();
            insts.filter_map(|(index, read)| Some((index, read, read.access?)))
        };
        if accesses().any(|(.., access)| access.place.is_none()) {
            return;
        }
        let mut sinking = FxHashMap::default();
        for at in 0..self.streams.len() {
            let is_of = |access: Access| access.place.is_some_and(|(stream, _)| stream == at);
            let all: Vec<_> = accesses().filter(|(.., access)| is_of(*access)).collect();
            let [.., (last, first, place)] = all[..] else {
                continue;
            };
            let is_like = |read: &Read, access: Access| {
                // Integers would hold registers for all that is loaded meanwhile: 1.09 of the instructions of nussinov.
                read.data.opcode() == Opcode::Store
                    && read.ty.is_float()
                    && (read.ty, access.place) == (first.ty, place.place)
            };
            if self.streams[at].stride == 0 && all.iter().all(|(_, read, it)| is_like(read, *it)) {
                sinking.extend(all.iter().map(|(index, ..)| (*index, *index == last)));
            }
        }
        self.sinking = sinking;
    }

    /// Lists all instructions of all copies.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + use<> {
        let len = self.len();
        (0..self.copies).flat_map(move |copy| (0..len).map(move |index| Node { copy, index }))
    }

    fn find_streams(&mut self, func: &Function, lp: &Loop) {
        // Of each access with a known index: the sum, the bytes that are added to it, its place in the body.
        let mut known: Vec<Known> = Vec::new();
        for (index, inst) in lp.body.iter().enumerate() {
            if !is_access(func, *inst) {
                continue;
            }
            let (is_store, size) = size(func, *inst);
            self.insts[index].access = Some(Access {
                is_store,
                size,
                place: None,
            });
            let Some(access) = addresses::parse(func, *inst) else {
                continue;
            };
            let sum = Sum::of(func, lp, access.index);
            let is_short = |sum: &Sum| sum.stride(lp).is_some_and(|by| by.abs() <= STRIDE);
            if let Some(sum) = sum.filter(is_short)
                && (0..=OFFSET).contains(&access.offset)
            {
                known.push(Known {
                    sum,
                    offset: access.offset,
                    base: access.base,
                    index,
                });
            }
        }
        known.sort_by(|a, b| {
            let order = a.sum.terms.cmp(&b.sum.terms);
            order.then(a.place().cmp(&b.place()))
        });
        let is_near =
            |a: &Known, b: &Known| a.sum.terms == b.sum.terms && b.place() - a.place() <= GAP;
        for chunk in known.chunk_by(is_near) {
            self.add_stream(lp, chunk);
        }
    }

    fn add_stream(&mut self, lp: &Loop, accesses: &[Known]) {
        let first = accesses.iter().min_by_key(|access| access.sum.constant);
        let Some(first) = first else {
            return;
        };
        let (mut low, mut high) = (i64::MAX, 0);
        for known in accesses {
            let constant = i64::from(known.sum.constant) - i64::from(first.sum.constant);
            let from_start = constant + known.offset;
            if let Some(access) = &mut self.insts[known.index].access {
                access.place = Some((self.streams.len(), from_start));
                low = low.min(from_start);
                high = high.max(from_start + access.size);
            }
        }
        self.streams.push(Stream {
            start: first.sum.clone(),
            base: first.base,
            stride: first.sum.stride(lp).unwrap_or(0).into(),
            low,
            high,
        });
    }

    /// Finds constants and other values of the loop that are the same in every turn and equal each other.
    fn find_equals(&mut self, func: &Function, lp: &Loop) {
        let dfg = &func.dfg;
        let mut first: FxHashMap<(InstructionData, Type), Value> = FxHashMap::default();
        for inst in &lp.body {
            let Some(result) = dfg.inst_results(*inst).first().copied() else {
                continue;
            };
            if !lp.is_invariant(func, result) {
                continue;
            }
            let canonical = |value: Value| {
                let value = dfg.resolve_aliases(value);
                self.canonical.get(&value).copied().unwrap_or(value)
            };
            let mut data = dfg.insts[*inst];
            match &mut data {
                InstructionData::Unary { arg, .. } => *arg = canonical(*arg),
                InstructionData::Binary { args, .. } => *args = args.map(canonical),
                InstructionData::UnaryImm { .. }
                | InstructionData::UnaryIeee32 { .. }
                | InstructionData::UnaryIeee64 { .. } => {}
                _ => continue,
            }
            let key = (data, dfg.value_type(result));
            let equal = *first.entry(key).or_insert(result);
            self.canonical.insert(result, equal);
        }
    }
}

/// Tells if an access stores, and how many bytes it accesses.
pub(super) fn size(func: &Function, inst: Inst) -> (bool, i64) {
    let dfg = &func.dfg;
    let data = dfg.insts[inst];
    let value = match data {
        InstructionData::Store { args, .. } => args[0],
        _ => dfg.first_result(inst),
    };
    let size = match data.opcode() {
        Opcode::Uload8 | Opcode::Sload8 | Opcode::Istore8 => 1,
        Opcode::Uload16 | Opcode::Sload16 | Opcode::Istore16 => 2,
        Opcode::Uload32 | Opcode::Sload32 | Opcode::Istore32 => 4,
        Opcode::Load | Opcode::Store => dfg.value_type(value).bytes().into(),
        // The others load 8 bytes and widen each.
        _ => 8,
    };
    (data.opcode().can_store(), size)
}
