//! The sections of a module, read without regard to what Kiln supports.

use super::{
    Data, Debug, Export, Function, Functions, Globals, Import, Inspection, Item, Kind, LARGEST,
    Memory, Segment, custom, verdict,
};
use crate::Target;
use crate::demangle::demangled;
use crate::interface::{INITIALIZER, wasm_type};
use crate::module::{self, WasmName, page_log2};
use crate::note::{Module, Provider};
use crate::sandbox::{Profile, Rules};
use crate::{Error, wasi};
use std::cmp::Reverse;
use wasmparser::{
    CompositeInnerType, ConstExpr, DataKind, ExternalKind, FuncType, GlobalType, MemoryType,
    Operator, Parser, Payload, TableType, TypeRef,
};

/// Reads all but what can be built of it and what it must be granted.
pub(super) fn read(wasm: &[u8]) -> Result<Inspection, Error> {
    let mut contents = Contents::default();
    for payload in Parser::new(0).parse_all(wasm) {
        contents.payload(payload?)?;
    }
    Ok(contents.finish(wasm))
}

/// The parts read of a module: each index space, imported items first.
#[derive(Default)]
struct Contents<'a> {
    types: Vec<Option<FuncType>>,
    imports: Vec<Import>,
    imported_functions: u32,
    /// The type index of each function.
    functions: Vec<u32>,
    memories: Vec<(MemoryType, bool)>,
    tables: Vec<TableType>,
    globals: Vec<GlobalType>,
    tags: Vec<u32>,
    exports: Vec<wasmparser::Export<'a>>,
    start: Option<u32>,
    /// Bytes of each body.
    bodies: Vec<u64>,
    data: Vec<Segment>,
    element_segments: u64,
    custom: custom::Sections<'a>,
}

impl<'a> Contents<'a> {
    fn payload(&mut self, payload: Payload<'a>) -> Result<(), Error> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group?.types() {
                        self.types.push(match &ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => Some(ty.clone()),
                            _ => None,
                        });
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.import(import?);
                }
            }
            Payload::FunctionSection(section) => {
                for function in section {
                    self.functions.push(function?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(table?.ty);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push((memory?, false));
                }
            }
            Payload::TagSection(section) => {
                for tag in section {
                    self.tags.push(tag?.func_type_idx);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(global?.ty);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    self.exports.push(export?);
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => self.element_segments += u64::from(section.count()),
            Payload::CodeSectionEntry(body) => self.bodies.push(body.as_bytes().len() as u64),
            Payload::DataSection(section) => {
                for (data, index) in section.into_iter().zip(0..) {
                    self.data.push(segment(data?, index));
                }
            }
            Payload::CustomSection(section) => self.custom.add(&section),
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, import: wasmparser::Import<'a>) {
        let (kind, ty, provider) = match import.ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.functions.push(index);
                self.imported_functions += 1;
                let ty = self.types.get(index as usize).and_then(Option::as_ref);
                let provider = provider(import.module, import.name, ty);
                (Item::Function, self.type_at(index), provider)
            }
            TypeRef::Table(ty) => {
                self.tables.push(ty);
                (Item::Table, table_type(&ty), Provider::Nothing)
            }
            TypeRef::Memory(ty) => {
                self.memories.push((ty, true));
                (Item::Memory, memory_type(&ty), Provider::Nothing)
            }
            TypeRef::Global(ty) => {
                self.globals.push(ty);
                (Item::Global, global_type(&ty), Provider::Nothing)
            }
            TypeRef::Tag(ty) => {
                self.tags.push(ty.func_type_idx);
                (Item::Tag, self.type_at(ty.func_type_idx), Provider::Nothing)
            }
        };
        self.imports.push(Import {
            module: import.module.to_owned(),
            name: import.name.to_owned(),
            kind,
            ty,
            provider,
        });
    }

    /// A function's type by its index, as text.
    fn type_at(&self, index: u32) -> String {
        let ty = self.types.get(index as usize).and_then(Option::as_ref);
        ty.map_or(String::new(), wasm_type)
    }

    fn export(&self, export: &wasmparser::Export) -> Export {
        let at = export.index as usize;
        let signature = |space: &[u32]| space.get(at).map(|ty| self.type_at(*ty));
        let (kind, ty) = match export.kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                (Item::Function, signature(&self.functions))
            }
            ExternalKind::Table => (Item::Table, self.tables.get(at).map(table_type)),
            ExternalKind::Memory => {
                let memory = self.memories.get(at);
                (Item::Memory, memory.map(|(ty, _)| memory_type(ty)))
            }
            ExternalKind::Global => (Item::Global, self.globals.get(at).map(global_type)),
            ExternalKind::Tag => (Item::Tag, signature(&self.tags)),
        };
        Export {
            name: export.name.to_owned(),
            kind,
            index: export.index,
            ty: ty.unwrap_or_default(),
        }
    }

    fn functions(&self) -> Functions {
        let names = &self.custom.names;
        let mut largest: Vec<_> = (self.imported_functions..).zip(&self.bodies).collect();
        largest.sort_by_key(|(_, bytes)| Reverse(**bytes));
        let largest = largest.into_iter().take(LARGEST);
        Functions {
            count: self.bodies.len() as u64,
            bytes: self.bodies.iter().sum(),
            largest: largest
                .map(|(index, bytes)| Function {
                    index,
                    name: demangled(&names.function(index)).into_owned(),
                    bytes: *bytes,
                })
                .collect(),
        }
    }

    fn data(&mut self) -> Data {
        let mut largest = std::mem::take(&mut self.data);
        let (count, bytes) = (largest.len(), largest.iter().map(|data| data.bytes).sum());
        largest.sort_by_key(|data| Reverse(data.bytes));
        largest.truncate(LARGEST);
        for segment in &mut largest {
            let name = self.custom.names.segments.get(&segment.index);
            segment.name = name.map(|name| (*name).to_owned());
        }
        Data {
            count: count as u64,
            bytes,
            largest,
        }
    }

    fn finish(mut self, wasm: &[u8]) -> Inspection {
        let exports: Vec<_> = self.exports.iter().map(|e| self.export(e)).collect();
        let exports_function = |name: &str| {
            let mut functions = exports.iter().filter(|e| e.kind == Item::Function);
            functions.any(|export| export.name == name)
        };
        let entry = ["_start", ""]
            .into_iter()
            .find(|name| exports_function(name));
        let kind = match entry {
            Some(_) => Kind::Command,
            None if exports_function(INITIALIZER) => Kind::Reactor,
            None => Kind::Library,
        };
        let mutable = self.globals.iter().filter(|global| global.mutable).count();
        Inspection {
            module: Module::of(wasm),
            name: self.custom.names.module.map(str::to_owned),
            kind,
            entry: entry.map(str::to_owned),
            start: self.start,
            features: Vec::new(),
            memories: self.memories.iter().map(memory).collect(),
            tables: self.tables.iter().map(table_type).collect(),
            globals: Globals {
                count: self.globals.len() as u64,
                mutable: mutable as u64,
            },
            tags: self.tags.iter().map(|ty| self.type_at(*ty)).collect(),
            functions: self.functions(),
            debug: Debug {
                function_names: self.custom.names.functions.len() as u64,
                ..std::mem::take(&mut self.custom.debug)
            },
            data: self.data(),
            element_segments: self.element_segments,
            imports: self.imports,
            exports,
            producers: self.custom.producers,
            custom_sections: self.custom.sections,
            builds: verdict::none(),
            grants: Vec::new(),
            sandbox: Profile::of(&Rules::new(Target::default())),
        }
    }
}

/// Gives what provides an import, which is a function where it has a type.
pub(super) fn provider(module: &str, name: &str, ty: Option<&FuncType>) -> Provider {
    let named = module::Import {
        module: WasmName(module),
        name: WasmName(name),
        offset: 0,
    };
    match ty {
        Some(ty) if wasi::function(module, name).as_ref() == Some(ty) => Provider::Wasi,
        Some(ty) if wasi::is_no_op(&named, ty) => Provider::NoOp,
        _ => Provider::Nothing,
    }
}

fn segment(data: wasmparser::Data, index: u32) -> Segment {
    let (memory, offset) = match data.kind {
        DataKind::Passive => (None, None),
        DataKind::Active {
            memory_index,
            offset_expr,
        } => (Some(memory_index), constant(&offset_expr)),
    };
    Segment {
        index,
        name: None,
        bytes: data.data.len() as u64,
        memory,
        offset,
    }
}

/// The address that an expression of one constant gives.
fn constant(expr: &ConstExpr) -> Option<u64> {
    let mut operators = expr.get_operators_reader().into_iter();
    let first = operators.next()?.ok()?;
    let is_last = matches!(operators.next(), Some(Ok(Operator::End)));
    match first {
        Operator::I32Const { value } if is_last => Some(u64::from(value as u32)),
        Operator::I64Const { value } if is_last => Some(value as u64),
        _ => None,
    }
}

fn memory((ty, imported): &(MemoryType, bool)) -> Memory {
    let log2 = page_log2(ty);
    let bytes = |pages: u64| pages.checked_mul(1u64.checked_shl(log2)?);
    Memory {
        imported: *imported,
        page_size: 1u64.checked_shl(log2).unwrap_or_default(),
        min_pages: ty.initial,
        max_pages: ty.maximum,
        min_bytes: bytes(ty.initial),
        max_bytes: ty.maximum.and_then(bytes),
        address_bits: if ty.memory64 { 64 } else { 32 },
        shared: ty.shared,
    }
}

fn memory_type(ty: &MemoryType) -> String {
    let mut text = limits(ty.memory64, ty.initial, ty.maximum);
    if ty.shared {
        text += " shared";
    }
    text
}

fn table_type(ty: &TableType) -> String {
    format!(
        "{} {}",
        limits(ty.table64, ty.initial, ty.maximum),
        ty.element_type
    )
}

fn limits(is_64: bool, min: u64, max: Option<u64>) -> String {
    let index = if is_64 { "i64 " } else { "" };
    let max = max.map_or(String::new(), |max| format!(" {max}"));
    format!("{index}{min}{max}")
}

fn global_type(ty: &GlobalType) -> String {
    let mutable = if ty.mutable { "mut " } else { "" };
    format!("{mutable}{}", ty.content_type)
}
