//! Which parts of memory a nest accesses, and whether turns of the outer loop may be taken together.
//!
//! Accesses whose indices have the same variable parts and are near each other belong to one *place*. Lane `a`
//! takes an earlier turn than lane `b`; taken together, an access of lane `b` may come before one of lane `a` that
//! it came behind. Of two accesses of which one stores, this is no difference if they do not overlap:
//!
//! * of any two places: the check in front of the nest has found them apart, in all turns;
//! * of one place, or of two that the check has found to begin a constant apart: with `stride` from turn to turn of
//!   the outer loop, `by` the greatest common divisor of what turns of inner loops move them by, and a constant `c`
//!   between the two, they are `stride * (b - a) + by * t + c` bytes apart, for some `t`. By another choice of `t`,
//!   `c` lies between `-by / 2` and `by / 2`. For `t = 0`, every pair of lanes is tried. For others, `by` is at
//!   least what `stride` of all lanes, `c` and a size come to.
//!
//! A lane's own accesses stay in their order.

use super::super::super::addresses;
use super::super::body::{GAP, OFFSET, STRIDE, size};
use super::super::choices::Origin;
use super::super::form::is_access;
use super::region::Nest;
use super::track::{Track, Tracks};
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Block, Function, Inst, Opcode, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// Accesses at constant distances from each other.
pub(super) struct Place {
    /// The index where it begins.
    pub start: Track,
    /// Bytes that it moves in a turn of the outer loop.
    pub stride: i64,
    /// Bytes from there to the first and behind the last that a turn accesses.
    pub low: i64,
    pub high: i64,
    /// The branches that decide if all its accesses are made.
    pub active: Vec<Origin>,
    has_store: bool,
}

/// An access of a nest.
#[derive(Clone, Copy)]
pub(super) struct Access {
    pub is_store: bool,
    pub size: i64,
    pub place: usize,
    /// Bytes from where the place begins.
    offset: i64,
    /// The address of lane 0, and the displacement.
    pub address: Value,
    pub displacement: i64,
}

/// All that a nest accesses.
pub(super) struct Places {
    pub all: Vec<Place>,
    pub accesses: FxHashMap<Inst, Access>,
    /// Pairs of places that must lie apart.
    pub apart: Vec<(usize, usize)>,
    /// Pairs of places that must begin so many bytes apart, the second behind the first.
    pub aligned: Vec<(usize, usize, i64)>,
    /// Stores of inner loops that can be made behind all their turns, and if each is the last of a turn there.
    pub sinking: FxHashMap<Inst, bool>,
}

/// An access before it has a place.
struct Found {
    inst: Inst,
    block: Block,
    track: Track,
    offset: i64,
    address: Value,
    displacement: i64,
    is_store: bool,
    size: i64,
}

impl Found {
    fn at(&self) -> i64 {
        i64::from(self.track.sum.constant) + self.offset
    }

    fn is_like(&self, other: &Self) -> bool {
        let (a, b) = (&self.track, &other.track);
        (&a.sum.terms, &a.ended, &a.turn) == (&b.sum.terms, &b.ended, &b.turn)
    }
}

impl Places {
    /// Finds them; `None` where an index follows no rule, or `lanes` turns may not be taken together.
    pub fn new(func: &Function, cfg: &ControlFlowGraph, nest: &Nest, lanes: i64) -> Option<Self> {
        let mut tracks = Tracks::new(func, cfg, nest);
        let mut found: Vec<Found> = Vec::new();
        for block in &nest.blocks {
            for inst in func.layout.block_insts(*block) {
                if is_access(func, inst) {
                    found.push(Found::new(func, &mut tracks, *block, inst)?);
                }
            }
        }
        // Stable, so that like ones come together and each stays in order.
        let key = |found: &Found| {
            let track = &found.track;
            (track.sum.terms.clone(), track.ended.clone(), track.turn)
        };
        found.sort_by(|a, b| key(a).cmp(&key(b)).then(a.at().cmp(&b.at())));
        let mut places = Self {
            all: Vec::new(),
            accesses: FxHashMap::default(),
            apart: Vec::new(),
            aligned: Vec::new(),
            sinking: FxHashMap::default(),
        };
        for chunk in found.chunk_by(|a, b| a.is_like(b) && b.at() - a.at() <= GAP) {
            places.add(nest, chunk)?;
            // In one block all or none are made.
            let block = chunk[0].block;
            if chunk.iter().all(|found| found.block == block)
                && let Some(place) = places.all.last_mut()
            {
                place.active = nest.decisions(func, cfg, block);
            }
        }
        places.find_sinking(func, nest);
        places.relate(func, nest, lanes).then_some(places)
    }

    /// Finds the places that do not move in an inner loop, of which it only stores one and the same number. All but
    /// the last are overwritten before anything else looks: other places that the loop accesses lie apart.
    fn find_sinking(&mut self, func: &Function, nest: &Nest) {
        for inner in &nest.inner {
            let insts = func.layout.block_insts(inner.lp.block);
            let all: Vec<(Inst, Access)> = insts
                .filter_map(|inst| Some((inst, *self.accesses.get(&inst)?)))
                .collect();
            for (nth, (inst, access)) in all.iter().enumerate() {
                let is_like = |(other, it): &(Inst, Access)| {
                    it.place != access.place
                        || (func.dfg.insts[*other].opcode() == Opcode::Store
                            && (it.offset, it.size) == (access.offset, access.size))
                };
                let is_fixed = self.all[access.place].start.turn.is_none();
                if is_fixed && access.is_store && all.iter().all(is_like) {
                    let mut later = all[nth + 1..].iter();
                    let is_last = later.all(|(_, it)| it.place != access.place);
                    self.sinking.insert(*inst, is_last);
                }
            }
        }
    }

    fn add(&mut self, nest: &Nest, accesses: &[Found]) -> Option<()> {
        let first = accesses.iter().min_by_key(|it| it.track.sum.constant)?;
        let stride = first.track.sum.stride(&nest.outer)?;
        let is_short = |stride: i32| stride.checked_abs().is_some_and(|by| by <= STRIDE);
        let mut strides = first.track.ended.iter().chain(&first.track.turn);
        if !is_short(stride) || !strides.all(|(_, by)| is_short(*by)) {
            return None;
        }
        let mut place = Place {
            start: first.track.clone(),
            stride: stride.into(),
            low: i64::MAX,
            high: 0,
            active: Vec::new(),
            has_store: false,
        };
        for found in accesses {
            let constant = i64::from(found.track.sum.constant);
            let offset = constant - i64::from(first.track.sum.constant) + found.offset;
            place.low = place.low.min(offset);
            place.high = place.high.max(offset + found.size);
            place.has_store |= found.is_store;
            let access = Access {
                is_store: found.is_store,
                size: found.size,
                place: self.all.len(),
                offset,
                address: found.address,
                displacement: found.displacement,
            };
            self.accesses.insert(found.inst, access);
        }
        self.all.push(place);
        Some(())
    }

    /// Notes which places must be apart, and which at a distance; tells if accesses of each are.
    fn relate(&mut self, func: &Function, nest: &Nest, lanes: i64) -> bool {
        let forced = self.sunk_past(func, nest);
        for b in 0..self.all.len() {
            for a in 0..b {
                if !self.all[a].has_store && !self.all[b].has_store {
                    continue;
                }
                let distance = self.distance(a, b).filter(|_| !forced.contains(&(a, b)));
                match distance.filter(|between| self.lanes_differ((a, b), *between, lanes)) {
                    Some(between) => self.aligned.push((a, b, between)),
                    None => self.apart.push((a, b)),
                }
            }
        }
        (0..self.all.len()).all(|at| self.lanes_differ((at, at), 0, lanes))
    }

    /// Tells if two places of one number each move up in the outer loop alone, one past another: that and the other. If
    /// they begin together, and the other ends before the next number of the first, no two turns meet.
    pub fn meet_once(&self, a: usize, b: usize) -> Option<(usize, usize)> {
        let [x, y] = [a, b].map(|at| &self.all[at]);
        let is_simple = |place: &Place| {
            let accesses = self.accesses.values();
            let mut accesses = accesses.filter(|it| std::ptr::eq(&self.all[it.place], place));
            let size = place.high - place.low;
            place.start.turn.is_none() && accesses.all(|it| it.size == size) && place.stride >= size
        };
        let is_alike = x.high - x.low == y.high - y.low && is_simple(x) && is_simple(y);
        let is_sunk = self.sinking.keys().any(|inst| {
            let place = self.accesses[inst].place;
            place == a || place == b
        });
        (is_alike && !is_sunk).then_some(if x.stride > y.stride { (a, b) } else { (b, a) })
    }

    /// Lists the pairs of places of which a loop stores to one behind all its turns, and accesses the other.
    fn sunk_past(&self, func: &Function, nest: &Nest) -> FxHashSet<(usize, usize)> {
        let mut pairs = FxHashSet::default();
        for inner in &nest.inner {
            let insts: Vec<Inst> = func.layout.block_insts(inner.lp.block).collect();
            let place = |inst: &Inst| self.accesses.get(inst).map(|access| access.place);
            let sunk = insts.iter().filter(|inst| self.sinking.contains_key(inst));
            for one in sunk.filter_map(place) {
                let others = insts.iter().filter_map(place).filter(|other| *other != one);
                pairs.extend(others.map(|other| (one.min(other), one.max(other))));
            }
        }
        pairs
    }

    /// Gives how far apart two places begin, if that is a constant.
    fn distance(&self, a: usize, b: usize) -> Option<i64> {
        let (x, y) = (&self.all[a].start, &self.all[b].start);
        let is_like = (&x.sum.terms, &x.ended) == (&y.sum.terms, &y.ended);
        let between = i64::from(y.sum.constant) - i64::from(x.sum.constant);
        is_like.then_some(between)
    }

    /// Tells if no lane of an access of one place overlaps another lane of one of the other, of which one stores.
    fn lanes_differ(&self, (a, b): (usize, usize), distance: i64, lanes: i64) -> bool {
        let of = |place: usize| self.accesses.values().filter(move |it| it.place == place);
        of(a).all(|x| {
            of(b).all(|y| !(x.is_store || y.is_store) || self.are_apart((x, y), distance, lanes))
        })
    }

    /// Tells if no lane of one access overlaps another lane of another, whose places begin `distance` apart.
    fn are_apart(&self, (x, y): (&Access, &Access), distance: i64, lanes: i64) -> bool {
        let (first, second) = (&self.all[x.place], &self.all[y.place]);
        let by = [first, second].map(|place| place.start.turn.map_or(0, |(_, by)| by));
        let by = i64::from(divisor(by.map(i32::unsigned_abs)));
        let mut between = distance + y.offset - x.offset;
        if by != 0 {
            // What is left after turns of the inner loop, near 0.
            between = (between + by / 2).rem_euclid(by) - by / 2;
        }
        let is_apart = |lane: i64| {
            let distance = first.stride * lane + between;
            distance >= x.size || distance <= -y.size
        };
        let reach = first.stride.abs() * (lanes - 1) + between.abs() + x.size.max(y.size);
        (1 - lanes..lanes).all(|lane| lane == 0 || is_apart(lane)) && (by == 0 || by >= reach)
    }
}

/// Gives the greatest common divisor.
fn divisor([x, y]: [u32; 2]) -> u32 {
    match y {
        0 => x,
        _ => divisor([y, x % y]),
    }
}

impl Found {
    fn new(func: &Function, tracks: &mut Tracks, block: Block, inst: Inst) -> Option<Self> {
        let access = addresses::parse(func, inst)?;
        let (is_store, size) = size(func, inst);
        let track = tracks.at(access.index, block)?;
        (0..=OFFSET).contains(&access.offset).then_some(())?;
        Some(Self {
            inst,
            block,
            track,
            offset: access.offset,
            address: access.address,
            displacement: access.displacement.into(),
            is_store,
            size,
        })
    }
}
