//! Places in compiled code → places in the source, by the module's debug information, for the backtraces of
//! traps: DWARF, or else a source map. What cannot be read is told by a warning, and leads nowhere.

mod dwarf;
mod source_map;

use crate::compile::Code;
use crate::demangle::demangled;
use crate::module::WasmName;
use crate::plan::Plan;
use kiln_abi::sites::NO_FUNCTION;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::Arc;

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The name of its function, escaped; empty where that is not known.
    pub name: Arc<str>,
    /// Its file, escaped.
    pub file: Arc<str>,
    /// The line, from 1 on; 0 where it is not known.
    pub line: u32,
    /// The column, from 1 on; 0 where it is not known.
    pub column: u32,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        let known = [self.line, self.column];
        let mut known = known.iter().take_while(|number| **number != 0);
        known.try_for_each(|number| write!(f, ":{number}"))
    }
}

/// The places in the source of compiled code.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// Stacks of places, outermost first, each with the offset in the module that it is for; by offset.
    pub stacks: Vec<(u32, Vec<Source>)>,
    /// Sentences on what is damaged.
    pub warnings: Vec<String>,
}

/// Resolves the places that traps tell of.
pub(crate) fn resolve(plan: &Plan, code: &[Code]) -> Lines {
    if plan.strip || !plan.debug.is_known() {
        return Lines::default();
    }
    let places = places(plan, code);
    let len = places.len().div_ceil(rayon::current_num_threads()).max(1);
    let parts = places.par_chunks(len).map(|places| {
        let mut resolver = Resolver::new(plan);
        let stacks = places.iter().map(|(offset, function)| {
            let mut stack = resolver.stack(*offset);
            // The function is named in the module.
            if let Some(outermost) = stack.first_mut()
                && plan.module.shown_name(*function).is_some()
            {
                outermost.name = Arc::default();
            }
            (*offset, stack)
        });
        let stacks: Vec<_> = stacks.collect();
        (stacks, resolver.warning)
    });
    let parts: Vec<_> = parts.collect();
    let mut lines = Lines::default();
    for (stacks, warning) in parts {
        lines.stacks.extend(stacks);
        lines.warnings.extend(warning);
    }
    lines.warnings.dedup();
    lines
}

/// Offsets in the module that a trap can tell of, ascending, and the function that each is in.
fn places(plan: &Plan, code: &[Code]) -> Vec<(u32, u32)> {
    let mut places = Vec::new();
    for code in code {
        let own = code.item.function().unwrap_or(NO_FUNCTION);
        let function = |number: u32| match number.checked_sub(1) {
            Some(index) => code.inlined[index as usize].function,
            None => own,
        };
        places.push((code.item.wasm_offset(plan) as u32, own));
        let sites = code.sites.iter();
        places.extend(sites.map(|site| (site.wasm_offset, function(site.function))));
        let calls = code.inlined.iter();
        places.extend(calls.map(|inlined| (inlined.call, function(inlined.caller))));
    }
    places.retain(|(offset, function)| *offset != 0 && *function != NO_FUNCTION);
    places.sort_unstable();
    places.dedup_by_key(|(offset, _)| *offset);
    places
}

/// Resolves one offset after the other.
pub(crate) struct Resolver<'a> {
    by: By<'a>,
    strings: Strings,
    /// The first sentence on what is damaged.
    warning: Option<String>,
}

enum By<'a> {
    Dwarf(Box<dwarf::Resolver<'a>>),
    SourceMap(Box<source_map::Resolver>),
    Nothing,
}

impl<'a> Resolver<'a> {
    /// Resolves by a plan's debug information.
    pub fn new(plan: &'a Plan<'a>) -> Self {
        let made = if let Some(dwarf) = &plan.debug.dwarf {
            dwarf::Resolver::new(dwarf).map(|resolver| By::Dwarf(resolver.into()))
        } else if let Some((name, bytes)) = plan.debug.source_map {
            source_map::Resolver::new(name, bytes).map(|map| By::SourceMap(map.into()))
        } else {
            Ok(By::Nothing)
        };
        let (by, warning) = match made {
            Ok(by) => (by, None),
            Err(warning) => (By::Nothing, Some(warning)),
        };
        Self {
            by,
            strings: Strings::default(),
            warning,
        }
    }

    /// The place that an instruction comes from, after the calls that the module's producer has inlined it
    /// by. None where nothing is known.
    pub fn stack(&mut self, wasm_offset: u32) -> Vec<Source> {
        match &self.by {
            By::Dwarf(resolver) => match resolver.stack(wasm_offset, &mut self.strings) {
                Ok(stack) => stack,
                Err(warning) => {
                    self.warning.get_or_insert(warning);
                    Vec::new()
                }
            },
            By::SourceMap(resolver) => resolver.stack(wasm_offset, &mut self.strings),
            By::Nothing => Vec::new(),
        }
    }

    /// The innermost place that an instruction comes from.
    pub fn innermost(&mut self, wasm_offset: u32) -> Option<Source> {
        self.stack(wasm_offset).pop()
    }
}

/// Names and files as they are shown, each made once.
#[derive(Default)]
struct Strings(FxHashMap<String, Arc<str>>);

impl Strings {
    fn get(&mut self, text: &str, show: impl FnOnce(&str) -> String) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let shown: Arc<str> = show(text).into();
        self.0.insert(text.to_owned(), shown.clone());
        shown
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        self.get(name, |name| WasmName(&demangled(name)).to_string())
    }

    fn file(&mut self, file: &str, shorten: impl FnOnce(&str) -> &str) -> Arc<str> {
        self.get(file, |file| WasmName(shorten(file)).to_string())
    }
}
