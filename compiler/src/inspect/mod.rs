//! The description of a module, as `kiln inspect` shows it: what it imports, exports and holds, where it comes
//! from, what can be built of it and what its program must be granted. A module that Kiln cannot build
//! is described too, as long as it is a valid one.

mod custom;
mod grants;
mod read;
mod verdict;

use crate::Target;
use crate::note::{self, Provider};
use crate::sandbox::{Profile, Rules};
use crate::{Error, parse};
use serde::Serialize;
use std::borrow::Cow;
use wasmparser::{Validator, WasmFeatures};

/// The description of a module. Sizes are of the binary format.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// Its bytes.
    pub module: note::Module,
    /// Its name, from the name section.
    pub name: Option<String>,
    /// The way it is meant to be used.
    pub kind: Kind,
    /// The name of the exported function that an executable runs by itself.
    pub entry: Option<String>,
    /// The index of the start function.
    pub start: Option<u32>,
    /// The languages and tools that made it, from the producers section.
    pub producers: Vec<Producer>,
    /// The WebAssembly proposals it uses; empty where it uses one that Kiln does not support.
    pub features: Vec<String>,
    /// Its imports, in order.
    pub imports: Vec<Import>,
    /// Its exports, in order.
    pub exports: Vec<Export>,
    /// Its linear memories, imported ones first.
    pub memories: Vec<Memory>,
    /// The types of its tables as the text format has them, imported ones first.
    pub tables: Vec<String>,
    /// Its globals.
    pub globals: Globals,
    /// The types of its exception tags, imported ones first.
    pub tags: Vec<String>,
    /// The functions it defines.
    pub functions: Functions,
    /// Its data segments.
    pub data: Data,
    /// The number of its element segments.
    pub element_segments: u64,
    /// Its custom sections, in order.
    pub custom_sections: Vec<CustomSection>,
    /// Its parts for debuggers.
    pub debug: Debug,
    /// The outputs that Kiln can make of it.
    pub builds: Builds,
    /// The resources that its program may ask for.
    pub grants: Vec<Grant>,
    /// The system calls that its program may make.
    pub sandbox: Profile,
}

/// The way a module is meant to be used, by WASI's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A program: it exports `_start`, or a function whose name is empty.
    Command,
    /// Functions to call, after `_initialize`.
    Reactor,
    /// Functions to call, without anything before.
    Library,
}

/// An entry of the producers section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Producer {
    /// `language`, `processed-by` or `sdk`.
    pub field: String,
    /// The language or tool.
    pub name: String,
    /// Its version; empty where there is none.
    pub version: String,
}

/// An import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Import {
    /// The module it is imported from.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// The kind of what is imported.
    pub kind: Item,
    /// Its type, as the text format or the specification writes it.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its provider.
    pub provider: Provider,
}

/// A kind of what is imported and exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A linear memory.
    Memory,
    /// A global.
    Global,
    /// An exception tag.
    Tag,
}

/// An export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// The kind of what is exported.
    pub kind: Item,
    /// The index among those of its kind.
    pub index: u32,
    /// Its type, as the text format or the specification writes it.
    #[serde(rename = "type")]
    pub ty: String,
}

/// A linear memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// True if it is imported.
    pub imported: bool,
    /// Bytes of a page.
    pub page_size: u64,
    /// Pages that it starts with.
    pub min_pages: u64,
    /// Pages that it may come to have.
    pub max_pages: Option<u64>,
    /// Bytes that it starts with; `None` beyond 64 bits.
    pub min_bytes: Option<u64>,
    /// Bytes that it may come to have; `None` beyond 64 bits, too.
    pub max_bytes: Option<u64>,
    /// Bits of an address.
    pub address_bits: u32,
    /// True if threads may share it.
    pub shared: bool,
}

/// The number of globals, imported ones among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Globals {
    /// All.
    pub count: u64,
    /// Those that can be changed.
    pub mutable: u64,
}

/// The functions that a module defines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Functions {
    /// Their number.
    pub count: u64,
    /// Bytes of all their bodies.
    pub bytes: u64,
    /// The largest, at most [`LARGEST`] of them.
    pub largest: Vec<Function>,
}

/// The number of functions, and of data segments, that are described each by itself.
pub const LARGEST: usize = 10;

/// A function that a module defines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Function {
    /// Its index, imported functions counted.
    pub index: u32,
    /// Its name, demangled; `wasm-function[INDEX]` where it has none.
    pub name: String,
    /// Bytes of its body.
    pub bytes: u64,
}

/// Data segments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Data {
    /// Their number.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// The largest, at most [`LARGEST`] of them.
    pub largest: Vec<Segment>,
}

/// A data segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// Its index.
    pub index: u32,
    /// Its name, from the name section.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: u64,
    /// The memory it is copied into at the start; `None` where instructions copy from it.
    pub memory: Option<u32>,
    /// The address there, where it is a constant.
    pub offset: Option<u64>,
}

/// A custom section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CustomSection {
    /// Its name.
    pub name: String,
    /// Bytes of its contents, its name not counted.
    pub bytes: u64,
    /// Its contents, where they are known by its name.
    pub holds: Option<&'static str>,
}

/// The parts of a module for debuggers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Debug {
    /// The number of functions that have names.
    pub function_names: u64,
    /// Bytes of the DWARF sections.
    pub dwarf_bytes: u64,
    /// The place of a file with the DWARF sections.
    pub external_dwarf: Option<String>,
    /// The place of a source map.
    pub source_map: Option<String>,
    /// The build ID: Go's as it is, any other in hexadecimal.
    pub build_id: Option<String>,
}

/// The outputs that Kiln can make of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Builds {
    /// An executable, as by `kiln build`.
    pub executable: Verdict,
    /// A library, as by `kiln build --emit staticlib`.
    pub library: Verdict,
}

/// An answer to the question of whether something can be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// The answer.
    pub answer: Answer,
    /// The obstacle.
    pub reason: Option<String>,
    /// Advice to the user.
    pub help: Option<String>,
}

/// An answer in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It can be made.
    Yes,
    /// It can be made if imports are linked in, or calls of them may trap.
    WithImports,
    /// It cannot be made of this module.
    No,
}

/// Something that a program may ask of its surroundings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The resource.
    pub what: &'static str,
    /// The flags of `kiln build` that grant it, one of which is enough; empty where it needs none.
    pub flags: Vec<&'static str>,
    /// The names of the imports that ask for it, each once.
    pub imports: Vec<String>,
}

impl Inspection {
    /// Describes a module in the binary or the text format.
    pub fn of(input: &[u8]) -> Result<Self, Error> {
        let wasm = parse::binary(input)?;
        let locate = |error| match &wasm {
            Cow::Borrowed(_) => error,
            Cow::Owned(wasm) => parse::locate(input, wasm, error),
        };
        describe(&wasm, &locate).map_err(locate)
    }
}

fn describe(wasm: &[u8], locate: &dyn Fn(Error) -> Error) -> Result<Inspection, Error> {
    let parsed = parse::parse(wasm);
    if let Err(error) = &parsed
        && !is_valid(wasm)
    {
        return Err(error.clone());
    }
    let mut inspection = read::read(wasm)?;
    if let Ok(module) = &parsed {
        inspection.features = module.features.names();
    }
    inspection.builds = verdict::verdicts(parsed.as_ref(), locate);
    inspection.grants = grants::grants(&inspection.imports);
    inspection.sandbox = profile(&inspection);
    Ok(inspection)
}

/// The system calls that a program of it may make, all functions it imports being called.
fn profile(inspection: &Inspection) -> Profile {
    let imports = inspection.imports.iter();
    let imports = imports.map(|import| (import.provider, &*import.name));
    Profile::of(&Rules::of_imports(
        Target::default(),
        &inspection.features,
        imports,
    ))
}

/// Tells whether a module is a valid one if Kiln supported all there is.
fn is_valid(wasm: &[u8]) -> bool {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    validator.validate_all(wasm).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wat: &str) -> Inspection {
        Inspection::of(wat.as_bytes()).unwrap()
    }

    #[test]
    fn kinds_of_modules() {
        for (wat, kind, entry) in [
            (r#"(func (export "_start"))"#, Kind::Command, Some("_start")),
            (r#"(func (export ""))"#, Kind::Command, Some("")),
            (r#"(func (export "_initialize"))"#, Kind::Reactor, None),
            (r#"(func (export "f"))"#, Kind::Library, None),
            (r#"(memory (export "_start") 1)"#, Kind::Library, None),
        ] {
            let inspection = of(&format!("(module {wat})"));
            assert_eq!(inspection.kind, kind, "{wat}");
            assert_eq!(inspection.entry.as_deref(), entry, "{wat}");
        }
    }

    #[test]
    fn what_can_be_built() {
        use Answer::{No, WithImports, Yes};
        for (wat, executable, library) in [
            (r#"(func (export "_start"))"#, Yes, Yes),
            (r#"(func (export "_initialize"))"#, No, Yes),
            (
                r#"(import "env" "f" (func)) (func (export "_start"))"#,
                WithImports,
                WithImports,
            ),
            (r#"(import "env" "f" (func))"#, No, WithImports),
            (
                r#"(import "wbg" "f" (func)) (func (export "_start"))"#,
                No,
                No,
            ),
            (
                r#"(import "env" "m" (memory 1)) (func (export "_start"))"#,
                No,
                No,
            ),
            (
                r#"(type (struct)) (func (export "_start") (drop (struct.new 0)))"#,
                No,
                No,
            ),
            (
                r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i64)))
                   (func (export "_start"))"#,
                No,
                No,
            ),
        ] {
            let builds = of(&format!("(module {wat})")).builds;
            let answers = (builds.executable.answer, builds.library.answer);
            assert_eq!(answers, (executable, library), "{wat}: {builds:?}");
            for verdict in [builds.executable, builds.library] {
                assert_eq!(verdict.reason.is_none(), verdict.answer == Yes);
            }
        }
    }

    #[test]
    fn providers_of_imports() {
        let inspection = of(r#"(module
            (import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
            (import "wasi_unstable" "fd_close" (func))
            (import "env" "emscripten_notify_memory_growth" (func (param i32)))
            (import "env" "f" (func (param i64)))
            (import "env" "g" (global (mut i32)))
            (import "env" "t" (table i64 1 2 externref)))"#);
        let imports = inspection.imports.iter();
        let shown: Vec<_> = imports
            .map(|import| (&*import.ty, import.provider))
            .collect();
        let expected = [
            ("[i32 i32 i32 i32] -> [i32]", Provider::Wasi),
            ("[] -> []", Provider::Nothing),
            ("[i32] -> []", Provider::NoOp),
            ("[i64] -> []", Provider::Nothing),
            ("mut i32", Provider::Nothing),
            ("i64 1 2 externref", Provider::Nothing),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn memories_as_large_as_can_be() {
        let inspection = of("(module (memory i64 1 0x1000000000000) (memory 3 (pagesize 1)))");
        let [large, small] = &inspection.memories[..] else {
            panic!("{inspection:?}");
        };
        assert_eq!((large.min_bytes, large.max_bytes), (Some(1 << 16), None));
        assert_eq!(large.max_pages, Some(1 << 48));
        assert_eq!((small.page_size, small.min_bytes), (1, Some(3)));
    }

    #[test]
    fn what_is_no_valid_module_is_refused() {
        let wasm = wat::parse_str("(module (func (export \"f\")) (memory 1))").unwrap();
        for len in 0..wasm.len() {
            // What ends between two sections may be a module with less in it.
            if let Ok(inspection) = Inspection::of(&wasm[..len]) {
                assert!(inspection.exports.is_empty(), "{len}");
            }
        }
        let invalid = Inspection::of(b"(module (func i32.const 1))");
        assert!(invalid.is_err());
        let component = Inspection::of(b"\0asm\x0d\0\x01\0").unwrap_err();
        assert!(component.to_string().contains("component"), "{component}");
    }

    #[test]
    fn every_mutation_of_a_module_is_answered() {
        let wasm = wat::parse_str(
            r#"(module $n (@custom "producers" "\01\08language\01\01C\03C11")
                (import "env" "f" (func)) (table 1 funcref) (elem (i32.const 0) 0)
                (global i32 (i32.const 1)) (memory 1) (data (i32.const 0) "abc") (tag)
                (func $g (export "_start")) (@custom "sourceMappingURL" "\01a"))"#,
        )
        .unwrap();
        for at in 0..wasm.len() {
            for bits in [1, 0x7f, 0x80, 0xff] {
                let mut mutated = wasm.clone();
                mutated[at] ^= bits;
                let _ = Inspection::of(&mutated);
            }
        }
    }
}
