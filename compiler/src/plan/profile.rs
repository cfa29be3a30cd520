//! Profiles: where a program counts how often its parts run (`--profile-generate`), and what such
//! counts say of a module (`--profile-use`).
//!
//! A function has a counter for its entry, and one for each edge that the others leave open: into a
//! loop's head, an `if` that holds, a branch that is taken, a target of `br_table`. All else follows,
//! because what flows into a point flows out of it (`profile/flow.rs`). An indirect call has two more: which
//! element of the table leads, and by how many votes ([`Counters::target`]).
//!
//! Counts are matched to functions by a hash of their content (`profile/content.rs`), so that they serve
//! a module that has changed. They decide about speed alone: lowering does not depend on them being true.

mod content;
mod flow;

use crate::Error;
use crate::module::Module;
use crate::options::Profile;
use crate::plan::TablePlace;
use flow::Flow;
use kiln_abi::profile::{self as format, COUNTER, Damage};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use wasmparser::Operator;

use content::hash;

/// Calls that take this part of all that were made are hot.
const HOT_SHARE: (u64, u64) = (99, 100);

/// The counters of a program that counts, which lie in its state.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Offset in the state of the profile.
    pub start: u64,
    /// All of it but the counters.
    pub head: Vec<u8>,
    /// Offsets in the state of the counters of functions' entries.
    entries: FxHashMap<u32, u64>,
    /// Those of operators' first counters, by the operator's offset in the module.
    operators: FxHashMap<u64, u64>,
    /// The table whose elements are told from each other.
    table: Option<u32>,
    /// Bytes of the profile.
    len: u64,
}

impl Counters {
    /// Lays counters for `functions`, from offset `start` in the state on.
    pub fn lay(
        module: &Module,
        functions: &[u32],
        tables: &[TablePlace],
        start: u64,
    ) -> Result<Self, Error> {
        let mut records = Vec::new();
        let mut places = Vec::new();
        let mut before = 0;
        for &function in functions {
            let mut count = 1;
            each_operator(module, function, |operator, offset| {
                let own = counters_of(operator);
                if own > 0 {
                    places.push((offset, before + count));
                }
                count += own;
            })?;
            records.push((hash(module, function)?, count));
            before += count;
        }
        let constant = tables
            .iter()
            .zip(0..)
            .find_map(|(place, table)| match place {
                TablePlace::Constant { entries, .. } => Some((table, entries.as_slice())),
                _ => None,
            });
        let (table, elements) = constant.map_or((None, &[][..]), |(table, e)| (Some(table), e));
        let record = |function: &Option<u32>| functions.binary_search(&(*function)?).ok();
        let elements: Vec<_> = elements.iter().map(record).collect();
        let mut counters = Self {
            start,
            table,
            head: format::head(&records, &elements),
            ..Self::default()
        };
        let first = start + counters.head.len() as u64;
        let place = |number: u64| first + number * COUNTER as u64;
        let mut number = 0;
        for (function, (_, count)) in functions.iter().zip(&records) {
            counters.entries.insert(*function, place(number));
            number += count;
        }
        let places = places.into_iter();
        counters.operators = places
            .map(|(offset, number)| (offset, place(number)))
            .collect();
        counters.len = place(number) - start;
        Ok(counters)
    }

    /// Bytes of the profile, 0 where nothing counts.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The offset in the state of the counter of a function's entry, if it has one.
    pub fn entry(&self, function: u32) -> Option<u64> {
        self.entries.get(&function).copied()
    }

    /// That of the counters of the indirect call at `offset` through `table`: the element that leads, from 1 on, and
    /// the lead. An element that is called again adds to its lead, and any other takes from it (the vote of Boyer
    /// and Moore): what makes up more than half of the calls leads at the end.
    pub fn target(&self, table: u32, offset: u64) -> Option<u64> {
        self.operator(offset).filter(|_| self.table == Some(table))
    }

    /// That of the first counter of the operator at `offset`.
    pub fn operator(&self, offset: u64) -> Option<u64> {
        self.operators.get(&offset).copied()
    }
}

/// The counters that an operator has: the edges out of it that are counted.
fn counters_of(operator: &Operator) -> u64 {
    match operator {
        Operator::Loop { .. }
        | Operator::If { .. }
        | Operator::BrIf { .. }
        | Operator::BrOnNull { .. }
        | Operator::BrOnNonNull { .. } => 1,
        Operator::BrTable { targets } => u64::from(targets.len()) + 1,
        Operator::CallIndirect { .. } => 2,
        _ => 0,
    }
}

/// How often the parts of a module have run.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Functions with counts.
    functions: FxHashMap<u32, Ran>,
    /// How often control took the ways out of an operator, by its offset: those of an `if` and of a branch
    /// that holds and that does not; into a loop, past an `end`, and to a call.
    ways: FxHashMap<u64, [u64; 2]>,
    /// The calls in a function whose callee is known, by its index: offset, callee, and count.
    calls: FxHashMap<u32, Vec<(u64, u32, u64)>>,
    /// The callees that indirect calls had most often, by offset.
    targets: FxHashMap<u64, u32>,
    /// Functions of the module that have counts, and all of them.
    pub matched: (usize, usize),
}

/// How often a function has run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ran {
    /// Its entry.
    pub entry: u64,
    /// Its entry or the loop that ran most often.
    pub most: u64,
}

impl Counts {
    /// Reads profiles, and adds up what they say of `functions` of the module.
    pub fn read(module: &Module, functions: &[u32], profiles: &[Profile]) -> Result<Self, Error> {
        let mut counts = Self::default();
        if profiles.is_empty() {
            return Ok(counts);
        }
        // Functions alike follow each other in the same order.
        let mut alike: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
        // Where the counters of indirect calls are among those of a function.
        let mut indirect: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for &function in functions {
            alike
                .entry(hash(module, function)?)
                .or_default()
                .push(function);
            let mut next = 1;
            each_operator(module, function, |operator, _| {
                if let Operator::CallIndirect { .. } = operator {
                    indirect.entry(function).or_default().push(next as usize);
                }
                next += counters_of(operator);
            })?;
        }
        let mut sums: FxHashMap<u32, Vec<u64>> = FxHashMap::default();
        for profile in profiles {
            let found = add(&alike, &indirect, profile, &mut sums)?;
            if found == 0 {
                let message = format!("the profile {} is of another module", profile.name);
                return Err(Error::new(message).help(
                    "make one of this module: build it with `--profile-generate`, and run it",
                ));
            }
        }
        counts.matched = (sums.len(), functions.len());
        for (function, sums) in sums {
            counts.follow(module, function, &sums)?;
        }
        let hot = counts.hot_calls();
        counts.targets.retain(|offset, _| hot.contains(offset));
        Ok(counts)
    }

    /// Follows the counts of a function through its body.
    fn follow(&mut self, module: &Module, function: u32, sums: &[u64]) -> Result<(), Error> {
        let entry = sums.first().copied().unwrap_or_default();
        let mut flow = Flow::new(entry);
        let mut next = 1;
        let mut calls = Vec::new();
        each_operator(module, function, |operator, offset| {
            let len = counters_of(operator) as usize;
            let own = sums.get(next..next + len).unwrap_or_default();
            next += len;
            if let Operator::Call { function_index } = *operator {
                calls.push((offset, function_index, flow.now()));
                self.ways.insert(offset, [flow.now(), 0]);
            }
            if let (Operator::CallIndirect { .. }, &[target, lead]) = (operator, own) {
                self.ways.insert(offset, [flow.now(), 0]);
                // Of all calls, at least these and half of the others.
                if let Some(target) = target.checked_sub(1)
                    && lead > flow.now() / 2
                {
                    self.targets.insert(offset, target as u32);
                    calls.push((offset, target as u32, flow.now()));
                }
            }
            if let Some(ways) = flow.step(operator, own) {
                self.ways.insert(offset, ways);
            }
        })?;
        self.calls.insert(function, calls);
        let most = flow.most();
        self.functions.insert(function, Ran { entry, most });
        Ok(())
    }

    /// Leaves indirect calls as they are.
    pub fn forget_targets(&mut self) {
        self.targets.clear();
    }

    /// How often a function has run, if that is known.
    pub fn function(&self, function: u32) -> Option<Ran> {
        self.functions.get(&function).copied()
    }

    /// How often control took the two ways out of the operator at `offset`.
    pub fn ways(&self, offset: u64) -> Option<[u64; 2]> {
        self.ways.get(&offset).copied()
    }

    /// The callee that the indirect call at `offset`, which is hot, has in most cases.
    pub fn target(&self, offset: u64) -> Option<u32> {
        self.targets.get(&offset).copied()
    }

    /// The calls in a function whose callee is known: offset, callee, and count.
    pub fn calls(&self, function: u32) -> &[(u64, u32, u64)] {
        self.calls.get(&function).map_or(&[], Vec::as_slice)
    }

    /// The offsets of the calls that make up nearly all that were made.
    pub fn hot_calls(&self) -> FxHashSet<u64> {
        let calls = self.calls.values().flatten();
        let mut calls: Vec<_> = calls.map(|(offset, _, count)| (*count, *offset)).collect();
        calls.sort_unstable_by_key(|(count, offset)| (Reverse(*count), *offset));
        let all = calls
            .iter()
            .fold(0u64, |sum, (count, _)| sum.saturating_add(*count));
        let enough = all / HOT_SHARE.1 * HOT_SHARE.0;
        let mut sum = 0u64;
        let hot = calls.into_iter().take_while(|(count, _)| {
            let is_hot = *count > 0 && sum <= enough;
            sum = sum.saturating_add(*count);
            is_hot
        });
        hot.map(|(_, offset)| offset).collect()
    }

    /// A sentence on what the profiles do not know of the module.
    pub fn warning(&self, profiles: &[Profile]) -> Option<String> {
        let (matched, all) = self.matched;
        let names: Vec<&str> = profiles.iter().map(|profile| &*profile.name).collect();
        (matched < all).then(|| {
            format!(
                "{matched} of {all} functions are as the profile {} knows them; the others are compiled as \
                 without it",
                names.join(", ")
            )
        })
    }
}

/// Adds a profile's counts to `sums`; gives how many functions it knows.
fn add(
    alike: &FxHashMap<u64, Vec<u32>>,
    indirect: &FxHashMap<u32, Vec<usize>>,
    profile: &Profile,
    sums: &mut FxHashMap<u32, Vec<u64>>,
) -> Result<usize, Error> {
    let file = format::Profile::read(&profile.bytes).map_err(|damage| refusal(profile, damage))?;
    let mut taken: FxHashMap<u64, usize> = FxHashMap::default();
    let functions = file.functions().map(|(hash, _)| {
        let taken = taken.entry(hash).or_default();
        *taken += 1;
        alike.get(&hash)?.get(*taken - 1).copied()
    });
    let functions: Vec<Option<u32>> = functions.collect();
    let target = |element: u64| {
        let number = file.element(element.checked_sub(1)?)?;
        functions.get(number).copied().flatten()
    };
    let mut found = 0;
    for (function, (_, counts)) in functions.iter().zip(file.functions()) {
        let Some(function) = function else {
            continue;
        };
        found += 1;
        let mut counts: Vec<u64> = counts.collect();
        let sum = sums.entry(*function).or_default();
        if sum.len() < counts.len() {
            sum.resize(counts.len(), 0);
        }
        for &at in indirect.get(function).into_iter().flatten() {
            if let (Some([first, lead]), Some(before)) =
                (counts.get_mut(at..at + 2), sum.get_mut(at..at + 2))
            {
                // From here on it is the function, from 1 on; of several profiles the one with the longest lead tells.
                *first = target(*first).map_or(0, |function| u64::from(function) + 1);
                match *lead > before[1] {
                    true => before.fill(0),
                    false => (*first, *lead) = (0, 0),
                }
            }
        }
        for (sum, count) in sum.iter_mut().zip(counts) {
            *sum = sum.saturating_add(count);
        }
    }
    Ok(found)
}

fn refusal(profile: &Profile, damage: Damage) -> Error {
    let name = &profile.name;
    let message = match damage {
        Damage::NoProfile => format!("{name} is no profile"),
        Damage::OtherVersion => format!("the profile {name} is of another version of Kiln"),
        Damage::Inconsistent => format!("the profile {name} is damaged"),
    };
    Error::new(message).help(
        "`--profile-use` takes the file that a program built with `--profile-generate` writes \
         when it runs",
    )
}

/// Calls `work` with each operator of a function's body and its offset in the module.
fn each_operator(
    module: &Module,
    function: u32,
    mut work: impl FnMut(&Operator, u64),
) -> Result<(), Error> {
    let Some(body) = module.body(function) else {
        return Ok(());
    };
    let mut operators = body.code.get_operators_reader()?;
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        work(&operator, offset);
    }
    Ok(())
}
