//! All that is to be compiled of a plan, and what each piece is called.

use crate::plan::{Form, ImportBinding, Plan};
use kiln_abi::library::INSTANCE_FUNCTIONS;
use std::collections::BTreeSet;

/// A piece of machine code, by its purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A function defined in the module, by function index.
    Function(u32),
    /// The body made for an import, by function index.
    ImportBody(u32),
    /// The entry point.
    Entry,
    /// The code that calls a function with arguments from memory, by function index.
    Trampoline(u32),
    /// The C function of an exported function, by its place in the interface.
    Export(u32),
    /// The C function on instances, by its place in [`INSTANCE_FUNCTIONS`].
    InstanceFunction(u32),
}

impl Item {
    /// The function of the module whose body it is lowered from.
    pub fn function(self) -> Option<u32> {
        match self {
            Item::Function(index) => Some(index),
            _ => None,
        }
    }

    /// Bytes of the body it is lowered from: what it costs to compile grows with them.
    pub fn size(self, plan: &Plan) -> u64 {
        let body = self.function().and_then(|index| plan.module.body(index));
        body.map_or(0, |body| body.code.as_bytes().len() as u64)
    }

    /// Offset in the module of the body it is lowered from, 0 where there is none.
    pub fn wasm_offset(self, plan: &Plan) -> u64 {
        let body = self.function().and_then(|index| plan.module.body(index));
        body.map_or(0, |body| body.code.range().start)
    }

    /// Its symbol's name, if that is for people alone, not for the linker to find it by.
    pub fn shown_name(self, plan: &Plan) -> Option<String> {
        let named = |index| {
            let name = plan.module.shown_name(index);
            name.unwrap_or_else(|| format!("wasm-function[{index}]"))
        };
        match self {
            _ if plan.strip && plan.debug_link.is_none() => None,
            Item::Function(index) => Some(named(index)),
            Item::ImportBody(index) => {
                let import = &plan.module.imports[index as usize];
                Some(format!("import[{import}]"))
            }
            Item::Trampoline(index) => Some(format!("trampoline[{}]", named(index))),
            Item::Entry | Item::Export(_) | Item::InstanceFunction(_) => None,
        }
    }

    /// Gives what a person calls it.
    pub fn describe(self, plan: &Plan) -> String {
        match self {
            Item::Function(index) => plan.module.describe(index),
            Item::ImportBody(index) => format!("body of import {}", plan.module.describe(index)),
            Item::Entry => "entry point".into(),
            Item::Trampoline(index) => format!("trampoline of {}", plan.module.describe(index)),
            Item::Export(index) => plan.interface.exports[index as usize].symbol.clone(),
            Item::InstanceFunction(index) => {
                let function = &INSTANCE_FUNCTIONS[index as usize];
                plan.interface.instance_symbol(function.name)
            }
        }
    }
}

/// All that is to be compiled, in the order it lies in the text section.
pub(crate) fn items(plan: &Plan) -> Vec<Item> {
    let functions = plan.functions.iter().map(|index| Item::Function(*index));
    let imports = plan
        .import_bodies
        .iter()
        .map(|index| Item::ImportBody(*index));
    let wasm = functions.chain(imports).chain([Item::Entry]);
    wasm.chain(c_functions(plan)).collect()
}

/// Lists the functions that C sees: in a library all of the interface, in an executable what an import of the user's
/// can call.
fn c_functions(plan: &Plan) -> Vec<Item> {
    let is_library = plan.form == Form::Library;
    let has_user_imports = plan
        .imports
        .iter()
        .any(|binding| matches!(binding, ImportBinding::User(_)));
    let on_instances = INSTANCE_FUNCTIONS
        .iter()
        .zip(0..)
        .filter(|(function, _)| is_library || (has_user_imports && function.in_executables));
    let mut items: Vec<_> = on_instances
        .map(|(_, index)| Item::InstanceFunction(index))
        .collect();
    if is_library {
        let exports = &plan.interface.exports;
        let called: BTreeSet<u32> = exports.iter().map(|export| export.function).collect();
        items.extend(called.into_iter().map(Item::Trampoline));
        items.extend((0..exports.len() as u32).map(Item::Export));
    }
    items
}
