//! Imports → their bindings.

use crate::interface::{Interface, import_prototype, import_symbol, wasm_type};
use crate::module::{Import, Module};
use crate::options::{Emit, Options, UnknownImports};
use crate::target::Machine;
use crate::{Error, link_input, origin, wasi};
use std::collections::{BTreeSet, HashMap};
use wasmparser::FuncType;

/// The binding of an import.
#[derive(Clone, Debug)]
pub(crate) enum ImportBinding {
    /// A function of the runtime by this symbol, with the C convention.
    Runtime(String),
    /// A function of the user's by this symbol, with the C convention.
    User(String),
    /// Nothing: a call does nothing.
    NoOp,
    /// Nothing: a call traps, naming it.
    Trap,
}

/// Tells whether one of the imports that may be called is `poll_oneoff` of WASI.
pub(super) fn can_poll(module: &Module, reached: &[u32], bindings: &[ImportBinding]) -> bool {
    reached.iter().any(|&index| {
        let is_ours = matches!(bindings[index as usize], ImportBinding::Runtime(_));
        is_ours && module.imports[index as usize].name.0 == "poll_oneoff"
    })
}

/// Binds every import.
pub(super) fn bind(
    module: &Module,
    options: &Options,
    interface: &Interface,
) -> Result<Vec<ImportBinding>, Error> {
    let mut user = UserImports::new(options, interface)?;
    let mut missing = Vec::new();
    let mut bindings = Vec::new();
    for (import, index) in module.imports.iter().zip(0..) {
        let ty = module.function_type(index);
        let binding = match wasi::function(import.module.0, import.name.0) {
            Some(expected) if expected == *ty => {
                ImportBinding::Runtime(wasi::symbol(import.module.0, import.name.0))
            }
            Some(expected) => {
                return Err(Error::new(format!(
                    "import `{import}` has type {}, but WASI defines it as {}",
                    wasm_type(ty),
                    wasm_type(&expected)
                ))
                .at(import.offset));
            }
            None if wasi::is_no_op(import, ty) && !user.defines(import) => ImportBinding::NoOp,
            None => match user.bind(import, ty)? {
                Some(symbol) => ImportBinding::User(symbol),
                None => {
                    missing.push(index);
                    ImportBinding::Trap
                }
            },
        };
        bindings.push(binding);
    }
    if options.unknown_imports != UnknownImports::Trap && !missing.is_empty() {
        return Err(unknown_imports(module, &missing, options, interface));
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

fn unknown_imports(
    module: &Module,
    missing: &[u32],
    options: &Options,
    interface: &Interface,
) -> Error {
    let is_missing = |sign: &origin::Imported| {
        let mut missing = missing.iter().map(|index| &module.imports[*index as usize]);
        missing.any(|import| (import.module.0, import.name.0) == (sign.module, sign.name))
    };
    let first = &module.imports[missing[0] as usize];
    let origin = origin::of(module.wasm, is_missing);
    if let Some(origin) = origin.filter(|_| options.link.is_empty()) {
        let more = match missing.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more that nothing provides"),
        };
        let (what, ty) = (origin.what, wasm_type(module.function_type(missing[0])));
        return Error::new(format!(
            "this module is {what}: it imports `{first}` {ty}{more}"
        ))
        .at(first.offset)
        .help(origin.advice);
    }
    let all = |line: &dyn Fn(&Import, &FuncType) -> String, separator| {
        let lines = missing.iter().map(|index| {
            let import = &module.imports[*index as usize];
            line(import, module.function_type(*index))
        });
        lines.collect::<Vec<_>>().join(separator)
    };
    let what = match missing {
        [_] => "unknown import",
        _ => "unknown imports",
    };
    let names = all(&|import, ty| format!("`{import}` {}", wasm_type(ty)), ", ");
    let error = Error::new(format!("{what}: {names}")).at(first.offset);
    let imports = missing.iter().map(|index| &module.imports[*index as usize]);
    let meant = imports.filter_map(|import| {
        let similar = origin::similar(import.module, import.name)?;
        Some(format!("for `{import}`, there is `{similar}`"))
    });
    let meant = meant.collect::<Vec<_>>().join("\n");
    if !meant.is_empty() {
        return error.help(meant);
    }
    if options.link.is_empty() {
        return error.help(
            "build with `--unknown-imports trap` to turn calls to them into traps, or define them in C \
             (`--emit header` tells how) and link them in by `--link`",
        );
    }
    let prototypes = all(
        &|import, ty| {
            let symbol = import_symbol(import.module, import.name);
            import_prototype(&interface.prefix, &symbol, ty)
        },
        "\n",
    );
    let files: Vec<_> = options
        .link
        .iter()
        .map(|input| format!("`{}`", input.name))
        .collect();
    error.help(format!(
        "nothing in {} defines\n{prototypes}",
        files.join(", ")
    ))
}

/// The functions that imports outside WASI can be bound to.
struct UserImports<'a> {
    defined: BTreeSet<String>,
    taken: BTreeSet<String>,
    bound: HashMap<String, FuncType>,
    options: &'a Options,
}

impl<'a> UserImports<'a> {
    fn new(options: &'a Options, interface: &Interface) -> Result<Self, Error> {
        Ok(Self {
            defined: link_input::defined_symbols(Machine::of(options.target), &options.link)?,
            taken: interface.symbols().collect(),
            bound: HashMap::new(),
            options,
        })
    }

    /// Tells if what is linked in defines an import.
    fn defines(&self, import: &Import) -> bool {
        let symbol = import_symbol(import.module, import.name);
        self.defined.contains(&symbol)
    }

    /// The symbol for an import, if there is one.
    fn bind(&mut self, import: &Import, ty: &FuncType) -> Result<Option<String>, Error> {
        let symbol = import_symbol(import.module, import.name);
        let is_left_open = self.options.unknown_imports == UnknownImports::Link
            && self.options.emit != Emit::Executable;
        if !self.defined.contains(&symbol) && !is_left_open {
            return Ok(None);
        }
        let name = format!("`{import}`");
        if ty.results().len() > 1 {
            return Err(Error::new(format!(
                "import {name} gives {} results, a C function can give one",
                ty.results().len()
            ))
            .at(import.offset));
        }
        if self.taken.contains(&symbol) {
            return Err(Error::new(format!(
                "import {name} is `{symbol}` in C, and so is a function of the module's own"
            ))
            .help("give the module another name by `--name`"));
        }
        let earlier = self.bound.insert(symbol.clone(), ty.clone());
        if earlier.is_some_and(|earlier| earlier != *ty) {
            return Err(Error::new(format!(
                "import {name} is `{symbol}` in C, and so is another of another type"
            ))
            .at(import.offset));
        }
        Ok(Some(symbol))
    }
}
