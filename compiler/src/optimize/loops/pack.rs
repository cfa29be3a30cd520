//! Finds groups of equal instructions on neighbouring data, which one instruction on a vector can do.
//!
//! It starts from stores that are next to each other, and follows what they store: where all lanes are
//! given by the same operation, that becomes one on vectors, and its operands are looked at; loads that are
//! next to each other become one; what else there is is put together lane by lane, at a price. Larsen and
//! Amarasinghe, "Exploiting superword level parallelism with multimedia instruction sets", PLDI 2000.
//!
//! Lanes of vectors are computed as their scalar operations are, to the bit, but for the payload of a NaN,
//! which the specification leaves open.

use super::body::{Body, Node, Operand};
use super::reduce::{Rule, Sum};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstructionData, Opcode, Type, types};
use rustc_hash::FxHashMap;

/// Bytes of a vector.
const VECTOR: i64 = 16;

/// Instructions that cut lanes to their low parts.
pub(super) const CUTTING: i64 = 4;

/// A vector, by its place among all.
pub(super) type VectorId = usize;

/// The way a vector comes to be.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// One value in every lane.
    Splat(Operand),
    /// Values put together.
    Gather(Vec<Operand>),
    Load(Vec<Node>),
    /// An operation of this opcode on each lane; the nodes that it stands for.
    Operation(Opcode, Vec<Node>, Vec<VectorId>),
    /// A shift of all lanes by the same.
    Shift(Opcode, Vec<Node>, VectorId, Operand),
    /// One of two, by a comparison of two others.
    Choice(Comparison, Vec<Node>, [VectorId; 4]),
}

/// A comparison of lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Int(IntCC),
    Float(FloatCC),
}

/// A vector.
#[derive(Clone, Debug)]
pub(super) struct Vector {
    pub kind: Kind,
    /// The type of a lane.
    pub lane: Type,
}

/// Stores that become one.
pub(super) struct Store {
    pub nodes: Vec<Node>,
    pub value: VectorId,
}

/// Terms that are added up in lanes.
pub(super) struct Reduction {
    pub param: usize,
    pub rule: Rule,
    pub ty: Type,
    pub vectors: Vec<VectorId>,
}

/// All vectors of a body.
#[derive(Default)]
pub(super) struct Packs {
    pub vectors: Vec<Vector>,
    pub stores: Vec<Store>,
    pub reductions: Vec<Reduction>,
    found: FxHashMap<(Vec<Operand>, Type), VectorId>,
}

impl Packs {
    /// Finds the packs of a body that pay.
    pub fn find(body: &Body, sums: &[Sum]) -> Self {
        let mut packs = Self::default();
        for sum in sums {
            packs.add_sum(body, sum);
        }
        for nodes in seeds(body) {
            let (vectors, found) = (packs.vectors.len(), packs.found.clone());
            let lanes: Vec<Operand> = nodes.iter().map(|node| body.operands(*node)[0]).collect();
            let lane = body.ty(nodes[0]);
            let value = packs.vector(body, &lanes, lane);
            let new = packs.vectors[vectors..].iter();
            let cut = match body.data(nodes[0]).opcode() {
                Opcode::Store => 0,
                _ => CUTTING,
            };
            let less = nodes.len() as i64 - 1 - cut;
            let gain = new.map(|vector| vector.gain()).sum::<i64>() + less;
            if gain > 0 {
                packs.stores.push(Store { nodes, value });
            } else {
                packs.vectors.truncate(vectors);
                packs.found = found;
            }
        }
        packs
    }

    /// Tells if there is nothing in vectors.
    pub fn is_empty(&self) -> bool {
        self.stores.is_empty() && self.reductions.is_empty()
    }

    /// Gives the reduction of a parameter.
    pub fn reduction(&self, param: usize) -> Option<usize> {
        self.reductions.iter().position(|it| it.param == param)
    }

    /// Adds the reduction of a sum, if it pays.
    fn add_sum(&mut self, body: &Body, sum: &Sum) {
        let lanes = (VECTOR / i64::from(sum.ty.bytes())) as usize;
        let terms = sum.terms(body);
        if !terms.len().is_multiple_of(lanes) {
            return;
        }
        let (vectors, found) = (self.vectors.len(), self.found.clone());
        let rows = terms.chunks(lanes);
        let all: Vec<VectorId> = rows.map(|row| self.vector(body, row, sum.ty)).collect();
        let new = self.vectors[vectors..].iter();
        let less = (terms.len() - all.len()) as i64;
        if new.map(|vector| vector.gain()).sum::<i64>() + less > 0 {
            self.reductions.push(Reduction {
                param: sum.param,
                rule: sum.rule,
                ty: sum.ty,
                vectors: all,
            });
        } else {
            self.vectors.truncate(vectors);
            self.found = found;
        }
    }

    fn vector(&mut self, body: &Body, lanes: &[Operand], lane: Type) -> VectorId {
        let key = (lanes.to_vec(), lane);
        if let Some(id) = self.found.get(&key) {
            return *id;
        }
        let kind = match lanes.iter().all(|operand| *operand == lanes[0]) {
            true => Kind::Splat(lanes[0]),
            false => self
                .isomorphic(body, lanes, lane)
                .unwrap_or_else(|| Kind::Gather(lanes.to_vec())),
        };
        let id = self.vectors.len();
        self.vectors.push(Vector { kind, lane });
        self.found.insert(key, id);
        id
    }

    /// Gives the one operation that all lanes are results of, if there is one.
    fn isomorphic(&mut self, body: &Body, lanes: &[Operand], lane: Type) -> Option<Kind> {
        let node = |operand: &Operand| match operand {
            Operand::Node(node) => Some(*node),
            _ => None,
        };
        let nodes: Vec<Node> = lanes.iter().map(node).collect::<Option<_>>()?;
        let opcode = body.data(nodes[0]).opcode();
        if nodes.iter().any(|node| body.data(*node).opcode() != opcode) {
            return None;
        }
        if loads_lanes(opcode, lane) {
            return are_adjacent(body, &nodes).then_some(Kind::Load(nodes));
        }
        let operands: Vec<Vec<Operand>> = nodes.iter().map(|node| body.operands(*node)).collect();
        match opcode {
            Opcode::Select => self.choice(body, nodes, lane),
            Opcode::Ishl | Opcode::Ushr | Opcode::Sshr if lane.is_int() => {
                let by = operands[0][1];
                let is_same = matches!(by, Operand::Fixed(_))
                    && operands.iter().all(|operands| operands[1] == by);
                is_same.then(|| {
                    let value = self.vector(body, &column(&operands, 0), lane);
                    Kind::Shift(opcode, nodes, value, by)
                })
            }
            _ if is_lanewise(opcode, lane) => {
                let mut operands = operands;
                if is_commutative(opcode) {
                    align(body, &mut operands);
                }
                let args = (0..operands[0].len())
                    .map(|at| self.vector(body, &column(&operands, at), lane))
                    .collect();
                Some(Kind::Operation(opcode, nodes, args))
            }
            _ => None,
        }
    }

    /// Gives the choice that all lanes make by one comparison of lanes that are as wide.
    fn choice(&mut self, body: &Body, nodes: Vec<Node>, lane: Type) -> Option<Kind> {
        let comparisons: Vec<Node> = nodes
            .iter()
            .map(|node| comparison(body, body.operands(*node)[0]))
            .collect::<Option<_>>()?;
        let kind = |node: &Node| match body.data(*node) {
            InstructionData::IntCompare { cond, .. } => Some(Comparison::Int(cond)),
            InstructionData::FloatCompare { cond, .. } => Some(Comparison::Float(cond)),
            _ => None,
        };
        let first = kind(&comparisons[0])?;
        let compared = body.operand_type(comparisons[0]);
        let is_same =
            |node: &Node| kind(node) == Some(first) && body.operand_type(*node) == compared;
        if compared.bits() != lane.bits() || !comparisons.iter().all(is_same) {
            return None;
        }
        let rows = |of: &[Node]| of.iter().map(|node| body.operands(*node)).collect();
        let (compare, choose): (Vec<_>, Vec<_>) = (rows(&comparisons), rows(&nodes));
        let vectors = [
            self.vector(body, &column(&compare, 0), compared),
            self.vector(body, &column(&compare, 1), compared),
            self.vector(body, &column(&choose, 1), lane),
            self.vector(body, &column(&choose, 2), lane),
        ];
        Some(Kind::Choice(first, nodes, vectors))
    }
}

/// Gives one operand of each lane.
fn column(operands: &[Vec<Operand>], at: usize) -> Vec<Operand> {
    operands.iter().map(|operands| operands[at]).collect()
}

/// Gives the comparison that a condition is the answer of.
fn comparison(body: &Body, condition: Operand) -> Option<Node> {
    let Operand::Node(node) = condition else {
        return None;
    };
    match body.data(node).opcode() {
        Opcode::Icmp | Opcode::Fcmp => Some(node),
        Opcode::Uextend => comparison(body, body.operands(node)[0]),
        _ => None,
    }
}

impl Vector {
    /// Tells if it is put together of what is the same in every turn.
    pub fn is_fixed(&self) -> bool {
        let is_fixed = |operand: &Operand| matches!(operand, Operand::Fixed(_));
        match &self.kind {
            Kind::Splat(operand) => is_fixed(operand),
            Kind::Gather(operands) => operands.iter().all(is_fixed),
            _ => false,
        }
    }

    /// Counts the instructions that it saves.
    fn gain(&self) -> i64 {
        let lanes = VECTOR / i64::from(self.lane.bytes());
        match &self.kind {
            _ if self.is_fixed() => 0,
            Kind::Splat(_) => -1,
            Kind::Gather(_) => 1 - lanes,
            Kind::Load(_) | Kind::Operation(..) | Kind::Shift(..) => lanes - 1,
            // Without SSE 4.1, three instructions more choose.
            Kind::Choice(..) => lanes - 2,
        }
    }
}

/// Lists stores of lanes, or of their low parts, that are next to each other, as many together as a vector has lanes.
fn seeds(body: &Body) -> Vec<Vec<Node>> {
    let is_seed = |node: &Node| stores_lanes(body.data(*node).opcode(), body.ty(*node));
    let mut stores: Vec<(usize, Type, i64, i64, Node)> = body
        .nodes()
        .filter(is_seed)
        .filter_map(|node| {
            let size = body.access(node)?.size;
            let (stream, offset) = body.place(node)?;
            Some((stream, body.ty(node), size, offset, node))
        })
        .collect();
    stores.sort_by_key(|(stream, ty, size, offset, node)| {
        (*stream, ty.is_float(), ty.bits(), *size, *offset, *node)
    });
    let runs = stores.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2) && b.3 - a.3 == a.2);
    runs.flat_map(|run| {
        let lanes = (VECTOR / i64::from(run[0].1.bytes())) as usize;
        let whole = run.chunks_exact(lanes);
        whole.map(|chunk| chunk.iter().map(|(.., node)| *node).collect())
    })
    .collect()
}

/// Tells if loads are of one type, each behind the one before.
fn are_adjacent(body: &Body, nodes: &[Node]) -> bool {
    let places: Option<Vec<(usize, i64)>> = nodes.iter().map(|node| body.place(*node)).collect();
    let Some(places) = places else {
        return false;
    };
    let ty = body.ty(nodes[0]);
    let size = body.access(nodes[0]).map_or(0, |access| access.size);
    let is_behind = |(a, b): (&(usize, i64), &(usize, i64))| a.0 == b.0 && b.1 - a.1 == size;
    places.iter().zip(&places[1..]).all(is_behind) && nodes.iter().all(|node| body.ty(*node) == ty)
}

/// Tells if neighbours can be loaded together that each are loaded so.
pub(super) fn loads_lanes(opcode: Opcode, lane: Type) -> bool {
    match opcode {
        Opcode::Load => true,
        Opcode::Sload8 | Opcode::Uload8 | Opcode::Sload16 | Opcode::Uload16 => lane == types::I32,
        Opcode::Sload32 | Opcode::Uload32 => lane == types::I64,
        _ => false,
    }
}

/// Tells if neighbours can be stored together that each are stored so.
pub(super) fn stores_lanes(opcode: Opcode, lane: Type) -> bool {
    match opcode {
        Opcode::Store => matches!(lane, types::I32 | types::I64 | types::F32 | types::F64),
        Opcode::Istore8 | Opcode::Istore16 => lane == types::I32,
        _ => false,
    }
}

/// Tells if an operation on vectors does in each lane what it does on scalars.
pub(super) fn is_lanewise(opcode: Opcode, lane: Type) -> bool {
    match opcode {
        Opcode::Fadd
        | Opcode::Fsub
        | Opcode::Fmul
        | Opcode::Fdiv
        | Opcode::Fmin
        | Opcode::Fmax
        | Opcode::Fneg
        | Opcode::Fabs
        | Opcode::Sqrt => lane.is_float(),
        Opcode::Iadd | Opcode::Isub => lane.is_int(),
        Opcode::Band | Opcode::Bor | Opcode::Bxor | Opcode::Bnot => lane.is_int(),
        Opcode::Imul => lane == types::I32,
        _ => false,
    }
}

fn is_commutative(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::Fadd
            | Opcode::Fmul
            | Opcode::Iadd
            | Opcode::Imul
            | Opcode::Band
            | Opcode::Bor
            | Opcode::Bxor
    )
}

/// Puts operands of the same kind into the same place.
fn align(body: &Body, operands: &mut [Vec<Operand>]) {
    #[derive(PartialEq)]
    enum Like {
        Opcode(Opcode, Option<usize>),
        Fixed,
        Param,
    }
    let like = |operand: Operand| match operand {
        Operand::Node(node) => {
            let stream = body.place(node).map(|(stream, _)| stream);
            Like::Opcode(body.data(node).opcode(), stream)
        }
        Operand::Fixed(_) => Like::Fixed,
        Operand::Param(_) => Like::Param,
    };
    let Some((first, rest)) = operands.split_first_mut() else {
        return;
    };
    let wanted = [like(first[0]), like(first[1])];
    for pair in rest {
        let (x, y) = (like(pair[0]), like(pair[1]));
        let fits = x == wanted[0] && y == wanted[1];
        if !fits && (x == wanted[1] && y == wanted[0]) {
            pair.swap(0, 1);
        }
    }
}
