//! The text section: compiled functions, one after the other, and where each came to lie.

use super::failed;
use crate::Error;
use crate::compile::{Code, Relocation, RelocationTarget, TrapSite};
use crate::lower::{Data, Item, Name, Target};
use crate::module::{Module, WasmName};
use crate::plan::{ImportBinding, Plan};
use cranelift_codegen::ir::Signature;
use cranelift_codegen::isa::CallConv;
use cranelift_module::{DataId, FuncId, Linkage, Module as _, ModuleReloc, ModuleRelocTarget};
use cranelift_object::{ObjectModule, ObjectProduct};
use kiln_abi::exception::{ANY_TAG, ExceptionTableWriter, Handler};
use kiln_abi::library::INSTANCE_FUNCTIONS;
use kiln_abi::symbols;
use kiln_abi::trap::TrapSitesWriter;
use object::write::{Object, StandardSection, Symbol, SymbolId, SymbolSection};
use object::{SymbolFlags, SymbolKind, SymbolScope};
use rustc_hash::FxHashMap;

/// The text section as it is written.
pub(super) struct Text {
    module: ObjectModule,
    functions: FxHashMap<Target, FuncId>,
    data: FxHashMap<Data, DataId>,
    items: Vec<FuncId>,
}

/// Where everything in the text section lies.
pub(super) struct Layout {
    /// Symbols of the functions that code or data may refer to.
    pub functions: FxHashMap<u32, SymbolId>,
    /// Symbols of the data that code refers to, still undefined.
    pub data: FxHashMap<Data, SymbolId>,
    /// Length of the text section in bytes.
    pub text_len: u64,
    /// Symbols of all functions, in order.
    pub items: Vec<SymbolId>,
}

impl Text {
    pub fn new(module: ObjectModule) -> Self {
        Self {
            module,
            functions: FxHashMap::default(),
            data: FxHashMap::default(),
            items: Vec::new(),
        }
    }

    /// Adds a compiled function.
    pub fn define(&mut self, plan: &Plan, code: &Code) -> Result<(), Error> {
        let id = match code.item {
            Item::Function(index) | Item::ImportBody(index) => {
                self.function(plan, Target::Function(index))?
            }
            Item::Trampoline(index) => self.function(plan, Target::Trampoline(index))?,
            Item::Entry => self.declare(symbols::ENTRY, Linkage::Export)?,
            // Described by their symbols.
            Item::Export(_) | Item::InstanceFunction(_) => {
                self.declare(&code.item.describe(plan), Linkage::Export)?
            }
        };
        let relocations = code
            .relocations
            .iter()
            .map(|r| self.relocation(plan, id, r));
        let relocations = relocations.collect::<Result<Vec<_>, Error>>()?;
        self.items.push(id);
        self.module
            .define_function_bytes(id, code.alignment, &code.bytes, &relocations)
            .map_err(failed)
    }

    fn function(&mut self, plan: &Plan, target: Target) -> Result<FuncId, Error> {
        if let Some(id) = self.functions.get(&target) {
            return Ok(*id);
        }
        let id = match target {
            Target::Function(index) => {
                self.declare(&format!("wasm_function_{index}"), Linkage::Local)?
            }
            Target::Trampoline(index) => {
                self.declare(&format!("wasm_trampoline_{index}"), Linkage::Local)?
            }
            Target::Import(index) => match &plan.imports[index as usize] {
                ImportBinding::Runtime(symbol) | ImportBinding::User(symbol) => {
                    self.declare(symbol, Linkage::Import)?
                }
                ImportBinding::Trap | ImportBinding::NoOp => {
                    unreachable!("translation calls no import that nothing stands behind")
                }
            },
            Target::InstanceFunction(index) => {
                self.declare(INSTANCE_FUNCTIONS[index as usize].symbol, Linkage::Import)?
            }
            Target::Runtime(function) => self.declare(function.symbol(), Linkage::Import)?,
        };
        self.functions.insert(target, id);
        Ok(id)
    }

    // What a function takes and gives says nothing in an object.
    fn declare(&mut self, name: &str, linkage: Linkage) -> Result<FuncId, Error> {
        let signature = Signature::new(CallConv::SystemV);
        self.module
            .declare_function(name, linkage, &signature)
            .map_err(failed)
    }

    fn relocation(
        &mut self,
        plan: &Plan,
        function: FuncId,
        relocation: &Relocation,
    ) -> Result<ModuleReloc, Error> {
        let name = match relocation.target {
            RelocationTarget::Name(Name::Target(target)) => {
                ModuleRelocTarget::user(0, self.function(plan, target)?.as_u32())
            }
            RelocationTarget::Name(Name::Data(data)) => {
                ModuleRelocTarget::user(1, self.data(data)?.as_u32())
            }
            RelocationTarget::LibCall(call) => ModuleRelocTarget::LibCall(call),
            RelocationTarget::Offset(offset) => ModuleRelocTarget::FunctionOffset(function, offset),
        };
        let Relocation {
            offset,
            kind,
            addend,
            ..
        } = *relocation;
        Ok(ModuleReloc {
            offset,
            kind,
            name,
            addend,
        })
    }

    fn data(&mut self, data: Data) -> Result<DataId, Error> {
        if let Some(id) = self.data.get(&data) {
            return Ok(*id);
        }
        // Declared as imported, so that `DataWriter` can define it together with its relocations.
        let id = self
            .module
            .declare_data(&data.symbol(), Linkage::Import, false, false)
            .map_err(failed)?;
        self.data.insert(data, id);
        Ok(id)
    }

    /// Ends the text section.
    pub fn finish(self, names: impl Iterator<Item = Option<String>>) -> (ObjectProduct, Layout) {
        let mut product = self.module.finish();
        let functions = self
            .functions
            .iter()
            .filter_map(|(target, id)| match target {
                Target::Function(index) => Some((*index, product.function_symbol(*id))),
                _ => None,
            });
        let functions = functions.collect();
        let data = self
            .data
            .iter()
            .map(|(data, id)| (*data, product.data_symbol(*id)))
            .collect();
        let items: Vec<_> = self
            .items
            .iter()
            .map(|id| product.function_symbol(*id))
            .collect();
        for (symbol, name) in items.iter().zip(names) {
            if let Some(name) = name {
                product.object.symbol_mut(*symbol).name = name.into_bytes();
            }
        }
        let section = product.object.section_id(StandardSection::Text);
        let text_len = product.object.section(section).data().len() as u64;
        product.object.add_symbol(Symbol {
            name: symbols::TEXT.into(),
            value: 0,
            size: 0,
            // No function, lest its name hides that of the first.
            kind: SymbolKind::Label,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        });
        (
            product,
            Layout {
                functions,
                data,
                text_len,
                items,
            },
        )
    }
}

// Index, name and offset in the module, for a person. What is none of its functions is told as the
// one that it runs.
fn described<'a>(plan: &'a Plan, item: Item) -> (u32, WasmName<'a>, u64) {
    let module = plan.module;
    match item {
        Item::Function(index) | Item::Trampoline(index) => named(module, index),
        Item::Export(index) => named(module, plan.interface.exports[index as usize].function),
        Item::ImportBody(index) => (index, module.imports[index as usize].name, 0),
        Item::Entry | Item::InstanceFunction(_) => {
            let entry = plan.entry.functions.last().copied();
            (
                entry.unwrap_or_default(),
                plan.entry.name.unwrap_or_default(),
                0,
            )
        }
    }
}

fn named<'a>(module: &'a Module, index: u32) -> (u32, WasmName<'a>, u64) {
    let name = module.function_names.get(index as usize).copied();
    let start = module.body(index).map_or(0, |body| body.code.range().start);
    (index, name.unwrap_or_default(), start)
}

impl Layout {
    /// The table that leads from an address back to a function and a wasm offset.
    pub fn trap_sites(&self, plan: &Plan, code: &[Code], object: &Object) -> Vec<u8> {
        let mut writer = TrapSitesWriter::default();
        for (code, symbol) in code.iter().zip(&self.items) {
            let text_offset = object.symbol(*symbol).value as u32;
            let outer = described(plan, code.item);
            let function_of =
                |site: &TrapSite| match plan.module.function_at(site.wasm_offset.into()) {
                    Some(function) if function != outer.0 => named(plan.module, function),
                    _ => outer,
                };
            let mut add = |(index, name, start): (u32, WasmName, u64), at, sites: &[TrapSite]| {
                let sites = sites.iter().map(|s| (s.offset - at, s.kind, s.wasm_offset));
                // Escaped here once, so that the runtime can tell it as it is.
                writer.function(
                    text_offset + at,
                    index,
                    start as u32,
                    &name.to_string(),
                    sites,
                );
            };
            // Where another function is inlined, its sites are told as its own.
            let mut runs = code
                .trap_sites
                .chunk_by(|a, b| function_of(a).0 == function_of(b).0);
            let first = runs.next().unwrap_or_default();
            let first_function = first.first().map_or(outer, function_of);
            if first_function.0 != outer.0 {
                add(outer, 0, &[]);
                add(first_function, first[0].offset, first);
            } else {
                add(outer, 0, first);
            }
            for run in runs {
                add(function_of(&run[0]), run[0].offset, run);
            }
        }
        writer.finish()
    }

    /// The table that leads from a return address to exception handlers.
    pub fn exception_table(&self, code: &[Code], object: &Object) -> Vec<u8> {
        let mut writer = ExceptionTableWriter::default();
        for (code, symbol) in code.iter().zip(&self.items) {
            let start = object.symbol(*symbol).value as u32;
            for site in &code.call_sites {
                let handlers = site.handlers.iter().map(|(tag, landing)| Handler {
                    tag: tag.unwrap_or(ANY_TAG),
                    landing_offset: start + landing,
                });
                writer.call_site(start + site.return_offset, site.frame_size, handlers);
            }
        }
        writer.finish()
    }
}
