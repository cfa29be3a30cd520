//! Inlining: which calls become the callee's body.
//!
//! Decided for the whole module on the call graph, from what parsing noted of each function, and
//! carried out by lowering, which translates the callee's operators in place of the call
//! (`lower/inline.rs`). Cranelift's own inliner (0.135) does not serve: it drops source locations, by
//! which traps are told, and does not rename the symbols of what it copies.
//!
//! A callee is inlined where it is small, wherever it is called, or where only one instruction calls
//! it and nothing else refers to it, so that its own code goes. Never where it
//!
//! * calls itself, directly or through others: depth of inlining ends;
//! * calls in tail position: inlined it would have no frame of its own to leave;
//! * is called by the function that the program starts with, which runs once.
//!
//! Where a profile says which calls are hot, the callee may be larger ([`HOT`]), and recursive: calls
//! are inlined one by one, from callers that come later in one order of the call graph, so that depth ends.
//!
//! Small is what has a weight up to a threshold, the highest of [`THRESHOLDS`] by which the module
//! grows by no more than [`GROWTH`] of its weight, or [`GROWTH_ALWAYS`], estimated before anything is lowered. So
//! text and compile time are bounded, and no function grows beyond [`LARGE`].
//!
//! Soundness: a call's only effects beside its callee's are the frame and where exceptions go. The
//! frame is seen by the exhaustion of the stack alone, for which wasm sets no depth. Handlers in force
//! at the call stay in force for the body. Offsets of traps are the module's own.

use super::Counts;
use crate::module::Module;
use crate::options::OptLevel;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// Weights that a function inlined wherever it is called may have, over one for each parameter. More
/// lost what it gained, by pressure on registers.
const THRESHOLDS: &[u32] = &[16, 12, 8, 6, 4, 2];
/// The weight that a function with one caller may have.
const SINGLE: u32 = 400;
/// The weight of a callee whose call is hot. Instructions executed for 200, 400, 800: CPython 0.877, 0.866, 0.859;
/// QuickJS for 200, 400, 1000: 0.972, 0.956, 0.984.
const HOT: u32 = 400;
/// The weight that no caller grows beyond by hot calls. Interpreters' loops are larger than [`LARGE`].
const HOT_LARGE: u32 = 60_000;
/// The weight that no caller grows beyond: allocation of registers takes more than linear time.
const LARGE: u32 = 5_000;
/// One part in this many of the module's weight may be added.
const GROWTH: u64 = 25;
/// The weight that may be added to a module however small it is, about 1 KB of code.
const GROWTH_ALWAYS: u64 = 200;
/// The most bodies that lie in one another: lowering recurses.
const DEPTH: u32 = 12;

/// Calls to inline.
#[derive(Debug, Default)]
pub(crate) struct Inlining {
    /// The calling function, where the instruction stands, and the called one.
    edges: FxHashSet<(u32, u32)>,
    /// Hot calls, by the offset of the instruction.
    hot: FxHashSet<u64>,
}

impl Inlining {
    /// Tells if calls of `callee` in the body of `caller` are inlined.
    pub fn contains(&self, caller: u32, callee: u32) -> bool {
        self.edges.contains(&(caller, callee))
    }

    /// Tells if the call at `offset` is inlined because it is hot.
    pub fn is_hot(&self, offset: u64) -> bool {
        self.hot.contains(&offset)
    }

    /// Decides for `functions`, ascending, of which `kept` are called from elsewhere, or by address.
    pub(super) fn decide(
        module: &Module,
        functions: &[u32],
        kept: &BTreeSet<u32>,
        entry: &[u32],
        opt_level: OptLevel,
        counts: &Counts,
    ) -> Self {
        if opt_level == OptLevel::None {
            return Self::default();
        }
        let mut graph = Graph::new(module, functions, kept, entry, counts);
        if opt_level == OptLevel::Speed {
            graph.hot = counts.hot_calls();
        }
        let total: u64 = functions.iter().map(|f| u64::from(graph.own(*f))).sum();
        // Where size counts, only what is smaller than its call.
        let thresholds = match opt_level {
            OptLevel::SpeedAndSize => &THRESHOLDS[THRESHOLDS.len() - 1..],
            _ => THRESHOLDS,
        };
        for threshold in thresholds {
            let (inlining, growth) = graph.decide(*threshold);
            if growth <= (total / GROWTH).max(GROWTH_ALWAYS)
                || *threshold == thresholds[thresholds.len() - 1]
            {
                return inlining;
            }
        }
        Self::default()
    }

    /// Gives those of `functions` that are still called or kept.
    pub(super) fn remaining(
        &self,
        module: &Module,
        functions: &[u32],
        kept: &BTreeSet<u32>,
    ) -> Vec<u32> {
        let mut compiled: FxHashSet<u32> = FxHashSet::default();
        // Bodies whose calls are to be followed, as themselves or inlined.
        let mut visited: FxHashSet<u32> = FxHashSet::default();
        let mut worklist: Vec<u32> = kept.iter().copied().collect();
        compiled.extend(kept);
        while let Some(caller) = worklist.pop() {
            if !visited.insert(caller) {
                continue;
            }
            let Some(body) = module.body(caller) else {
                continue;
            };
            for &(callee, _) in &body.uses.calls {
                if !self.contains(caller, callee) {
                    compiled.insert(callee);
                }
                worklist.push(callee);
            }
            compiled.extend(&body.uses.tail_callees);
            worklist.extend(&body.uses.tail_callees);
        }
        let functions = functions.iter().copied();
        functions.filter(|f| compiled.contains(f)).collect()
    }
}

/// The call graph of what is reached.
struct Graph<'a> {
    module: &'a Module<'a>,
    /// Functions, callees before callers but for cycles.
    order: Vec<u32>,
    /// Functions that can be inlined at all, by index, those that are recursive only where the call is hot.
    candidates: Vec<bool>,
    /// Functions that are part of a cycle, by index.
    recursive: Vec<bool>,
    /// Instructions that call a function, by its index.
    sites: Vec<u32>,
    /// Functions that are called in tail position, which is never inlined, by index.
    tail_called: Vec<bool>,
    kept: &'a BTreeSet<u32>,
    entry: &'a [u32],
    counts: &'a Counts,
    /// Calls that are hot, by offset.
    hot: FxHashSet<u64>,
}

impl<'a> Graph<'a> {
    fn new(
        module: &'a Module<'a>,
        functions: &[u32],
        kept: &'a BTreeSet<u32>,
        entry: &'a [u32],
        counts: &'a Counts,
    ) -> Self {
        let count = module.functions.len();
        let mut graph = Self {
            module,
            order: Vec::with_capacity(functions.len()),
            candidates: vec![false; count],
            sites: vec![0; count],
            tail_called: vec![false; count],
            recursive: Vec::new(),
            kept,
            entry,
            counts,
            hot: FxHashSet::default(),
        };
        for &function in functions {
            for &(callee, sites) in graph.calls(function) {
                graph.sites[callee as usize] += sites;
            }
            let tail_callees = module.body(function).map(|body| &body.uses.tail_callees);
            for &callee in tail_callees.into_iter().flatten() {
                graph.tail_called[callee as usize] = true;
            }
        }
        let components = Components::new(module, functions);
        for &function in functions {
            let body = module.body(function);
            graph.candidates[function as usize] = body.is_some_and(|body| !body.uses.tail_calls);
        }
        graph.order = components.order;
        graph.recursive = components.recursive;
        graph
    }

    fn calls(&self, function: u32) -> &'a [(u32, u32)] {
        let module: &'a Module<'a> = self.module;
        module.body(function).map_or(&[], |body| &body.uses.calls)
    }

    fn own(&self, function: u32) -> u32 {
        self.module
            .body(function)
            .map_or(0, |body| body.uses.weight)
    }

    /// The functions that `caller` calls, and by how many instructions; among them what hot indirect calls have for
    /// a callee in most cases.
    fn callees(&self, caller: u32) -> Vec<(u32, u32)> {
        let mut callees = self.calls(caller).to_vec();
        if self.hot.is_empty() {
            return callees;
        }
        for (offset, callee, _) in self.counts.calls(caller) {
            let is_new = callees.iter().all(|(known, _)| known != callee);
            if is_new && self.hot.contains(offset) {
                callees.push((*callee, 1));
            }
        }
        callees
    }

    /// The calls of `callee` in `caller` that are hot.
    fn hot_sites(&self, caller: u32, callee: u32) -> Vec<u64> {
        if self.hot.is_empty() {
            return Vec::new();
        }
        let calls = self.counts.calls(caller).iter();
        let calls = calls.filter(|(offset, to, _)| *to == callee && self.hot.contains(offset));
        calls.map(|(offset, ..)| *offset).collect()
    }

    /// Gives the calls to inline where `threshold` is small, and by how much the module's weight grows.
    fn decide(&self, threshold: u32) -> (Inlining, u64) {
        let mut inlining = Inlining::default();
        let mut growth = 0;
        let mut weights = vec![0_u32; self.candidates.len()];
        let mut depths = vec![0_u32; self.candidates.len()];
        // A caller comes behind all that it takes in, so that nothing takes in itself.
        let mut done = vec![false; self.candidates.len()];
        for &caller in &self.order {
            let mut weight = self.own(caller);
            let mut depth = 0;
            for (callee, sites) in self.callees(caller) {
                let inlined = weights[callee as usize];
                let single = self.sites[callee as usize] == 1
                    && !self.tail_called[callee as usize]
                    && !self.kept.contains(&callee);
                let params = self.module.function_type(callee).params().len() as u32;
                let wanted = inlined <= threshold + params || (single && inlined <= SINGLE);
                let grown = weight.saturating_add(inlined.saturating_mul(sites));
                if !self.candidates[callee as usize]
                    || !done[callee as usize]
                    || depths[callee as usize] >= DEPTH
                    || self.entry.contains(&caller)
                {
                    continue;
                }
                if self.recursive[callee as usize] || !wanted || grown > LARGE {
                    let hot = self.hot_sites(caller, callee);
                    let grown = weight.saturating_add(inlined.saturating_mul(hot.len() as u32));
                    if inlined <= HOT && grown <= HOT_LARGE && !hot.is_empty() {
                        depth = depth.max(depths[callee as usize] + 1);
                        weight = grown;
                        inlining.hot.extend(hot);
                    }
                    continue;
                }
                inlining.edges.insert((caller, callee));
                depth = depth.max(depths[callee as usize] + 1);
                weight = grown;
                // The call and the passing of its arguments go.
                let cost = u64::from(inlined.saturating_sub(3 + params));
                growth += if single { 0 } else { cost * u64::from(sites) };
            }
            done[caller as usize] = true;
            weights[caller as usize] = weight;
            depths[caller as usize] = depth;
        }
        (inlining, growth)
    }
}

/// The strongly connected components of the call graph, by Tarjan's algorithm without recursion.
struct Components {
    /// Functions, callees before callers but for cycles.
    order: Vec<u32>,
    /// Functions that are part of a cycle, by index.
    recursive: Vec<bool>,
}

impl Components {
    fn new(module: &Module, functions: &[u32]) -> Self {
        let count = module.functions.len();
        let mut components = Self {
            order: Vec::with_capacity(functions.len()),
            recursive: vec![false; count],
        };
        const UNSEEN: u32 = u32::MAX;
        let mut numbers = vec![UNSEEN; count];
        let mut lows = vec![0_u32; count];
        let mut on_stack = vec![false; count];
        let (mut stack, mut next) = (Vec::new(), 0);
        let calls = |function: u32| -> &[(u32, u32)] {
            module.body(function).map_or(&[], |body| &body.uses.calls)
        };
        for &root in functions {
            if numbers[root as usize] != UNSEEN {
                continue;
            }
            // Functions being visited, and how many of their callees are done.
            let mut visits = vec![(root, 0)];
            while let Some((function, done)) = visits.last_mut() {
                let (function, at) = (*function as usize, *done);
                if at == 0 {
                    (numbers[function], lows[function]) = (next, next);
                    next += 1;
                    on_stack[function] = true;
                    stack.push(function as u32);
                }
                *done += 1;
                if let Some(&(callee, _)) = calls(function as u32).get(at) {
                    let callee = callee as usize;
                    if numbers[callee] == UNSEEN {
                        visits.push((callee as u32, 0));
                    } else if on_stack[callee] {
                        lows[function] = lows[function].min(numbers[callee]);
                        components.recursive[function] |= callee == function;
                    }
                    continue;
                }
                visits.pop();
                components.order.push(function as u32);
                if let Some((caller, _)) = visits.last() {
                    let caller = *caller as usize;
                    lows[caller] = lows[caller].min(lows[function]);
                }
                if lows[function] == numbers[function] {
                    components.close(function as u32, &mut stack, &mut on_stack);
                }
            }
        }
        components
    }

    /// Takes the component of `function` from the stack.
    fn close(&mut self, function: u32, stack: &mut Vec<u32>, on_stack: &mut [bool]) {
        let start = stack.iter().rposition(|f| *f == function);
        let members = stack.split_off(start.expect("what is closed is on the stack"));
        for &member in &members {
            on_stack[member as usize] = false;
            self.recursive[member as usize] |= members.len() > 1;
        }
    }
}
