//! The order of scalar and vector instructions of a body: each behind what it depends on.
//!
//! If one of two accesses to memory is a store, the first stays first unless they are proven not to
//! overlap: they are of one index and a constant apart, or of two streams that the check before the loop
//! has found apart ([`Schedule::apart`] lists which it must). An access whose index follows no rule may trap; it stays
//! where it is among all stores and its like.
//!
//! Where all accesses of a stream store the same number of bytes to the same place, all but the last of all turns
//! are overwritten before anything else looks: nothing traps or is called, and the check has found all other streams
//! apart. So the last alone is made, behind the turns ([`Schedule::sunk`]).

use super::body::{Access, Body, Node, Operand};
use super::form::Loop;
use super::pack::{CUTTING, Kind, Packs, Reduction, Vector, VectorId};
use super::reduce::Rule;
use cranelift_codegen::ir::Opcode;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An instruction to emit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item {
    Scalar(Node),
    Vector(VectorId),
    /// The store of this place among the packs'.
    Store(usize),
    /// Likewise the reduction.
    Reduction(usize),
}

/// The items to emit, in this order.
pub(super) struct Schedule {
    pub items: Vec<Item>,
    /// Stores to emit once, behind all turns.
    pub sunk: Vec<Node>,
    /// Pairs of streams that must not overlap.
    pub apart: FxHashSet<(usize, usize)>,
}

impl Schedule {
    /// Orders what a body needs with these packs; `None` where two packs wait for each other. Stores sink if they are
    /// to.
    pub fn new(lp: &Loop, body: &Body, packs: &Packs, do_sink: bool) -> Option<Self> {
        let sinking: Vec<Node> = match do_sink {
            true => body
                .nodes()
                .filter(|it| body.sinks(*it).is_some())
                .collect(),
            false => Vec::new(),
        };
        let items = demanded(lp, body, packs, &sinking);
        let place: FxHashMap<Item, usize> = items.iter().copied().zip(0..).collect();
        let mut apart = FxHashSet::default();
        for (stream, _) in sinking.iter().filter_map(|node| body.place(*node)) {
            let others = (0..body.streams.len()).filter(|other| *other != stream);
            apart.extend(others.map(|other| (stream.min(other), stream.max(other))));
        }
        // Items that wait for each.
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
        let mut count = vec![0_usize; items.len()];
        let mut depend = |first: usize, second: usize| {
            waiting[first].push(second);
            count[second] += 1;
        };
        for (at, item) in items.iter().enumerate() {
            for before in operands(body, packs, *item) {
                depend(place[&before], at);
            }
        }
        let members: Vec<Vec<Node>> = items.iter().map(|item| nodes(packs, *item)).collect();
        let accesses: Vec<usize> = (0..items.len())
            .filter(|at| members[*at].iter().any(|node| body.access(*node).is_some()))
            .filter(|at| is_access(packs, items[*at]))
            .collect();
        for (nth, first) in accesses.iter().enumerate() {
            for second in &accesses[nth + 1..] {
                for x in &members[*first] {
                    for y in &members[*second] {
                        if keep_order(body, *x, *y, &mut apart) {
                            match x < y {
                                true => depend(*first, *second),
                                false => depend(*second, *first),
                            }
                        }
                    }
                }
            }
        }
        let key = |at: usize| Reverse((members[at].first().copied(), at));
        let mut ready: BinaryHeap<_> = (0..items.len())
            .filter(|at| count[*at] == 0)
            .map(key)
            .collect();
        let mut ordered = Vec::new();
        while let Some(Reverse((_, at))) = ready.pop() {
            ordered.push(items[at]);
            for next in &waiting[at] {
                count[*next] -= 1;
                if count[*next] == 0 {
                    ready.push(key(*next));
                }
            }
        }
        let is_last = |node: &Node| body.sinks(*node) == Some(true);
        (ordered.len() == items.len()).then_some(Self {
            items: ordered,
            sunk: sinking.into_iter().filter(is_last).collect(),
            apart,
        })
    }

    /// Estimates what it costs, in quarters of an instruction.
    pub fn cost(&self, body: &Body, packs: &Packs) -> usize {
        let cost = |item: &Item| match item {
            Item::Scalar(node) => match body.data(*node).opcode() {
                Opcode::Iconst | Opcode::F32const | Opcode::F64const => 0,
                Opcode::Uextend | Opcode::Ireduce | Opcode::Icmp => 0,
                // Mostly an operand of another instruction.
                Opcode::Load => 2,
                _ => 4,
            },
            Item::Store(store) => match body.data(packs.stores[*store].nodes[0]).opcode() {
                Opcode::Store => 4,
                _ => 4 + 4 * CUTTING as usize,
            },
            Item::Reduction(at) => {
                let Reduction { rule, vectors, .. } = &packs.reductions[*at];
                let each = match rule {
                    Rule::Operation(_) => 4,
                    Rule::Choice(_) => 8,
                };
                each * vectors.len()
            }
            Item::Vector(vector) => match &packs.vectors[*vector] {
                vector if vector.is_fixed() => 0,
                // Bytes are made four times as wide.
                Vector {
                    kind: Kind::Load(nodes),
                    ..
                } if body.access(nodes[0]).is_some_and(|access| access.size == 1) => 16,
                // Integers come from other registers, at two steps each.
                Vector {
                    kind: Kind::Gather(lanes),
                    lane,
                } if lane.is_int() => 8 * lanes.len(),
                Vector {
                    kind: Kind::Gather(lanes),
                    ..
                } => 4 * (lanes.len() - 1),
                _ => 4,
            },
        };
        self.items.iter().map(cost).sum()
    }
}

/// Lists what must be emitted: stores, accesses that may trap, what is passed on, and what these need.
fn demanded(lp: &Loop, body: &Body, packs: &Packs, sinking: &[Node]) -> Vec<Item> {
    let packed: FxHashSet<Node> = packs
        .stores
        .iter()
        .flat_map(|s| s.nodes.iter().copied())
        .collect();
    let mut items: Vec<Item> = (0..packs.stores.len()).map(Item::Store).collect();
    let must = |node: &Node| {
        let must = |access: Access| access.is_store || access.place.is_none();
        body.access(*node).is_some_and(must) && !packed.contains(node)
    };
    let (sinking, staying): (Vec<Node>, Vec<Node>) = body
        .nodes()
        .filter(must)
        .partition(|node| sinking.contains(node));
    items.extend(staying.into_iter().map(Item::Scalar));
    for node in sinking.iter().filter(|it| body.sinks(**it) == Some(true)) {
        items.extend(operands(body, packs, Item::Scalar(*node)));
    }
    for (at, param) in lp.params.iter().enumerate() {
        if let Some(reduction) = packs.reduction(at) {
            items.push(Item::Reduction(reduction));
        } else if param.step.is_none()
            && let Operand::Node(node) = body.passed(at)
        {
            items.push(Item::Scalar(node));
        }
    }
    let mut seen = FxHashSet::default();
    let mut all = Vec::new();
    while let Some(item) = items.pop() {
        if seen.insert(item) {
            all.push(item);
            items.extend(operands(body, packs, item));
        }
    }
    all
}

/// Lists the items that an item takes values of.
fn operands(body: &Body, packs: &Packs, item: Item) -> Vec<Item> {
    let scalar = |operand: &Operand| match operand {
        Operand::Node(node) => Some(Item::Scalar(*node)),
        _ => None,
    };
    match item {
        Item::Scalar(node) => body.operands(node).iter().filter_map(scalar).collect(),
        Item::Store(store) => vec![Item::Vector(packs.stores[store].value)],
        Item::Reduction(at) => {
            let vectors = packs.reductions[at].vectors.iter();
            vectors.copied().map(Item::Vector).collect()
        }
        Item::Vector(vector) => match &packs.vectors[vector].kind {
            Kind::Splat(operand) => scalar(operand).into_iter().collect(),
            Kind::Gather(operands) => operands.iter().filter_map(scalar).collect(),
            Kind::Load(_) => Vec::new(),
            Kind::Operation(_, _, args) => args.iter().copied().map(Item::Vector).collect(),
            Kind::Shift(_, _, value, _) => vec![Item::Vector(*value)],
            Kind::Choice(_, _, args) => args.iter().copied().map(Item::Vector).collect(),
        },
    }
}

/// Lists the nodes that an item stands for.
fn nodes(packs: &Packs, item: Item) -> Vec<Node> {
    let mut nodes = match item {
        Item::Scalar(node) => vec![node],
        Item::Store(store) => packs.stores[store].nodes.clone(),
        Item::Reduction(_) => Vec::new(),
        Item::Vector(vector) => match &packs.vectors[vector].kind {
            Kind::Splat(_) | Kind::Gather(_) => Vec::new(),
            Kind::Load(nodes)
            | Kind::Operation(_, nodes, _)
            | Kind::Shift(_, nodes, ..)
            | Kind::Choice(_, nodes, _) => nodes.clone(),
        },
    };
    nodes.sort_unstable();
    nodes
}

fn is_access(packs: &Packs, item: Item) -> bool {
    match item {
        Item::Scalar(_) | Item::Store(_) => true,
        Item::Reduction(_) => false,
        Item::Vector(vector) => matches!(packs.vectors[vector].kind, Kind::Load(_)),
    }
}

/// Tells if two accesses must stay in their order; notes what must be apart where they need not.
fn keep_order(body: &Body, x: Node, y: Node, apart: &mut FxHashSet<(usize, usize)>) -> bool {
    let (Some(a), Some(b)) = (body.access(x), body.access(y)) else {
        return false;
    };
    let (Some((a_stream, a_offset)), Some((b_stream, b_offset))) = (body.place(x), body.place(y))
    else {
        let is_wild = |access: Access| access.place.is_none();
        return a.is_store || b.is_store || (is_wild(a) && is_wild(b));
    };
    if !a.is_store && !b.is_store {
        return false;
    }
    if a_stream == b_stream {
        return a_offset < b_offset + b.size && b_offset < a_offset + a.size;
    }
    apart.insert((a_stream.min(b_stream), a_stream.max(b_stream)));
    false
}
