//! The vectors that groups of parameters and what they are made of become.

use super::super::super::values;
use super::super::form::Loop;
use super::super::pack::is_lanewise;
use super::LANES;
use super::group::{self, Likeness};
use cranelift_codegen::ir::{Function, InstructionData, Opcode, Value, types};
use rustc_hash::FxHashMap;

/// The least number of instructions that must become fewer.
const INSTRUCTIONS: usize = 24;

/// Numbers next to each other in a vector.
pub(super) type Lanes = [Value; LANES];

/// The way a vector comes to be; others are given by their places among all.
#[derive(Clone, Debug)]
pub(super) enum Row {
    /// A group of parameters.
    Param(usize),
    /// One number, the same in every turn.
    Splat(Value),
    Operation(Opcode, [usize; 2]),
    /// A shift or rotation to the left of all lanes by a constant.
    Shift(Opcode, usize, u8),
    /// The lanes of another in another order.
    Shuffle(usize, [u8; LANES]),
}

/// All vectors of a loop.
pub(super) struct Rows {
    /// Each behind those that it is made of.
    pub all: Vec<Row>,
    lanes: Vec<Lanes>,
    /// Of each group: the parameters in the order of lanes, and the vector that the next turn is given.
    pub groups: Vec<(Lanes, usize)>,
}

struct Search<'a> {
    likeness: Likeness<'a>,
    rows: Vec<Row>,
    lanes: Vec<Lanes>,
    /// Of each group: the order that lanes have, once a vector of them is needed.
    orders: Vec<Option<Lanes>>,
    /// Vectors that are no shuffles, by their lanes, sorted.
    found: FxHashMap<Lanes, usize>,
}

impl Rows {
    /// Finds the vectors of a loop, if all of its groups become some.
    pub fn find(func: &Function, lp: &Loop) -> Option<Self> {
        let groups = group::groups(func, lp);
        if groups.len() < 2 {
            return None;
        }
        let of = |(nth, group): (usize, &Vec<usize>)| {
            let values = group.iter().map(|at| lp.params[*at].value);
            values.map(|value| (value, nth)).collect::<Vec<_>>()
        };
        let by_param = groups.iter().enumerate().flat_map(of).collect();
        let mut search = Search {
            likeness: Likeness {
                func,
                lp,
                groups: by_param,
            },
            rows: Vec::new(),
            lanes: Vec::new(),
            orders: vec![None; groups.len()],
            found: FxHashMap::default(),
        };
        let mut found = Vec::new();
        for (nth, group) in groups.iter().enumerate() {
            let lanes = match search.orders[nth] {
                Some(order) => order,
                None => {
                    let lanes: Vec<Value> = group.iter().map(|at| lp.params[*at].value).collect();
                    let lanes = lanes.try_into().ok()?;
                    search.vector(lanes)?;
                    lanes
                }
            };
            let next = lanes.map(|value| lp.param(value).map(|at| lp.params[at].next));
            let next: Vec<Value> = next.into_iter().collect::<Option<_>>()?;
            found.push((lanes, search.vector(next.try_into().ok()?)?));
        }
        Some(Self {
            all: search.rows,
            lanes: search.lanes,
            groups: found,
        })
    }

    /// Lists the numbers in vectors, and where each is: the vector, and the lane.
    pub fn places(&self) -> impl Iterator<Item = (Value, (usize, u8))> {
        let rows = self.all.iter().zip(&self.lanes).enumerate();
        let rows = rows.filter(|(_, (row, _))| !matches!(row, Row::Splat(_) | Row::Shuffle(..)));
        rows.flat_map(|(at, (_, lanes))| {
            let lanes = lanes.iter().zip(0_u8..);
            lanes.map(move |(value, lane)| (*value, (at, lane)))
        })
    }

    /// Tells if the vectors take far fewer instructions than the numbers.
    pub fn pays(&self) -> bool {
        let cost = |row: &Row| match row {
            Row::Param(_) | Row::Splat(_) => (0, 0),
            Row::Operation(..) => (LANES, 1),
            Row::Shift(Opcode::Rotl, ..) => (LANES, 3),
            Row::Shift(..) => (LANES, 1),
            Row::Shuffle(..) => (0, 1),
        };
        let costs = self.all.iter().map(cost);
        let (before, after) = costs.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        before >= INSTRUCTIONS && 10 * after <= 7 * before
    }
}

impl Search<'_> {
    fn add(&mut self, row: Row, lanes: Lanes) -> usize {
        self.rows.push(row);
        self.lanes.push(lanes);
        self.rows.len() - 1
    }

    /// Gives the vector of these lanes.
    fn vector(&mut self, lanes: Lanes) -> Option<usize> {
        let func = self.likeness.func;
        let lanes = lanes.map(|value| func.dfg.resolve_aliases(value));
        if lanes
            .iter()
            .any(|value| func.dfg.value_type(*value) != types::I32)
        {
            return None;
        }
        if self.likeness.lp.is_invariant(func, lanes[0]) {
            let first = self.likeness.of(lanes[0]);
            let is_constant = values::constant(func, lanes[0]).is_some();
            let is_same = |value: &Value| {
                *value == lanes[0] || (is_constant && self.likeness.of(*value) == first)
            };
            let is_known = lanes.iter().all(is_same);
            return is_known.then(|| self.add(Row::Splat(lanes[0]), lanes));
        }
        let mut key = lanes;
        key.sort_unstable();
        if key.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        if let Some(found) = self.found.get(&key).copied() {
            return self.shuffled(found, lanes);
        }
        let made = match self.group(lanes) {
            Some(group) => {
                if self.orders[group].is_some() {
                    return None;
                }
                self.orders[group] = Some(lanes);
                self.add(Row::Param(group), lanes)
            }
            None => {
                let (row, order) = self.operation(lanes)?;
                let made = self.add(row, order);
                self.found.insert(key, made);
                return self.shuffled(made, lanes);
            }
        };
        self.found.insert(key, made);
        Some(made)
    }

    /// Gives the group that all lanes are parameters of.
    fn group(&self, lanes: Lanes) -> Option<usize> {
        let group = *self.likeness.groups.get(&lanes[0])?;
        let is_of = |value: &Value| self.likeness.groups.get(value) == Some(&group);
        lanes.iter().all(is_of).then_some(group)
    }

    /// Gives the vector that has the lanes of another in this order.
    fn shuffled(&mut self, from: usize, lanes: Lanes) -> Option<usize> {
        if self.lanes[from] == lanes {
            return Some(from);
        }
        let place = |value: Value| self.lanes[from].iter().position(|it| *it == value);
        let mut order = [0; LANES];
        for (to, value) in order.iter_mut().zip(lanes) {
            *to = place(value)? as u8;
        }
        let is_it = |row: &Row| matches!(row, Row::Shuffle(of, by) if (*of, *by) == (from, order));
        match self.rows.iter().position(is_it) {
            Some(known) => Some(known),
            None => Some(self.add(Row::Shuffle(from, order), lanes)),
        }
    }

    /// Gives the one operation that all lanes are results of, and the order of lanes in which its first operand needs
    /// no shuffle.
    fn operation(&mut self, lanes: Lanes) -> Option<(Row, Lanes)> {
        let rows = self.operands(lanes)?;
        let first = self.vector(rows.1.map(|row| row[0]))?;
        let mut order = lanes;
        let mut operands = rows.1;
        if let Row::Shuffle(_, by) = self.rows[first] {
            for (at, to) in by.iter().enumerate() {
                order[*to as usize] = lanes[at];
                operands[*to as usize] = rows.1[at];
            }
        }
        let first = self.vector(operands.map(|row| row[0]))?;
        let opcode = rows.0;
        if matches!(
            opcode,
            Opcode::Rotl | Opcode::Ishl | Opcode::Ushr | Opcode::Sshr
        ) {
            let func = self.likeness.func;
            let by = operands.map(|row| values::constant(func, row[1]));
            let is_same = by.iter().all(|other| *other == by[0]);
            let by = by[0].filter(|_| is_same)? & 31;
            return Some((Row::Shift(opcode, first, by as u8), order));
        }
        let second = self.vector(operands.map(|row| row[1]))?;
        Some((Row::Operation(opcode, [first, second]), order))
    }

    /// Gives the operation of all lanes and its operands, like ones in the same place.
    fn operands(&self, lanes: Lanes) -> Option<(Opcode, [[Value; 2]; LANES])> {
        let (func, lp) = (self.likeness.func, self.likeness.lp);
        let mut all = [[lanes[0]; 2]; LANES];
        let mut opcodes = [Opcode::Nop; LANES];
        for ((to, opcode), value) in all.iter_mut().zip(&mut opcodes).zip(lanes) {
            let inst = func.dfg.value_def(value).inst()?;
            let is_inside = func.layout.inst_block(inst) == Some(lp.block);
            let InstructionData::Binary { opcode: of, args } = func.dfg.insts[inst] else {
                return None;
            };
            *opcode = of;
            *to = args.map(|arg| func.dfg.resolve_aliases(arg));
            is_inside.then_some(())?;
        }
        let opcode = opcodes[0];
        let is_shift = matches!(
            opcode,
            Opcode::Rotl | Opcode::Ishl | Opcode::Ushr | Opcode::Sshr
        );
        if opcodes.iter().any(|other| *other != opcode)
            || !(is_shift || is_lanewise(opcode, types::I32))
        {
            return None;
        }
        if matches!(
            opcode,
            Opcode::Iadd | Opcode::Imul | Opcode::Band | Opcode::Bor | Opcode::Bxor
        ) {
            let like = all[0].map(|value| self.likeness.of(value));
            for row in &mut all[1..] {
                let other = row.map(|value| self.likeness.of(value));
                if other != like && [other[1], other[0]] == like {
                    row.swap(0, 1);
                }
            }
        }
        Some((opcode, all))
    }
}
