//! The data sections: what code refers to, and what the runtime reads of the program.

use super::text::Layout;
use crate::interface::wasm_type;
use crate::lines::Lines;
use crate::lower::Data;
use crate::note;
use crate::plan::{Form, Plan, TablePlace};
use bytemuck::{bytes_of, cast_slice};
use kiln_abi::layout::{FuncEntry, Program};
use kiln_abi::lines::{LinesWriter, Written};
use kiln_abi::tags::{self, ValueType};
use kiln_abi::{ABI_VERSION, leb128, symbols};
use object::write::{Object, Relocation, SectionId, StandardSection, Symbol, SymbolSection};
use object::{
    RelocationFlags, SectionFlags, SectionKind, SymbolFlags, SymbolKind, SymbolScope, elf,
};
use std::mem::{offset_of, size_of};
use wasmparser::{ExternalKind, ValType};

// Records are written as they lie in this machine's memory.
const _: () = assert!(
    cfg!(target_endian = "little"),
    "all targets are little-endian"
);

/// Writes data into an object.
pub(super) struct DataWriter<'a> {
    object: &'a mut Object<'static>,
    layout: &'a Layout,
    read_only: SectionId,
}

impl<'a> DataWriter<'a> {
    pub fn new(object: &'a mut Object<'static>, layout: &'a Layout) -> Self {
        let read_only = object.section_id(StandardSection::ReadOnlyData);
        Self {
            object,
            layout,
            read_only,
        }
    }

    /// Defines all the data that code refers to.
    pub fn referenced(&mut self, plan: &Plan) -> object::write::Result<()> {
        let mut wanted: Vec<_> = self
            .layout
            .data
            .iter()
            .map(|(d, symbol)| (*d, *symbol))
            .collect();
        // In an order that does not depend on hashing.
        wanted.sort_unstable_by_key(|(_, symbol)| *symbol);
        for (data, symbol) in wanted {
            let (offset, len) = match data {
                Data::Funcrefs => {
                    let functions = plan.funcrefs.iter().map(|function| Some(*function));
                    self.entries(plan, [None].into_iter().chain(functions))?
                }
                Data::Table(index) => match &plan.tables[index as usize] {
                    TablePlace::Constant { entries, rest, .. } => {
                        let rest = rest.iter().map(|function| Some(*function));
                        self.entries(plan, entries.iter().copied().chain(rest))?
                    }
                    _ => unreachable!("code refers to constant tables only"),
                },
                Data::Segment(index) => self.append(plan.module.data[index as usize].bytes, 16),
                Data::Elements(index) => {
                    let items = &plan.module.elements[index as usize].items;
                    let items: Vec<u64> = items.iter().map(|i| reference(plan, *i)).collect();
                    self.append(cast_slice(&items), 8)
                }
                Data::ImportName(index) => {
                    let import = &plan.module.imports[index as usize];
                    self.append(import.to_string().as_bytes(), 1)
                }
            };
            let section = SymbolSection::Section(self.read_only);
            let symbol = self.object.symbol_mut(symbol);
            (symbol.section, symbol.value, symbol.size) = (section, offset, len);
            symbol.scope = SymbolScope::Compilation;
        }
        Ok(())
    }

    /// Defines what the runtime reads: see [`kiln_abi::symbols`].
    pub fn program(
        &mut self,
        plan: &Plan,
        trap_sites: &[u8],
        exception_table: &[u8],
        embedded: Vec<u8>,
        lines_len: u64,
    ) {
        let tables: Vec<u64> = plan.table_cells().collect();
        let config = &plan.launch.config;
        let (tags, types) = (tags(plan), types(plan));
        let program = Program {
            abi_version: ABI_VERSION,
            state_len: plan.state_len,
            memory_count: plan.memory_plans.len() as u64,
            chunk_count: plan.image.chunks.len() as u64,
            image_runs_len: plan.image.runs.len() as u64,
            table_count: tables.len() as u64,
            wasi_memory: plan.wasi_memory,
            exported_memory: plan.exported_memory,
            has_user_code: u64::from(plan.launch.has_user_code),
            can_poll: u64::from(plan.can_poll),
            max_memory: plan.launch.max_memory,
            stack_size: plan.launch.stack_size,
            max_open_files: plan.launch.max_open_files,
            timeout: plan.launch.timeout,
            cpu_features: crate::target::feature_bits(plan.machine, &*plan.isa),
            text_len: self.layout.text_len,
            trap_sites_len: trap_sites.len() as u64,
            lines_len,
            exception_table_len: exception_table.len() as u64,
            tags_len: tags.len() as u64,
            types_len: types.len() as u64,
            exception_size: plan.exception_size(),
            config_len: config.len() as u64,
            embedded_len: embedded.len() as u64,
            filter_len: plan.sandbox.filter.len() as u64,
            call_names_len: plan.sandbox.call_names.len() as u64,
            sandbox: plan.sandbox.flags,
            profile: plan.counters.start,
            profile_head_len: plan.counters.head.len() as u64,
            profile_len: plan.counters.len().next_multiple_of(plan.machine.map.page),
        };
        self.define(symbols::PROGRAM, bytes_of(&program), 8);
        self.define(symbols::MEMORIES, cast_slice(&plan.memory_plans), 8);
        self.define(symbols::IMAGE_CHUNKS, cast_slice(&plan.image.chunks), 8);
        self.define(symbols::IMAGE_RUNS, &plan.image.runs, 1);
        self.define(symbols::TABLES, cast_slice(&tables), 8);
        self.define(symbols::TRAP_SITES, trap_sites, 4);
        self.define(symbols::EXCEPTION_TABLE, exception_table, 4);
        self.define(symbols::TAGS, &tags, 1);
        self.define(symbols::TYPES, &types, 1);
        self.define(symbols::CONFIG, config, 1);
        self.define(symbols::FILTER, cast_slice(&plan.sandbox.filter), 8);
        self.define(symbols::CALL_NAMES, &plan.sandbox.call_names, 1);
        self.embedded(plan, embedded);
        self.image(plan);
    }

    /// Defines the table of places in the source, and gives its length. It leads to the function that reads it,
    /// so that this is linked in only where there is a table.
    pub fn lines(&mut self, plan: &Plan, lines: &Lines) -> object::write::Result<u64> {
        let mut writer = LinesWriter::default();
        for (offset, stack) in &lines.stacks {
            let places = stack.iter().map(|source| Written {
                name: &source.name,
                file: &source.file,
                line: source.line,
                column: source.column,
            });
            writer.add(*offset, places);
        }
        let table = writer.finish();
        let (start, len) = self.append(&table, 4);
        self.symbol(symbols::LINES, self.read_only, start, len);
        if !table.is_empty() {
            self.lead_to(plan, symbols::FIND_SOURCE, start)?;
        }
        Ok(len)
    }

    /// Defines what leads to the function that opens the file of a profile, which is linked in only where the
    /// program counts.
    pub fn profile(&mut self, plan: &Plan) -> object::write::Result<()> {
        let counts = plan.counters.len() > 0;
        let (start, len) = self.append(if counts { &[0; 4] } else { &[] }, 4);
        self.symbol(symbols::PROFILE, self.read_only, start, len);
        match counts {
            true => self.lead_to(plan, symbols::OPEN_PROFILE, start),
            false => Ok(()),
        }
    }

    /// Has the four bytes at `offset` be the distance from there to a function of the runtime.
    fn lead_to(&mut self, plan: &Plan, function: &str, offset: u64) -> object::write::Result<()> {
        let symbol = self.object.add_symbol(Symbol {
            name: function.into(),
            value: 0,
            size: 0,
            kind: SymbolKind::Text,
            scope: SymbolScope::Unknown,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        let relocation = Relocation {
            offset,
            symbol,
            addend: 0,
            flags: RelocationFlags::Elf {
                r_type: plan.machine.relocations.distance,
            },
        };
        self.object.add_relocation(self.read_only, relocation)
    }

    /// Defines the note about it all: see [`crate::note`].
    pub fn note(&mut self, note: &[u8]) {
        let name = note::SECTION.as_bytes().to_vec();
        let section = self.object.add_section(Vec::new(), name, SectionKind::Note);
        self.object.append_section_data(section, note, 4);
        self.object.section_mut(section).flags = SectionFlags::Elf {
            sh_flags: elf::SHF_ALLOC.into(),
        };
    }

    fn append(&mut self, bytes: &[u8], align: u64) -> (u64, u64) {
        let offset = self
            .object
            .append_section_data(self.read_only, bytes, align);
        (offset, bytes.len() as u64)
    }

    // Code entries, each with the distance from itself to its function.
    fn entries(
        &mut self,
        plan: &Plan,
        functions: impl Iterator<Item = Option<u32>>,
    ) -> object::write::Result<(u64, u64)> {
        let functions: Vec<_> = functions.collect();
        let entry = |function: &Option<u32>| FuncEntry {
            code: 0,
            type_id: function.map_or(0, |index| {
                plan.module.type_ids[plan.module.functions[index as usize] as usize]
            }),
        };
        let entries: Vec<FuncEntry> = functions.iter().map(entry).collect();
        let (start, len) = self.append(cast_slice(&entries), 8);
        for (function, at) in functions
            .iter()
            .zip((start..).step_by(size_of::<FuncEntry>()))
        {
            let Some(index) = function else { continue };
            self.object.add_relocation(
                self.read_only,
                Relocation {
                    offset: at + offset_of!(FuncEntry, code) as u64,
                    symbol: self.layout.functions[index],
                    addend: 0,
                    flags: RelocationFlags::Elf {
                        r_type: plan.machine.relocations.distance,
                    },
                },
            )?;
        }
        Ok((start, len))
    }

    fn define(&mut self, name: &str, bytes: &[u8], align: u64) {
        let (offset, len) = self.append(bytes, align);
        self.symbol(name, self.read_only, offset, len);
    }

    // Whole pages in a section of their own, for the runtime of an executable to move away, and for
    // that of a library to copy for every instance.
    fn image(&mut self, plan: &Plan) {
        let (name, bytes) = (symbols::DATA_IMAGE, &*plan.image.pages);
        // A section without contents would have its own segment, for which valgrind 3.19 reads no symbols.
        if bytes.is_empty() {
            return self.define(name, bytes, 1);
        }
        let kind = match plan.form {
            Form::Executable => SectionKind::Data,
            Form::Library => SectionKind::ReadOnlyData,
        };
        debug_assert_eq!(bytes.len() as u64 % plan.machine.map.page, 0);
        let section = b".kiln.image".to_vec();
        let section = self.object.add_section(Vec::new(), section, kind);
        let offset = self
            .object
            .append_section_data(section, bytes, plan.machine.map.page);
        self.symbol(name, section, offset, bytes.len() as u64);
    }

    // A section of its own, so that no other data lies among its pages, and taken over, since it can
    // be large.
    fn embedded(&mut self, plan: &Plan, image: Vec<u8>) {
        if image.is_empty() {
            return self.define(symbols::EMBEDDED, &[], 1);
        }
        let section = b".kiln.embedded".to_vec();
        let kind = SectionKind::ReadOnlyData;
        let section = self.object.add_section(Vec::new(), section, kind);
        let len = image.len() as u64;
        self.object
            .set_section_data(section, image, plan.machine.map.page);
        self.symbol(symbols::EMBEDDED, section, 0, len);
    }

    fn symbol(&mut self, name: &str, section: SectionId, value: u64, size: u64) {
        self.object.add_symbol(Symbol {
            name: name.into(),
            value,
            size,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        });
    }
}

/// The table of the module's tags.
fn tags(plan: &Plan) -> Vec<u8> {
    let mut table = Vec::new();
    for (ty, index) in plan.module.tags.iter().zip(0..) {
        let mut exports = plan.module.exports.iter();
        let export = exports.find(|e| e.kind == ExternalKind::Tag && e.index == index);
        let name = export.map_or_else(String::new, |export| export.name.to_string());
        let types = plan.module.type_at(*ty).params().iter();
        tags::write(&mut table, &name, types.map(value_type));
    }
    table
}

/// The table of the types that an indirect call may find or expect: none where there is no table.
fn types(plan: &Plan) -> Vec<u8> {
    let mut table = Vec::new();
    let is_called = |place: &TablePlace| !matches!(place, TablePlace::Unused);
    if plan.tables.iter().any(is_called) {
        let mut next = 1;
        for (id, ty) in plan.module.type_ids.iter().zip(&plan.module.types) {
            if *id == next {
                let text = ty.as_ref().map(wasm_type).unwrap_or_default();
                leb128::write_string(&mut table, text.as_bytes());
                next += 1;
            }
        }
    }
    table
}

fn value_type(ty: &ValType) -> ValueType {
    match ty {
        ValType::I32 => ValueType::I32,
        ValType::I64 => ValueType::I64,
        ValType::F32 => ValueType::F32,
        ValType::F64 => ValueType::F64,
        ValType::V128 => ValueType::V128,
        ValType::Ref(_) => ValueType::Reference,
    }
}

fn reference(plan: &Plan, function: Option<u32>) -> u64 {
    function.map_or(0, |index| plan.funcref_of[&index])
}
