//! The WASI functions an import can name, with their core types: `wasi_snapshot_preview1` (witx of
//! `phases/snapshot`) and `wasi_unstable` (`phases/old/snapshot_0`), which differ in the layout of
//! what pointers point to, not in core types.

use crate::module::Import;
use wasmparser::{FuncType, ValType};

/// Module names under which WASI is imported.
pub(crate) const MODULES: [&str; 2] = ["wasi_snapshot_preview1", "wasi_unstable"];

// Name and parameters: `i` is an i32, `I` an i64. All give an errno as an i32, but `proc_exit`,
// which gives nothing.
const FUNCTIONS: &[(&str, &str)] = &[
    ("args_get", "ii"),
    ("args_sizes_get", "ii"),
    ("clock_res_get", "ii"),
    ("clock_time_get", "iIi"),
    ("environ_get", "ii"),
    ("environ_sizes_get", "ii"),
    ("fd_advise", "iIIi"),
    ("fd_allocate", "iII"),
    ("fd_close", "i"),
    ("fd_datasync", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_fdstat_set_flags", "ii"),
    ("fd_fdstat_set_rights", "iII"),
    ("fd_filestat_get", "ii"),
    ("fd_filestat_set_size", "iI"),
    ("fd_filestat_set_times", "iIIi"),
    ("fd_pread", "iiiIi"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_prestat_get", "ii"),
    ("fd_pwrite", "iiiIi"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiiIi"),
    ("fd_renumber", "ii"),
    ("fd_seek", "iIii"),
    ("fd_sync", "i"),
    ("fd_tell", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_filestat_set_times", "iiiiIIi"),
    ("path_link", "iiiiiii"),
    ("path_open", "iiiiiIIii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiiii"),
    ("path_unlink_file", "iii"),
    ("poll_oneoff", "iiii"),
    ("proc_exit", "i"),
    ("proc_raise", "i"),
    ("random_get", "ii"),
    ("sched_yield", ""),
    ("sock_accept", "iii"),
    ("sock_recv", "iiiiii"),
    ("sock_send", "iiiii"),
    ("sock_shutdown", "ii"),
];

/// The functions that read or write other layouts in snapshot 0.
const CHANGED: [&str; 5] = [
    "fd_fdstat_get",
    "fd_filestat_get",
    "fd_seek",
    "path_filestat_get",
    "poll_oneoff",
];

/// The names of all functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Imports of toolchains that tell their own host something, and outside of it need do nothing: the
/// module, the name and the parameters. None has results.
const NO_OPS: &[(&str, &str, &[ValType])] = &[
    // Emscripten, `-sSTANDALONE_WASM -sALLOW_MEMORY_GROWTH`: a memory has grown, of which JavaScript
    // must take note. The memory's index is a `size_t`.
    ("env", "emscripten_notify_memory_growth", &[ValType::I32]),
    ("env", "emscripten_notify_memory_growth", &[ValType::I64]),
];

/// Whether an import of this type is one that does nothing.
pub(crate) fn is_no_op(import: &Import, ty: &FuncType) -> bool {
    let is_it = |(module, name, params): &(&str, &str, &[ValType])| {
        (*module, *name) == (import.module.0, import.name.0) && *params == ty.params()
    };
    ty.results().is_empty() && NO_OPS.iter().any(is_it)
}

/// The symbol of the runtime's function for a WASI function.
pub(crate) fn symbol(module: &str, name: &str) -> String {
    let differs = module == "wasi_unstable" && CHANGED.contains(&name);
    let path = if differs { "wasi_unstable" } else { "wasi" };
    format!("kiln::{path}::{name}")
}

/// The type of a WASI function; `None` if there is none by these names.
pub(crate) fn function(module: &str, name: &str) -> Option<FuncType> {
    // `sock_accept` came with preview1's second printing, never to snapshot 0.
    if !MODULES.contains(&module) || (module == "wasi_unstable" && name == "sock_accept") {
        return None;
    }
    let (_, params) = FUNCTIONS.iter().find(|(known, _)| *known == name)?;
    let params = params
        .chars()
        .map(|c| if c == 'I' { ValType::I64 } else { ValType::I32 });
    let result = (name != "proc_exit").then_some(ValType::I32);
    Some(FuncType::new(params, result))
}
