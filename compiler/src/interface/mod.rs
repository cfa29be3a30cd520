//! The C interface of a module: how its exports and imports are called from C, and the header that
//! says so.

mod header;
mod names;
#[cfg(test)]
mod tests;
mod types;

pub(crate) use names::import_symbol;
pub(crate) use types::{import_prototype, wasm_type};

use crate::module::{Module, WasmName};
use crate::wasi;
use kiln_abi::library::INSTANCE_FUNCTIONS;
use std::collections::HashSet;
use wasmparser::{ExternalKind, FuncType, ValType};

/// The export that a reactor is to be initialised by, which creating an instance sees to.
pub(crate) const INITIALIZER: &str = "_initialize";

/// A module as C sees it.
pub(crate) struct Interface<'a> {
    /// The prefix of all names: the module's name as an identifier.
    pub prefix: String,
    /// The functions that can be called.
    pub exports: Vec<Export<'a>>,
    /// Exported functions that C cannot call, each with the reason.
    left_out: Vec<(WasmName<'a>, String)>,
    /// The imports that WASI does not provide.
    imports: Vec<Import<'a>>,
}

/// An exported function.
pub(crate) struct Export<'a> {
    /// Its name in the module.
    pub name: WasmName<'a>,
    /// Its symbol.
    pub symbol: String,
    /// Its function index.
    pub function: u32,
    ty: FuncType,
}

struct Import<'a> {
    module: WasmName<'a>,
    name: WasmName<'a>,
    ty: &'a FuncType,
}

impl<'a> Interface<'a> {
    /// The interface of `module`, whose name is `name`.
    pub fn new(module: &'a Module<'a>, name: &str) -> Self {
        let prefix = names::prefix(name);
        let mut interface = Self {
            exports: Vec::new(),
            left_out: Vec::new(),
            imports: imports(module),
            prefix,
        };
        let mut taken: HashSet<String> = interface.instance_symbols().collect();
        let functions = module
            .exports
            .iter()
            .filter(|e| e.kind == ExternalKind::Func);
        for export in functions {
            let symbol = names::export_symbol(&interface.prefix, export.name.0);
            let ty = module.function_type(export.index);
            if let Some(reference) = references(ty) {
                let reason = format!("it passes a reference, {reference}");
                interface.left_out.push((export.name, reason));
            } else if !taken.insert(symbol.clone()) {
                let reason = format!("`{symbol}` is another function");
                interface.left_out.push((export.name, reason));
            } else {
                interface.exports.push(Export {
                    name: export.name,
                    symbol,
                    function: export.index,
                    ty: ty.clone(),
                });
            }
        }
        interface
    }

    /// Every symbol that a library shows, in the header's order.
    pub fn symbols(&self) -> impl Iterator<Item = String> {
        let exports = self.exports.iter().map(|export| export.symbol.clone());
        self.instance_symbols().chain(exports)
    }

    /// The public symbol of a function on instances.
    pub fn instance_symbol(&self, function: &str) -> String {
        names::instance_symbol(&self.prefix, function)
    }

    fn instance_symbols(&self) -> impl Iterator<Item = String> {
        let names = INSTANCE_FUNCTIONS.iter().map(|function| function.name);
        names.map(|name| self.instance_symbol(name))
    }
}

fn imports<'a>(module: &'a Module<'a>) -> Vec<Import<'a>> {
    let imports = module.imports.iter().zip(0..);
    let own = imports.filter(|(import, function)| {
        let is_no_op = wasi::is_no_op(import, module.function_type(*function));
        !wasi::MODULES.contains(&import.module.0) && !is_no_op
    });
    let mut imports: Vec<Import> = Vec::new();
    for (import, function) in own {
        let seen = |other: &Import| (other.module, other.name) == (import.module, import.name);
        if !imports.iter().any(seen) {
            imports.push(Import {
                module: import.module,
                name: import.name,
                ty: module.function_type(function),
            });
        }
    }
    imports
}

fn references(ty: &FuncType) -> Option<ValType> {
    let mut types = ty.params().iter().chain(ty.results());
    types.find(|ty| matches!(ty, ValType::Ref(_))).copied()
}
