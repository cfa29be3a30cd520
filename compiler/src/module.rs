//! A module once it is parsed and valid: types, functions, memories, tables, segments and
//! names, with constant expressions evaluated, plus what each function body uses. Later phases
//! borrow it and never change it.

use crate::demangle::demangled;
use kiln_abi::layout::WASM_PAGE;
use kiln_abi::printable::Printable;
use std::fmt;
use wasmparser::{
    ExternalKind, FuncType, FunctionBody, GlobalType, MemoryType, TableType, WasmFeatures,
};

/// A valid module.
#[derive(Default)]
pub(crate) struct Module<'a> {
    /// Its bytes.
    pub wasm: &'a [u8],
    /// The proposals it uses, those that are part of WebAssembly 2.0 among them.
    pub features: Features,
    /// The function types, by type index; `None` where the type is not a function's.
    pub types: Vec<Option<FuncType>>,
    /// Per type index, a number that equal types share. Never 0.
    pub type_ids: Vec<u32>,
    /// Imported functions: the first of the function index space.
    pub imports: Vec<Import<'a>>,
    /// Type index of every function, imported ones first.
    pub functions: Vec<u32>,
    /// Bodies of the functions that are defined here.
    pub bodies: Vec<Body<'a>>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Linear memories.
    pub memories: Vec<MemoryType>,
    /// Globals, evaluated.
    pub globals: Vec<Global>,
    /// Type index of every exception tag.
    pub tags: Vec<u32>,
    /// Exports.
    pub exports: Vec<Export<'a>>,
    /// The start function.
    pub start: Option<u32>,
    /// Element segments.
    pub elements: Vec<ElementSegment>,
    /// Data segments.
    pub data: Vec<DataSegment<'a>>,
    /// Names from the name section, by function index; empty where there is none.
    pub function_names: Vec<WasmName<'a>>,
}

/// A name that a module gives to something. It may hold any character, and is escaped when it is
/// displayed: so nothing that a stranger wrote reaches a terminal or a listing as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct WasmName<'a>(pub &'a str);

impl fmt::Display for WasmName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Printable(self.0.as_bytes()).fmt(f)
    }
}

/// An export.
pub(crate) struct Export<'a> {
    pub name: WasmName<'a>,
    pub kind: ExternalKind,
    pub index: u32,
}

/// An imported function.
pub(crate) struct Import<'a> {
    pub module: WasmName<'a>,
    pub name: WasmName<'a>,
    /// Offset in the module, for messages.
    pub offset: u64,
}

impl fmt::Display for Import<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.module, self.name)
    }
}

/// A function defined in the module.
pub(crate) struct Body<'a> {
    pub code: FunctionBody<'a>,
    pub uses: Uses,
    /// Offsets in the module of hinted branches, and whether they are likely taken; sorted.
    pub hints: Vec<(u64, bool)>,
}

/// The parts of the module that a function body uses.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// Functions called directly, and by how many instructions.
    pub calls: Vec<(u32, u32)>,
    /// Functions called directly in tail position.
    pub tail_callees: Vec<u32>,
    /// Instructions that become machine code, those that become much of it counted several times.
    pub weight: u32,
    /// Functions taken by reference.
    pub references: Vec<u32>,
    /// Tables read in any way.
    pub tables: Vec<u32>,
    /// Tables of which more is asked than an indirect call or their size, so that their elements
    /// must be references in memory.
    pub tables_as_data: Vec<u32>,
    /// Element segments copied from.
    pub elements: Vec<u32>,
    /// Globals read or written.
    pub globals: Vec<u32>,
    /// Globals written.
    pub globals_set: Vec<u32>,
    /// True if it calls in tail position.
    pub tail_calls: bool,
    /// The proposals its instructions are of.
    pub features: Features,
}

/// Proposals that are used, by wasmparser's names for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Features(pub WasmFeatures);

impl Default for Features {
    fn default() -> Self {
        Self(WasmFeatures::empty())
    }
}

impl Features {
    /// Adds others.
    pub fn add(&mut self, used: WasmFeatures) {
        self.0 |= used;
    }

    /// Tells if vectors are among them.
    pub fn uses_simd(self) -> bool {
        self.0
            .intersects(WasmFeatures::SIMD | WasmFeatures::RELAXED_SIMD)
    }

    /// Their names, such as `bulk-memory`.
    pub fn names(self) -> Vec<String> {
        let names = self.0.iter_names();
        names
            .map(|(name, _)| name.to_lowercase().replace('_', "-"))
            .collect()
    }
}

/// A value known when the module is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Const {
    I32(i32),
    I64(i64),
    /// The bits of an `f32`.
    F32(u32),
    /// The bits of an `f64`.
    F64(u64),
    V128(u128),
    /// The null reference of any type.
    Null,
    /// A reference to a function.
    Function(u32),
}

impl Const {
    /// As an offset into a memory or a table.
    pub fn as_offset(self) -> u64 {
        match self {
            Const::I32(value) => u64::from(value as u32),
            Const::I64(value) => value as u64,
            _ => 0,
        }
    }

    /// The function referred to, if any.
    pub fn function(self) -> Option<u32> {
        match self {
            Const::Function(index) => Some(index),
            _ => None,
        }
    }
}

pub(crate) struct Table {
    pub ty: TableType,
    /// The initial value of every element.
    pub init: Const,
}

pub(crate) struct Global {
    pub ty: GlobalType,
    pub init: Const,
}

/// The target of a segment when the module is instantiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SegmentKind {
    /// Into the memory or table with this index, at this offset.
    Active { index: u32, offset: u64 },
    /// Nowhere, until an instruction copies from it.
    Passive,
    /// Nowhere ever: it only declares that its functions may be referred to.
    Declared,
}

pub(crate) struct ElementSegment {
    pub kind: SegmentKind,
    /// The functions it refers to.
    pub items: Vec<Option<u32>>,
}

pub(crate) struct DataSegment<'a> {
    pub kind: SegmentKind,
    pub bytes: &'a [u8],
}

/// The binary logarithm of a memory's page size.
pub(crate) fn page_log2(memory: &MemoryType) -> u32 {
    memory.page_size_log2.unwrap_or(WASM_PAGE.ilog2())
}

impl Module<'_> {
    /// Tells if its functions must keep frame pointers: exceptions are thrown by walking them, and
    /// Cranelift moves a frame by them when a function calls in tail position.
    pub fn needs_frame_pointers(&self) -> bool {
        !self.tags.is_empty() || self.bodies.iter().any(|body| body.uses.tail_calls)
    }

    /// The type of a function. Validation saw that the index is good and the type a function's.
    pub fn function_type(&self, function: u32) -> &FuncType {
        self.type_at(self.functions[function as usize])
    }

    /// The function type with this type index.
    pub fn type_at(&self, index: u32) -> &FuncType {
        self.types[index as usize]
            .as_ref()
            .expect("validated: the index is of a function type")
    }

    /// The body of a function, unless it is imported.
    pub fn body(&self, function: u32) -> Option<&Body<'_>> {
        let defined = (function as usize).checked_sub(self.imports.len())?;
        self.bodies.get(defined)
    }

    /// The function exported under this name.
    pub fn exported_function(&self, name: &str) -> Option<u32> {
        self.exported(name, |kind| matches!(kind, ExternalKind::Func))
    }

    /// The memory exported under this name.
    pub fn exported_memory(&self, name: &str) -> Option<u32> {
        self.exported(name, |kind| matches!(kind, ExternalKind::Memory))
    }

    /// The memory exported as `memory`, or else the first that is exported.
    pub fn shown_memory(&self) -> Option<u32> {
        let mut exports = self.exports.iter();
        let first = exports.find(|export| export.kind == ExternalKind::Memory);
        self.exported_memory("memory")
            .or(first.map(|export| export.index))
    }

    fn exported(&self, name: &str, kind: fn(&ExternalKind) -> bool) -> Option<u32> {
        let mut exports = self.exports.iter();
        exports
            .find(|e| e.name.0 == name && kind(&e.kind))
            .map(|e| e.index)
    }

    /// The name of a function as debuggers and traps show it, demangled and escaped, if it has one.
    pub fn shown_name(&self, function: u32) -> Option<String> {
        let name = self.function_names.get(function as usize);
        let name = name.filter(|name| !name.0.is_empty())?;
        Some(WasmName(&demangled(name.0)).to_string())
    }

    /// Gives what a person calls a function: its name where it has one, else its index.
    pub fn describe(&self, function: u32) -> String {
        match self.function_names.get(function as usize) {
            Some(name) if !name.0.is_empty() => format!("`{name}` (index {function})"),
            _ => format!("function {function}"),
        }
    }
}
