//! A static linker at the level of WebAssembly: several instances become one module.
//!
//! The index spaces of the instances are laid end to end and an import becomes the index of what
//! it imports, so that one executable holds modules that import each other.
//!
//! A lone instance keeps its active segments and its start function. Of several, each must take
//! effect when the script says so: their segments become passive ones, and who drives the program
//! is told where they go ([`Instance::active`]).

mod remap;

use anyhow::{Context, Result, bail};
use remap::{Remap, Shared};
use std::collections::HashMap;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, Encode,
    EntityType, ExportKind, ExportSection, FuncType, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, MemorySection, MemoryType, Module, StartSection, TableSection,
    TableType, TagSection, TypeSection, ValType,
};
use wasmparser::{CompositeInnerType, ExternalKind, Parser, Payload, TypeRef};

/// The binding of an import: its kind, and its index in the linked module.
pub type Export = (ExternalKind, u32);

/// The module that the instances are laid into.
#[derive(Default)]
pub struct Linker {
    /// True if active segments and start functions stay what they are.
    keeps_initialisation: bool,
    shared: Shared,
    types: TypeSection,
    /// For each type, what it is if it is a function's.
    signatures: Vec<Option<FuncType>>,
    imports: ImportSection,
    functions: FunctionSection,
    function_types: Vec<u32>,
    tables: TableSection,
    table_types: Vec<TableType>,
    memories: MemorySection,
    memory_types: Vec<MemoryType>,
    tags: TagSection,
    tag_count: u32,
    globals: GlobalSection,
    global_types: Vec<GlobalType>,
    exports: ExportSection,
    start: Option<u32>,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
}

/// The places of an instance's own indices in the linked module.
#[derive(Default)]
pub struct Instance {
    types: u32,
    functions: Vec<u32>,
    tables: Vec<u32>,
    memories: Vec<u32>,
    globals: Vec<u32>,
    tags: Vec<u32>,
    elements: u32,
    data: u32,
    pub exports: HashMap<String, Export>,
    /// The active segments, yet to be applied.
    pub active: Vec<Active>,
    /// The start function, yet to be called.
    pub start: Option<u32>,
}

/// An active segment that has become a passive one.
pub struct Active {
    pub target: Target,
    pub segment: u32,
    /// The offset's instructions, encoded without `end`.
    pub offset: Vec<u8>,
    /// Its length in elements or bytes.
    pub len: u32,
}

/// The target of an active segment.
#[derive(Clone, Copy)]
pub enum Target {
    Table(u32),
    Memory(u32),
}

impl Linker {
    /// A linker for a lone instance or for several.
    pub fn new(lone: bool, externs_are_functions: bool) -> Self {
        Self {
            keeps_initialisation: lone,
            shared: Shared {
                externs_are_functions,
                ..Shared::default()
            },
            ..Self::default()
        }
    }

    /// Adds an instance of a valid module whose imports `resolve` finds by module and name.
    pub fn add(
        &mut self,
        wasm: &[u8],
        resolve: impl Fn(&str, &str) -> Option<Export>,
    ) -> Result<Instance> {
        let mut instance = Instance {
            types: self.signatures.len() as u32,
            elements: self.elements.len(),
            data: self.data.len(),
            ..Instance::default()
        };
        for payload in Parser::new(0).parse_all(wasm) {
            self.add_section(&mut instance, payload?, &resolve)?;
        }
        Ok(instance)
    }

    fn add_section(
        &mut self,
        instance: &mut Instance,
        section: Payload<'_>,
        resolve: &impl Fn(&str, &str) -> Option<Export>,
    ) -> Result<()> {
        match section {
            Payload::TypeSection(types) => self.add_types(instance, types)?,
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    let export = resolve(import.module, import.name)
                        .with_context(|| format!("no {}.{}", import.module, import.name))?;
                    instance.bind(import.ty, export)?;
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    let ty = instance.types + ty?;
                    instance.functions.push(self.declare(ty));
                }
            }
            Payload::TableSection(tables) => self.add_tables(instance, tables)?,
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = self.remap(instance).memory_type(memory?)?;
                    instance.memories.push(self.memory(memory));
                }
            }
            Payload::TagSection(tags) => {
                for tag in tags {
                    let tag = self.remap(instance).tag_type(tag?)?;
                    self.tags.tag(tag);
                    instance.tags.push(self.tag_count);
                    self.tag_count += 1;
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let global = global?;
                    let ty = self.remap(instance).global_type(global.ty)?;
                    let value = self.remap(instance).const_expr(global.init_expr)?;
                    instance.globals.push(self.global(ty, value));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    let index = instance.index(export.kind, export.index)?;
                    let export_of = (export.kind, index);
                    instance.exports.insert(export.name.into(), export_of);
                }
            }
            Payload::StartSection { func, .. } => {
                let start = instance.index(ExternalKind::Func, func)?;
                if self.keeps_initialisation {
                    self.start = Some(start);
                } else {
                    instance.start = Some(start);
                }
            }
            Payload::ElementSection(elements) => self.add_elements(instance, elements)?,
            Payload::DataSection(data) => self.add_data(instance, data)?,
            Payload::CodeSectionEntry(body) => {
                remap(instance, &self.shared).parse_function_body(&mut self.code, body)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn remap<'a>(&'a self, instance: &'a Instance) -> Remap<'a> {
        remap(instance, &self.shared)
    }

    fn add_types(
        &mut self,
        instance: &Instance,
        types: wasmparser::TypeSectionReader<'_>,
    ) -> Result<()> {
        for group in types {
            let group = group?;
            for ty in group.types() {
                let signature = match &ty.composite_type.inner {
                    CompositeInnerType::Func(ty) => {
                        Some(self.remap(instance).func_type(ty.clone())?)
                    }
                    _ => None,
                };
                self.signatures.push(signature);
            }
            remap(instance, &self.shared).parse_recursive_type_group(self.types.ty(), group)?;
        }
        Ok(())
    }

    fn add_tables(
        &mut self,
        instance: &mut Instance,
        tables: wasmparser::TableSectionReader<'_>,
    ) -> Result<()> {
        for table in tables {
            let table = table?;
            let ty = self.remap(instance).table_type(table.ty)?;
            remap(instance, &self.shared).parse_table(&mut self.tables, table)?;
            instance.tables.push(self.table_types.len() as u32);
            self.table_types.push(ty);
        }
        Ok(())
    }

    fn add_elements(
        &mut self,
        instance: &mut Instance,
        elements: wasmparser::ElementSectionReader<'_>,
    ) -> Result<()> {
        for element in elements {
            let element = element?;
            let wasmparser::ElementKind::Active {
                table_index,
                offset_expr,
            } = element.kind.clone()
            else {
                remap(instance, &self.shared).parse_element(&mut self.elements, element)?;
                continue;
            };
            if self.keeps_initialisation {
                remap(instance, &self.shared).parse_element(&mut self.elements, element)?;
                continue;
            }
            let len = match &element.items {
                wasmparser::ElementItems::Functions(functions) => functions.count(),
                wasmparser::ElementItems::Expressions(_, expressions) => expressions.count(),
            };
            let mut remap = self.remap(instance);
            let active = Active {
                target: Target::Table(remap.table_index(table_index.unwrap_or(0))?),
                segment: self.elements.len(),
                offset: encoded(&remap.const_expr(offset_expr)?),
                len,
            };
            let items = remap.element_items(element.items)?;
            self.elements.passive(items);
            instance.active.push(active);
        }
        Ok(())
    }

    fn add_data(
        &mut self,
        instance: &mut Instance,
        segments: wasmparser::DataSectionReader<'_>,
    ) -> Result<()> {
        for segment in segments {
            let segment = segment?;
            match segment.kind.clone() {
                wasmparser::DataKind::Active {
                    memory_index,
                    offset_expr,
                } if !self.keeps_initialisation => {
                    let mut remap = self.remap(instance);
                    let active = Active {
                        target: Target::Memory(remap.memory_index(memory_index)?),
                        segment: self.data.len(),
                        offset: encoded(&remap.const_expr(offset_expr)?),
                        len: segment.data.len() as u32,
                    };
                    self.data.passive(segment.data.iter().copied());
                    instance.active.push(active);
                }
                _ => remap(instance, &self.shared).parse_data(&mut self.data, segment)?,
            }
        }
        Ok(())
    }
}

fn remap<'a>(instance: &'a Instance, shared: &'a Shared) -> Remap<'a> {
    Remap { instance, shared }
}

/// The instructions of a constant expression, without `end`.
fn encoded(expr: &ConstExpr) -> Vec<u8> {
    let mut bytes = Vec::new();
    expr.encode(&mut bytes);
    bytes.pop();
    bytes
}

/// The driver's own additions and questions.
impl Linker {
    /// A function type, as an index.
    pub fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let ty = FuncType::new(params.iter().copied(), results.iter().copied());
        self.types.ty().func_type(&ty);
        self.signatures.push(Some(ty));
        self.signatures.len() as u32 - 1
    }

    /// An imported function; before any other function.
    pub fn import(&mut self, module: &str, name: &str, ty: u32) -> u32 {
        self.imports.import(module, name, EntityType::Function(ty));
        self.function_types.push(ty);
        self.function_types.len() as u32 - 1
    }

    /// A function that has its type, and gets its body as its turn comes.
    fn declare(&mut self, ty: u32) -> u32 {
        self.functions.function(ty);
        self.function_types.push(ty);
        self.function_types.len() as u32 - 1
    }

    /// A function with its body.
    pub fn function(&mut self, ty: u32, body: &Function) -> u32 {
        self.code.function(body);
        self.declare(ty)
    }

    /// A global.
    pub fn global(&mut self, ty: GlobalType, value: ConstExpr) -> u32 {
        let index = self.global_types.len() as u32;
        self.globals.global(ty, &value);
        if !ty.mutable {
            self.shared.constants.insert(index, encoded(&value));
        }
        self.global_types.push(ty);
        index
    }

    /// A memory.
    pub fn memory(&mut self, ty: MemoryType) -> u32 {
        self.memories.memory(ty);
        self.memory_types.push(ty);
        self.memory_types.len() as u32 - 1
    }

    /// A table.
    pub fn table(&mut self, ty: TableType) -> u32 {
        self.tables.table(ty);
        self.table_types.push(ty);
        self.table_types.len() as u32 - 1
    }

    /// Lets `ref.func` name these functions.
    pub fn refer_to(&mut self, functions: &[u32]) {
        self.elements
            .declared(Elements::Functions(functions.into()));
    }

    /// Exports something to the host.
    pub fn export(&mut self, name: &str, kind: ExportKind, index: u32) {
        self.exports.export(name, kind, index);
    }

    /// The type of a function.
    pub fn signature(&self, function: u32) -> Result<&FuncType> {
        let ty = self.function_types.get(function as usize);
        ty.and_then(|&ty| self.signatures.get(ty as usize)?.as_ref())
            .context("a function has no type")
    }

    /// The type of a global's value.
    pub fn global_type(&self, global: u32) -> Option<ValType> {
        Some(self.global_types.get(global as usize)?.val_type)
    }

    /// The type of a table.
    pub fn table_type(&self, table: u32) -> Option<&TableType> {
        self.table_types.get(table as usize)
    }

    /// The type of a memory.
    pub fn memory_type(&self, memory: u32) -> Option<&MemoryType> {
        self.memory_types.get(memory as usize)
    }

    /// The linked module.
    pub fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.imports)
            .section(&self.functions)
            .section(&self.tables)
            .section(&self.memories);
        if self.tag_count > 0 {
            module.section(&self.tags);
        }
        module.section(&self.globals).section(&self.exports);
        if let Some(function_index) = self.start {
            module.section(&StartSection { function_index });
        }
        module
            .section(&self.elements)
            .section(&DataCountSection {
                count: self.data.len(),
            })
            .section(&self.code)
            .section(&self.data)
            .clone()
            .finish()
    }
}

impl Instance {
    fn bind(&mut self, ty: TypeRef, (kind, index): Export) -> Result<()> {
        let indices = match (ty, kind) {
            (TypeRef::Func(_), ExternalKind::Func) => &mut self.functions,
            (TypeRef::Table(_), ExternalKind::Table) => &mut self.tables,
            (TypeRef::Memory(_), ExternalKind::Memory) => &mut self.memories,
            (TypeRef::Global(_), ExternalKind::Global) => &mut self.globals,
            (TypeRef::Tag(_), ExternalKind::Tag) => &mut self.tags,
            _ => bail!("an import of another kind than its export"),
        };
        indices.push(index);
        Ok(())
    }

    /// The index in the linked module of one of the instance's own.
    fn index(&self, kind: ExternalKind, index: u32) -> Result<u32> {
        let indices = match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &self.functions,
            ExternalKind::Table => &self.tables,
            ExternalKind::Memory => &self.memories,
            ExternalKind::Global => &self.globals,
            ExternalKind::Tag => &self.tags,
        };
        indices
            .get(index as usize)
            .copied()
            .context("an index out of its space")
    }

    /// The functions it exports.
    pub fn exported_functions(&self) -> impl Iterator<Item = u32> {
        self.exports
            .values()
            .filter(|(kind, _)| *kind == ExternalKind::Func)
            .map(|&(_, index)| index)
    }
}
