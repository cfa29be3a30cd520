//! The functions that run first: the start function, and then those that make a program or a reactor.

use super::Form;
use crate::interface::{INITIALIZER, wasm_type};
use crate::module::{Module, WasmName};
use crate::options::Options;
use crate::{Error, origin};
use kiln_abi::nearest::nearest;
use wasmparser::{ExternalKind, FuncType, ValType};

/// The functions that run first.
#[derive(Default)]
pub(crate) struct Entry<'a> {
    /// The functions that are called, in order.
    pub functions: Vec<u32>,
    /// The name of the exported function that makes a program, which is the last.
    pub name: Option<WasmName<'a>>,
}

/// The export that makes a command.
const START: &str = "_start";

/// Refuses a module that is neither a command nor a reactor, because it is both.
pub(crate) fn check_kind(module: &Module) -> Result<(), Error> {
    let exports = |name| module.exported_function(name).is_some();
    if exports(START) && exports(INITIALIZER) {
        return Err(Error::new("module exports both `_start` and `_initialize`")
            .help("a WASI command has `_start`, a reactor has `_initialize`, neither has both"));
    }
    Ok(())
}

/// Decides what runs first.
pub(super) fn entry<'a>(
    module: &Module<'a>,
    options: &Options,
    form: Form,
) -> Result<Entry<'a>, Error> {
    check_kind(module)?;
    let initializer = initializer(module)?;
    let main = match form {
        Form::Library => None,
        Form::Executable => Some(main(module, options)?),
    };
    // The initialiser may be the entry itself, and runs once.
    let others = main.map(|(_, function)| function);
    let others = others.filter(|function| Some(*function) != initializer);
    let functions = module.start.into_iter().chain(initializer).chain(others);
    Ok(Entry {
        functions: functions.collect(),
        name: main.map(|(name, _)| name),
    })
}

/// The function that a reactor is to be initialised by, if it has one.
fn initializer(module: &Module) -> Result<Option<u32>, Error> {
    let initializer = module.exported_function(INITIALIZER);
    if let Some(function) = initializer {
        let ty = module.function_type(function);
        if *ty != FuncType::new([], []) {
            return Err(wrong_type(INITIALIZER, ty, "[] -> []"));
        }
    }
    Ok(initializer)
}

/// The exported function that a program runs: the one that is asked for, else `_start`, else the one
/// whose name is empty.
fn main<'a>(module: &Module<'a>, options: &Options) -> Result<(WasmName<'a>, u32), Error> {
    let functions = module
        .exports
        .iter()
        .filter(|export| export.kind == ExternalKind::Func);
    let exported = |wanted: &str| functions.clone().find(|export| export.name.0 == wanted);
    let found = match &options.entry {
        Some(name) => exported(name).ok_or_else(|| no_such_export(module, name))?,
        None => exported(START)
            .or_else(|| exported(""))
            .ok_or_else(|| no_entry(module))?,
    };
    let ty = module.function_type(found.index);
    if found.name.0 == START && *ty != FuncType::new([], []) {
        return Err(wrong_type(START, ty, "[] -> []"));
    }
    if !can_be_entry(ty) {
        return Err(wrong_type(found.name.0, ty, "[] -> [] or [] -> [i32]")
            .help(candidates(module).unwrap_or_else(|| "no exported function has".into())));
    }
    Ok((found.name, found.index))
}

/// Tells if a function of this type can make a program. A result is the exit status.
fn can_be_entry(ty: &FuncType) -> bool {
    ty.params().is_empty() && matches!(ty.results(), [] | [ValType::I32])
}

fn wrong_type(name: &str, ty: &FuncType, expected: &str) -> Error {
    let (name, ty) = (WasmName(name), wasm_type(ty));
    Error::new(format!("`{name}` has type {ty}, not {expected}"))
}

fn no_such_export(module: &Module, name: &str) -> Error {
    let error = Error::new(format!("module exports no function `{}`", WasmName(name)));
    let names = entries(module).map(|name| name.0);
    match (nearest(name.as_bytes(), names), candidates(module)) {
        (Some(near), _) => error.help(format!("it exports `{}`", WasmName(near))),
        (None, Some(candidates)) => error.help(candidates),
        (None, None) => error.help("it exports no function that could be the entry"),
    }
}

fn no_entry(module: &Module) -> Error {
    let error = Error::new("module does not export a function `_start`");
    if let Some(origin) = origin::of(module.wasm, |_| true) {
        return error.help(format!("this module is {}: {}", origin.what, origin.advice));
    }
    let candidates = candidates(module);
    let entry = candidates.map_or(String::new(), |candidates| format!("; {candidates}"));
    error.help(if module.exported_function(INITIALIZER).is_some() {
        format!(
            "it exports `_initialize`: a reactor, not a command. Make a library of it, as by \
             `--emit staticlib`, or run nothing else by `--entry _initialize`{entry}"
        )
    } else {
        format!(
            "an executable needs a WASI command, a module with a `_start` function; of other modules \
             make a library, as by `--emit staticlib`{entry}"
        )
    })
}

/// Names told of at most.
const SHOWN: usize = 8;

/// Which functions could be meant, as advice.
fn candidates(module: &Module) -> Option<String> {
    let names: Vec<_> = entries(module).collect();
    let shown = names.iter().take(SHOWN).map(|name| format!("`{name}`"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        1..=SHOWN => Some(format!("`--entry` can name {shown}")),
        more => Some(format!(
            "`--entry` can name {shown} and {} more",
            more - SHOWN
        )),
    }
}

/// The names of the functions, but the initialiser, that can make a program.
fn entries<'m>(module: &'m Module) -> impl Iterator<Item = WasmName<'m>> {
    let functions = module
        .exports
        .iter()
        .filter(|export| export.kind == ExternalKind::Func && export.name.0 != INITIALIZER);
    functions
        .filter(|export| can_be_entry(module.function_type(export.index)))
        .map(|export| export.name)
}
