//! The text section: compiled functions, one after the other, and where each came to lie.

use super::failed;
use crate::Error;
use crate::compile::{Code, Relocation, RelocationTarget};
use crate::demangle::demangled;
use crate::lower::{Data, Item, Name, Target};
use crate::module::WasmName;
use crate::plan::{ImportBinding, Plan};
use cranelift_codegen::ir::Signature;
use cranelift_codegen::isa::CallConv;
use cranelift_module::{DataId, FuncId, Linkage, Module as _, ModuleReloc, ModuleRelocTarget};
use cranelift_object::{ObjectModule, ObjectProduct};
use kiln_abi::exception::{ANY_TAG, ExceptionTableWriter, Handler};
use kiln_abi::library::INSTANCE_FUNCTIONS;
use kiln_abi::sites::{NO_FUNCTION, PieceSites, SitesWriter};
use kiln_abi::symbols;
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

/// The places of all that is in the text section.
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

/// Index of the function of the module that an item is the code of.
fn function_of(item: Item) -> u32 {
    match item {
        Item::Function(index) | Item::ImportBody(index) => index,
        Item::Entry | Item::Trampoline(_) | Item::Export(_) | Item::InstanceFunction(_) => {
            NO_FUNCTION
        }
    }
}

/// The name that traps are told with, escaped here once, so that the runtime can tell it as it is.
fn shown_name(plan: &Plan, function: u32) -> String {
    let module = plan.module;
    match module.imports.get(function as usize) {
        Some(import) => WasmName(&demangled(import.name.0)).to_string(),
        None => module.shown_name(function).unwrap_or_default(),
    }
}

impl Layout {
    /// The table that leads from an address back to wasm functions and offsets.
    pub fn sites(&self, plan: &Plan, code: &[Code], object: &Object) -> Vec<u8> {
        let mut writer = SitesWriter::default();
        for (code, symbol) in code.iter().zip(&self.items) {
            let function = function_of(code.item);
            let inlined = code.inlined.iter().map(|inlined| inlined.function);
            for function in inlined.chain([function]) {
                if !plan.strip && !writer.is_named(function) {
                    writer.name(function, shown_name(plan, function));
                }
            }
            writer.piece(PieceSites {
                text_offset: object.symbol(*symbol).value as u32,
                function,
                wasm_offset: code.item.wasm_offset(plan) as u32,
                pushes_frame_pointer: !code.frame.is_empty(),
                inlined: &code.inlined,
                sites: &code.sites,
            });
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
