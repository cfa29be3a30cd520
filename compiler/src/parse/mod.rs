//! Bytes → [`Module`], validated. The text format is turned into the binary one first; every
//! function body is validated here, in parallel, whether or not it will be compiled, and what it
//! uses is noted on the way. After this phase no later one can find the module malformed.

mod constant;
mod features;
mod foreign;
mod scan;
mod text;

use crate::Error;
use crate::module::{
    Body, Const, DataSegment, ElementSegment, Export, Global, Import, Module, SegmentKind, Table,
    WasmName,
};
use crate::origin;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use wasmparser::types::Types;
use wasmparser::{
    CompositeInnerType, DataKind, ElementItems, ElementKind, FuncToValidate, FunctionBody,
    KnownCustom, Name, Parser, Payload, TableInit, TypeRef, ValidPayload, Validator,
    ValidatorResources,
};

pub(crate) use text::locate;

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Error::foreign(error.message()).at(error.offset())
    }
}

/// Parses and validates a binary module.
pub(crate) fn parse(wasm: &[u8]) -> Result<Module<'_>, Error> {
    parse_payloads(wasm).map_err(|error| match cut_short(wasm) {
        Some(cut_short) => cut_short,
        None => features::name_missing_proposal(wasm, error),
    })
}

/// The error of a module that is cut short, if it is.
pub(crate) fn cut_short(wasm: &[u8]) -> Option<Error> {
    foreign::is_cut_short(wasm).then(|| foreign::cut_short(wasm))
}

fn parse_payloads(wasm: &[u8]) -> Result<Module<'_>, Error> {
    let mut reader = Reader::default();
    reader.module.wasm = wasm;
    let mut validator = Validator::new_with_features(features::SUPPORTED);
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match validator.payload(&payload)? {
            ValidPayload::Func(to_validate, body) => reader.bodies.push((to_validate, body)),
            ValidPayload::End(types) => reader.types(&types),
            ValidPayload::Ok | ValidPayload::Parser(_) => {}
        }
        reader.payload(payload)?;
    }
    reader.finish()
}

/// A module as far as it is read.
#[derive(Default)]
struct Reader<'a> {
    module: Module<'a>,
    bodies: Vec<(FuncToValidate<ValidatorResources>, FunctionBody<'a>)>,
    hints: HashMap<u32, Vec<(u64, bool)>>,
}

impl<'a> Reader<'a> {
    fn payload(&mut self, payload: Payload<'a>) -> Result<(), Error> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports_with_offsets() {
                    let (offset, import) = import?;
                    self.import(offset, import)?;
                }
            }
            Payload::FunctionSection(section) => {
                for function in section {
                    self.module.functions.push(function?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    let table = table?;
                    let init = match table.init {
                        TableInit::RefNull => Const::Null,
                        TableInit::Expr(expr) => self.constant(&expr)?,
                    };
                    self.module.tables.push(Table { ty: table.ty, init });
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.module.memories.push(memory?);
                }
            }
            Payload::TagSection(section) => {
                for tag in section {
                    self.module.tags.push(tag?.func_type_idx);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global?;
                    let init = self.constant(&global.init_expr)?;
                    self.module.globals.push(Global {
                        ty: global.ty,
                        init,
                    });
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let wasmparser::Export { name, kind, index } = export?;
                    let name = WasmName(name);
                    self.module.exports.push(Export { name, kind, index });
                }
            }
            Payload::StartSection { func, .. } => self.module.start = Some(func),
            Payload::ElementSection(section) => {
                for element in section {
                    self.element(element?)?;
                }
            }
            Payload::DataSection(section) => {
                for data in section {
                    self.data(data?)?;
                }
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Name(names) => self.names(names),
                KnownCustom::BranchHints(hints) => self.hints(hints),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, offset: u64, import: wasmparser::Import<'a>) -> Result<(), Error> {
        let (module, name) = (WasmName(import.module), WasmName(import.name));
        let unknown = |what| unknown(self.module.wasm, what, &import, offset);
        match import.ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.module.functions.push(index);
                self.module.imports.push(Import {
                    module,
                    name,
                    offset,
                });
                Ok(())
            }
            TypeRef::Table(_) => Err(unknown("table")),
            TypeRef::Memory(_) => Err(unknown("memory")),
            TypeRef::Global(_) => Err(unknown("global")),
            TypeRef::Tag(_) => Err(unknown("tag")),
        }
    }

    fn constant(&mut self, expr: &wasmparser::ConstExpr) -> Result<Const, Error> {
        for operator in expr.get_operators_reader() {
            self.module.features.add(features::of_constant(&operator?));
        }
        constant::evaluate(expr, &self.module)
    }

    fn element(&mut self, element: wasmparser::Element<'a>) -> Result<(), Error> {
        let kind = match element.kind {
            ElementKind::Passive => SegmentKind::Passive,
            ElementKind::Declared => SegmentKind::Declared,
            ElementKind::Active {
                table_index,
                offset_expr,
            } => SegmentKind::Active {
                index: table_index.unwrap_or(0),
                offset: self.constant(&offset_expr)?.as_offset(),
            },
        };
        let items = match element.items {
            ElementItems::Functions(functions) => {
                let items = functions.into_iter().map(|function| function.map(Some));
                items.collect::<Result<_, _>>()?
            }
            ElementItems::Expressions(_, exprs) => {
                let items = exprs
                    .into_iter()
                    .map(|expr| Ok(self.constant(&expr?)?.function()));
                items.collect::<Result<_, Error>>()?
            }
        };
        self.module.elements.push(ElementSegment { kind, items });
        Ok(())
    }

    fn data(&mut self, data: wasmparser::Data<'a>) -> Result<(), Error> {
        let kind = match data.kind {
            DataKind::Passive => SegmentKind::Passive,
            DataKind::Active {
                memory_index,
                offset_expr,
            } => SegmentKind::Active {
                index: memory_index,
                offset: self.constant(&offset_expr)?.as_offset(),
            },
        };
        self.module.data.push(DataSegment {
            kind,
            bytes: data.data,
        });
        Ok(())
    }

    // A malformed name section is no reason to refuse a module (core specification, appendix
    // "Custom Sections"): what can be read of it is used.
    fn names(&mut self, names: wasmparser::NameSectionReader<'a>) {
        for subsection in names.into_iter().map_while(Result::ok) {
            let Name::Function(map) = subsection else {
                continue;
            };
            for naming in map.into_iter().map_while(Result::ok) {
                let index = naming.index as usize;
                // A name for a function that does not exist must not make the list grow.
                if index < self.module.functions.len() {
                    if self.module.function_names.len() <= index {
                        self.module.function_names.resize(index + 1, WasmName(""));
                    }
                    self.module.function_names[index] = WasmName(naming.name);
                }
            }
        }
    }

    // Hints are advice: malformed ones are dropped.
    fn hints(&mut self, hints: wasmparser::BranchHintSectionReader<'a>) {
        for function in hints.into_iter().map_while(Result::ok) {
            let list = function.hints.into_iter().map_while(Result::ok);
            let list = list.map(|hint| (u64::from(hint.func_offset), hint.taken));
            self.hints.insert(function.func, list.collect());
        }
    }

    fn types(&mut self, types: &Types) {
        let types = types.as_ref();
        let mut numbers = HashMap::new();
        for index in 0..types.core_type_count_in_module() {
            let id = types.core_type_at_in_module(index);
            let function = match &types[id].composite_type.inner {
                CompositeInnerType::Func(ty) => Some(ty.clone()),
                _ => None,
            };
            self.module.types.push(function);
            let next = numbers.len() as u32 + 1;
            self.module
                .type_ids
                .push(*numbers.entry(id).or_insert(next));
        }
    }

    fn finish(self) -> Result<Module<'a>, Error> {
        let Reader {
            mut module,
            bodies,
            mut hints,
        } = self;
        let scanned: Vec<_> = bodies
            .into_par_iter()
            .map_init(Default::default, |allocations, (to_validate, code)| {
                let uses = scan::validate(to_validate, &code, allocations)?;
                Ok(Body {
                    code,
                    uses,
                    hints: Vec::new(),
                })
            })
            .collect();
        // The first error in the module's order, whichever thread met it first.
        module.bodies = scanned.into_iter().collect::<Result<_, Error>>()?;
        module.features.add(features::of_declarations(&module));
        for body in &module.bodies {
            module.features.add(body.uses.features.0);
        }
        let imported = module.imports.len() as u32;
        for (defined, body) in module.bodies.iter_mut().enumerate() {
            if let Some(mut list) = hints.remove(&(imported + defined as u32)) {
                let start = body.code.range().start;
                list.iter_mut().for_each(|(offset, _)| *offset += start);
                list.sort_unstable();
                body.hints = list;
            }
        }
        Ok(module)
    }
}

fn unknown(wasm: &[u8], what: &str, import: &wasmparser::Import, offset: u64) -> Error {
    let (module, name) = (WasmName(import.module), WasmName(import.name));
    let import = format!("{what} `{module}::{name}`");
    if let Some(origin) = origin::of(wasm, |_| true) {
        let message = format!("this module is {}: it imports the {import}", origin.what);
        return Error::new(message).at(offset).help(origin.advice);
    }
    let help = match what {
        "memory" => "define the memory in the module: link without `--import-memory`",
        "table" => "define the table in the module: link without `--import-table`",
        _ => {
            "nobody is there to import memories, tables, globals or tags from: define it in the \
             module"
        }
    };
    Error::new(format!("unknown import: {import}"))
        .at(offset)
        .help(help)
}

/// The beginning of a binary module.
const MAGIC: &[u8] = b"\0asm";

/// The binary form of a module given in either format.
pub(crate) fn binary(input: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    // The first bytes of one that is cut short are told as such.
    let is_binary = !input.is_empty() && (input.starts_with(MAGIC) || MAGIC.starts_with(input));
    let wasm = if is_binary {
        Cow::Borrowed(input)
    } else {
        text::to_binary(input)?
    };
    foreign::check_version(&wasm)?;
    Ok(wasm)
}
