//! What a module must be to become an executable, and what its imports are bound to.

use crate::module::Module;
use crate::options::UnknownImports;
use crate::{Error, wasi};
use wasmparser::FuncType;

/// What an import is bound to.
#[derive(Clone, Debug)]
pub(crate) enum ImportBinding {
    /// A function of the runtime by this symbol, with the C convention.
    Runtime(String),
    /// Nothing: a call traps, naming it.
    Trap,
}

/// Checks that the module is a command, and gives its `_start`.
pub(super) fn check_command(module: &Module) -> Result<u32, Error> {
    let Some(main) = module.exported_function("_start") else {
        let error = Error::new("module does not export a function `_start`");
        return Err(if module.exported_function("_initialize").is_some() {
            error.help("it exports `_initialize`: a reactor (library), not a command (program)")
        } else {
            error.help("an executable needs a WASI command: a module with a `_start` function")
        });
    };
    if module.exported_function("_initialize").is_some() {
        return Err(Error::new("module exports both `_start` and `_initialize`")
            .help("a WASI command has `_start`, a reactor has `_initialize`, neither has both"));
    }
    let ty = module.function_type(main);
    if !ty.params().is_empty() || !ty.results().is_empty() {
        return Err(Error::new(format!(
            "`_start` has type {}, not [] -> []",
            describe(ty)
        )));
    }
    Ok(main)
}

/// Binds every import.
pub(super) fn bind(module: &Module, unknown: UnknownImports) -> Result<Vec<ImportBinding>, Error> {
    let mut missing = Vec::new();
    let mut bindings = Vec::new();
    for (import, index) in module.imports.iter().zip(0..) {
        let ty = module.function_type(index);
        let binding = match wasi::function(import.module, import.name) {
            Some(expected) if expected == *ty => {
                ImportBinding::Runtime(format!("{}.{}", import.module, import.name))
            }
            Some(expected) => {
                return Err(Error::new(format!(
                    "import `{}::{}` has type {}, but WASI defines it as {}",
                    import.module,
                    import.name,
                    describe(ty),
                    describe(&expected)
                ))
                .at(import.offset));
            }
            None => {
                missing.push(format!(
                    "`{}::{}` {}",
                    import.module,
                    import.name,
                    describe(ty)
                ));
                ImportBinding::Trap
            }
        };
        bindings.push(binding);
    }
    if unknown == UnknownImports::Error && !missing.is_empty() {
        let what = if missing.len() == 1 {
            "unknown import"
        } else {
            "unknown imports"
        };
        return Err(Error::new(format!("{what}: {}", missing.join(", ")))
            .help("build with `--unknown-imports trap` to turn calls to them into traps"));
    }
    let uses_wasi = bindings
        .iter()
        .any(|b| matches!(b, ImportBinding::Runtime(_)));
    if uses_wasi && module.exported_memory("memory").is_none() {
        return Err(
            Error::new("module imports WASI functions but exports no memory `memory`")
                .help("WASI functions read and write the memory exported as `memory`"),
        );
    }
    Ok(bindings)
}

fn describe(ty: &FuncType) -> String {
    let list = |types: &[wasmparser::ValType]| {
        types
            .iter()
            .map(|ty| ty.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    format!("[{}] -> [{}]", list(ty.params()), list(ty.results()))
}
