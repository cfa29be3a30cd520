//! The WASI functions that an import can name, with their core types, and imports of toolchains that do
//! nothing. The functions come from [`kiln_abi::contract`].

use crate::module::Import;
use kiln_abi::contract::{PREVIEW1, PROC_EXIT, UNSTABLE};
use wasmparser::{FuncType, ValType};

/// Module names under which WASI is imported.
pub(crate) const MODULES: [&str; 2] = ["wasi_snapshot_preview1", "wasi_unstable"];

/// The names of all functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let names = PREVIEW1.iter().map(|function| function.name);
    names.chain([PROC_EXIT])
}

/// Imports of toolchains that tell their own host something, and outside of it need do nothing: the
/// module, the name and the parameters. None has results.
const NO_OPS: &[(&str, &str, &[ValType])] = &[
    // Emscripten, `-sSTANDALONE_WASM -sALLOW_MEMORY_GROWTH`: a memory has grown, of which JavaScript
    // must take note. The memory's index is a `size_t`.
    ("env", "emscripten_notify_memory_growth", &[ValType::I32]),
    ("env", "emscripten_notify_memory_growth", &[ValType::I64]),
];

/// Tells if an import of this type is one that does nothing.
pub(crate) fn is_no_op(import: &Import, ty: &FuncType) -> bool {
    let is_it = |(module, name, params): &(&str, &str, &[ValType])| {
        (*module, *name) == (import.module.0, import.name.0) && *params == ty.params()
    };
    ty.results().is_empty() && NO_OPS.iter().any(is_it)
}

/// The symbol of the runtime's function for a WASI function.
pub(crate) fn symbol(module: &str, name: &str) -> String {
    let differs = module == "wasi_unstable" && UNSTABLE.iter().any(|other| other.name == name);
    let path = if differs { "wasi_unstable" } else { "wasi" };
    format!("kiln::{path}::{name}")
}

/// The type of a WASI function; `None` if there is none by these names.
pub(crate) fn function(module: &str, name: &str) -> Option<FuncType> {
    // `sock_accept` came with preview1's second printing, never to snapshot 0.
    if !MODULES.contains(&module) || (module == "wasi_unstable" && name == "sock_accept") {
        return None;
    }
    if name == PROC_EXIT {
        return Some(FuncType::new([ValType::I32], []));
    }
    let function = PREVIEW1.iter().find(|function| function.name == name)?;
    let params = function.params.iter().map(|size| match size {
        8 => ValType::I64,
        _ => ValType::I32,
    });
    Some(FuncType::new(params, [ValType::I32]))
}
