//! The name section of a module, as far as people are shown it. What is malformed of it is left out:
//! that is no reason to refuse a module (core specification, appendix "Custom Sections").

use std::borrow::Cow;
use std::collections::HashMap;
use wasmparser::{Name, NameMap, NameSectionReader};

/// The names that a name section gives.
#[derive(Default)]
pub(crate) struct Names<'a> {
    /// The module's.
    pub module: Option<&'a str>,
    /// The functions', by index.
    pub functions: HashMap<u32, &'a str>,
    /// The data segments', by index.
    pub segments: HashMap<u32, &'a str>,
}

impl<'a> Names<'a> {
    /// Reads a name section.
    pub fn read(&mut self, section: NameSectionReader<'a>) {
        for subsection in section.into_iter().map_while(Result::ok) {
            match subsection {
                Name::Module { name, .. } => self.module = Some(name),
                Name::Function(map) => self.functions.extend(pairs(map)),
                Name::Data(map) => self.segments.extend(pairs(map)),
                _ => {}
            }
        }
    }

    /// A function's name as the module has it, or one made of its index.
    pub fn function(&self, index: u32) -> Cow<'a, str> {
        match self.functions.get(&index) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("wasm-function[{index}]")),
        }
    }
}

fn pairs<'a>(map: NameMap<'a>) -> impl Iterator<Item = (u32, &'a str)> {
    let pairs = map.into_iter().map_while(Result::ok);
    pairs
        .filter(|naming| !naming.name.is_empty())
        .map(|naming| (naming.index, naming.name))
}
