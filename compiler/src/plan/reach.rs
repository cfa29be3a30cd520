//! Reachability: from the functions the executable starts with, through calls, references, and the
//! tables, segments and globals that reached functions read.

use super::tables::is_worth_entries;
use crate::module::{Const, Module, SegmentKind};
use std::collections::{BTreeSet, HashMap};

/// All that the roots reach.
pub(super) struct Reach<'a> {
    module: &'a Module<'a>,
    functions: BTreeSet<u32>,
    references: BTreeSet<u32>,
    /// Tables read.
    pub tables: BTreeSet<u32>,
    /// Tables whose elements must be references in memory.
    pub tables_as_data: BTreeSet<u32>,
    /// Element segments copied from.
    pub elements: BTreeSet<u32>,
    /// Globals written.
    pub globals_set: BTreeSet<u32>,
    globals: BTreeSet<u32>,
    // In constant tables: called by address, but never a reference.
    entries: BTreeSet<u32>,
    worklist: Vec<u32>,
}

impl<'a> Reach<'a> {
    /// All that `roots` reach.
    pub fn from_roots(module: &'a Module<'a>, roots: impl IntoIterator<Item = u32>) -> Self {
        let mut reach = Self {
            module,
            functions: BTreeSet::new(),
            references: BTreeSet::new(),
            tables: BTreeSet::new(),
            tables_as_data: BTreeSet::new(),
            elements: BTreeSet::new(),
            globals_set: BTreeSet::new(),
            globals: BTreeSet::new(),
            entries: BTreeSet::new(),
            worklist: Vec::new(),
        };
        roots.into_iter().for_each(|root| reach.function(root));
        while let Some(function) = reach.worklist.pop() {
            reach.body(function);
        }
        reach.refer_to_tables();
        reach
    }

    fn function(&mut self, index: u32) {
        if self.functions.insert(index) {
            self.worklist.push(index);
        }
    }

    fn reference(&mut self, value: Const) {
        if let Const::Function(index) = value {
            self.references.insert(index);
            self.function(index);
        }
    }

    fn body(&mut self, function: u32) {
        let module = self.module;
        let Some(body) = module.body(function) else {
            return;
        };
        body.uses
            .calls
            .iter()
            .for_each(|(callee, _)| self.function(*callee));
        body.uses
            .tail_callees
            .iter()
            .for_each(|callee| self.function(*callee));
        body.uses
            .references
            .iter()
            .for_each(|index| self.reference(Const::Function(*index)));
        self.tables_as_data.extend(&body.uses.tables_as_data);
        self.globals_set.extend(&body.uses.globals_set);
        for &global in &body.uses.globals {
            if self.globals.insert(global) {
                self.reference(module.globals[global as usize].init);
            }
        }
        for &segment in &body.uses.elements {
            if self.elements.insert(segment) {
                let items = &module.elements[segment as usize].items;
                for function in items.iter().flatten() {
                    self.reference(Const::Function(*function));
                }
            }
        }
        for &table in &body.uses.tables {
            if self.tables.insert(table) {
                for function in initial_functions(module, table) {
                    self.entries.insert(function);
                    self.function(function);
                }
            }
        }
    }

    // Only when all is reached is it known which tables must hold references.
    fn refer_to_tables(&mut self) {
        for &table in &self.tables {
            let functions: BTreeSet<u32> = initial_functions(self.module, table).collect();
            if !is_worth_entries(self.module, table, &functions) {
                self.tables_as_data.insert(table);
            }
            if self.tables_as_data.contains(&table) {
                self.references.extend(functions);
            }
        }
    }

    /// The functions referred to, ascending.
    pub fn references(&self) -> impl Iterator<Item = u32> {
        self.references.iter().copied()
    }

    /// The reference value of every function referred to; 0 is null.
    pub fn number_references(&self) -> HashMap<u32, u64> {
        self.references().zip(1..).collect()
    }

    /// The reached functions that have a body, ascending.
    pub fn defined(&self) -> Vec<u32> {
        let imported = self.module.imports.len() as u32;
        self.functions.range(imported..).copied().collect()
    }

    /// The functions that can be called by address.
    pub fn by_address(&self) -> impl Iterator<Item = u32> {
        self.references.union(&self.entries).copied()
    }

    /// The imports that are reached, ascending.
    pub fn imports(&self) -> Vec<u32> {
        let imported = self.module.imports.len() as u32;
        self.functions.range(..imported).copied().collect()
    }

    /// The imports that are called by address, ascending.
    pub fn referenced_imports(&self) -> Vec<u32> {
        let imported = self.module.imports.len() as u32;
        let referred: BTreeSet<u32> = self.by_address().collect();
        referred.range(..imported).copied().collect()
    }
}

/// The functions a table holds at the start, or would but for a trap.
fn initial_functions<'a>(module: &'a Module, table: u32) -> impl Iterator<Item = u32> + use<'a> {
    let segments = module.elements.iter().filter(
        move |segment| matches!(segment.kind, SegmentKind::Active { index, .. } if index == table),
    );
    let items = segments.flat_map(|segment| &segment.items).copied();
    let rest = module.tables[table as usize].init.function();
    items.chain([rest]).flatten()
}
