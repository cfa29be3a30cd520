//! [`Plan`] → machine code, one function at a time, on all processors. What comes out is owned and
//! in the plan's order, whatever thread made it, so that output does not depend on how many there
//! are.

use crate::optimize;
use crate::plan::{Form, ImportBinding, Plan};
use crate::render::Text;
use crate::translate::{self, Name};
use crate::{Error, Progress};
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{self, ExternalName, LibCall};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::settings::OptLevel;
use cranelift_codegen::{
    CompiledCode, Context, FinalizedMachExceptionHandler, FinalizedRelocTarget,
};
use cranelift_frontend::FunctionBuilderContext;
use kiln_abi::library::INSTANCE_FUNCTIONS;
use kiln_abi::trap::TrapKind;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a piece of machine code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A function defined in the module, by function index.
    Function(u32),
    /// The body made for an import, by function index.
    ImportBody(u32),
    /// The entry point.
    Entry,
    /// What calls a function with arguments from memory, by function index.
    Trampoline(u32),
    /// What C calls for an exported function, by its place in the interface.
    Export(u32),
    /// What C calls for a function on instances, by its place in [`INSTANCE_FUNCTIONS`].
    InstanceFunction(u32),
}

impl Item {
    /// What a person calls it.
    pub fn describe(self, plan: &Plan) -> String {
        match self {
            Item::Function(index) => plan.module.describe(index),
            Item::ImportBody(index) => format!("body of import {}", plan.module.describe(index)),
            Item::Entry => "entry point".into(),
            Item::Trampoline(index) => format!("trampoline of {}", plan.module.describe(index)),
            Item::Export(index) => plan.interface.exports[index as usize].symbol.clone(),
            Item::InstanceFunction(index) => {
                let function = &INSTANCE_FUNCTIONS[index as usize];
                plan.interface.instance_symbol(function.name)
            }
        }
    }
}

/// A compiled function.
pub(crate) struct Code {
    pub item: Item,
    pub bytes: Vec<u8>,
    pub alignment: u64,
    pub relocations: Vec<Relocation>,
    /// Where it can trap, by offset in `bytes`, ascending.
    pub trap_sites: Vec<TrapSite>,
    /// Calls with exception handlers, by return address, ascending.
    pub call_sites: Vec<CallSite>,
}

/// A call with exception handlers.
pub(crate) struct CallSite {
    /// Offset in the function's code of the return address.
    pub return_offset: u32,
    /// Bytes from the stack pointer at the call up to the frame pointer.
    pub frame_size: u32,
    /// Tag, `None` for any, and offset in the function's code to resume at; tried in order.
    pub handlers: Vec<(Option<u32>, u32)>,
}

/// A reference to be filled in by the linker.
pub(crate) struct Relocation {
    pub offset: u32,
    pub kind: Reloc,
    pub target: RelocationTarget,
    pub addend: i64,
}

/// What a reference is to.
#[derive(Clone, Copy)]
pub(crate) enum RelocationTarget {
    Name(Name),
    LibCall(LibCall),
    /// This offset in the same function.
    Offset(u32),
}

/// An instruction that can trap.
pub(crate) struct TrapSite {
    /// Offset in the function's code.
    pub offset: u32,
    pub kind: TrapKind,
    /// Offset in the module of the wasm instruction.
    pub wasm_offset: u32,
}

/// What a thread uses again for every function.
struct Scratch {
    context: Context,
    builder: FunctionBuilderContext,
    /// Whether machine code is wanted as text, too.
    disassemble: bool,
}

impl Scratch {
    fn new() -> Self {
        Self {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            disassemble: false,
        }
    }
}

/// Compiles all that is planned.
pub(crate) fn compile(
    plan: &Plan,
    isa: &dyn TargetIsa,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Code>, Error> {
    let items = items(plan);
    let total = items.iter().map(|item| size(plan, *item)).sum();
    let done = AtomicU64::new(0);
    let compiled: Vec<_> = items
        .into_par_iter()
        // Function by function: sizes differ by orders of magnitude.
        .with_max_len(1)
        .map_init(Scratch::new, |scratch, item| {
            let code = compile_item(plan, isa, scratch, item);
            let size = size(plan, item);
            let done = done.fetch_add(size, Ordering::Relaxed) + size;
            progress(Progress::Compiling { done, total });
            code
        })
        .collect();
    compiled.into_iter().collect()
}

/// All that is to be compiled, in the order it lies in the text section.
pub(crate) fn items(plan: &Plan) -> Vec<Item> {
    let functions = plan.functions.iter().map(|index| Item::Function(*index));
    let imports = plan
        .import_bodies
        .iter()
        .map(|index| Item::ImportBody(*index));
    let wasm = functions.chain(imports).chain([Item::Entry]);
    wasm.chain(c_functions(plan)).collect()
}

/// What C sees: in a library all of the interface, in an executable what an import of the user's can
/// call.
fn c_functions(plan: &Plan) -> Vec<Item> {
    let is_library = plan.form == Form::Library;
    let has_user_imports = plan
        .imports
        .iter()
        .any(|binding| matches!(binding, ImportBinding::User(_)));
    let on_instances = INSTANCE_FUNCTIONS
        .iter()
        .zip(0..)
        .filter(|(function, _)| is_library || (has_user_imports && function.in_executables));
    let mut items: Vec<_> = on_instances
        .map(|(_, index)| Item::InstanceFunction(index))
        .collect();
    if is_library {
        let exports = &plan.interface.exports;
        let called: BTreeSet<u32> = exports.iter().map(|export| export.function).collect();
        items.extend(called.into_iter().map(Item::Trampoline));
        items.extend((0..exports.len() as u32).map(Item::Export));
    }
    items
}

/// One function as text.
pub(crate) fn text(
    plan: &Plan,
    isa: &dyn TargetIsa,
    item: Item,
    form: Text,
) -> Result<String, Error> {
    let mut scratch = Scratch::new();
    match form {
        Text::Clif => {
            build(
                plan,
                isa,
                item,
                &mut scratch.context.func,
                &mut scratch.builder,
            )?;
            Ok(scratch.context.func.display().to_string())
        }
        Text::Asm => {
            scratch.disassemble = true;
            compile_item(plan, isa, &mut scratch, item)?;
            let code = scratch.context.compiled_code();
            Ok(code.and_then(|code| code.vcode.clone()).unwrap_or_default())
        }
    }
}

fn size(plan: &Plan, item: Item) -> u64 {
    match item {
        Item::Function(index) => plan
            .module
            .body(index)
            .map_or(0, |body| body.code.as_bytes().len() as u64),
        _ => 0,
    }
}

fn compile_item(
    plan: &Plan,
    isa: &dyn TargetIsa,
    scratch: &mut Scratch,
    item: Item,
) -> Result<Code, Error> {
    let context = &mut scratch.context;
    context.clear();
    context.set_disasm(scratch.disassemble);
    build(plan, isa, item, &mut context.func, &mut scratch.builder)?;
    let start = match item {
        Item::Function(index) => plan.module.body(index).map_or(0, |b| b.code.range().start),
        _ => 0,
    };
    let failed = |error: &dyn std::fmt::Display| {
        let function = item.describe(plan);
        Error::new(format!("cannot compile {function}: {error}")).at(start)
    };
    context
        .compile(isa, &mut Default::default())
        .map_err(|error| failed(&error.inner))?;
    let code = context
        .compiled_code()
        .ok_or_else(|| failed(&"no code came out"))?;
    Ok(Code {
        item,
        bytes: code.code_buffer().to_vec(),
        alignment: u64::from(code.buffer.alignment.max(isa.function_alignment().minimum)),
        relocations: relocations(code, &context.func),
        trap_sites: trap_sites(code, start as u32),
        call_sites: call_sites(code),
    })
}

/// CLIF of `item`, optimised, into `func`.
fn build(
    plan: &Plan,
    isa: &dyn TargetIsa,
    item: Item,
    func: &mut ir::Function,
    builder: &mut FunctionBuilderContext,
) -> Result<(), Error> {
    let config = isa.frontend_config();
    match item {
        Item::Function(index) => translate::translate(plan, index, config, func, builder)?,
        Item::ImportBody(index) => translate::import_body(plan, index, config, func, builder),
        Item::Entry => translate::entry(plan, config, func, builder),
        Item::Trampoline(index) => translate::trampoline(plan, index, config, func, builder),
        Item::Export(index) => {
            let export = &plan.interface.exports[index as usize];
            translate::public_function(plan, export, config, func, builder);
        }
        Item::InstanceFunction(index) => {
            translate::instance_function(plan, index, config, func, builder);
        }
    }
    if isa.flags().opt_level() != OptLevel::None {
        optimize::optimize(func);
    }
    Ok(())
}

fn relocations(code: &CompiledCode, func: &ir::Function) -> Vec<Relocation> {
    let relocations = code.buffer.relocs().iter();
    relocations
        .map(|reloc| {
            let target = match &reloc.target {
                FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
                    let name = &func.params.user_named_funcs()[*name];
                    RelocationTarget::Name(Name::from_clif(name))
                }
                FinalizedRelocTarget::ExternalName(ExternalName::LibCall(call)) => {
                    RelocationTarget::LibCall(*call)
                }
                FinalizedRelocTarget::ExternalName(name) => {
                    unreachable!("translation names nothing like {name:?}")
                }
                FinalizedRelocTarget::Func(offset) => RelocationTarget::Offset(*offset),
            };
            Relocation {
                offset: reloc.offset,
                kind: reloc.kind,
                target,
                addend: reloc.addend,
            }
        })
        .collect()
}

fn trap_sites(code: &CompiledCode, body_start: u32) -> Vec<TrapSite> {
    let locations = code.buffer.get_srclocs_sorted();
    let traps = code.buffer.traps().iter();
    traps
        .filter_map(|trap| {
            let after = locations.partition_point(|location| location.start <= trap.offset);
            let location = after.checked_sub(1).map(|index| &locations[index]);
            let location = location.filter(|l| trap.offset < l.end && !l.loc.is_default());
            let within = location.map_or(0, |location| location.loc.bits());
            Some(TrapSite {
                offset: trap.offset,
                kind: translate::trap_kind(trap.code)?,
                wasm_offset: body_start + within,
            })
        })
        .collect()
}

fn call_sites(code: &CompiledCode) -> Vec<CallSite> {
    let sites = code
        .buffer
        .call_sites()
        .filter(|site| !site.exception_handlers.is_empty());
    sites
        .map(|site| CallSite {
            return_offset: site.ret_addr,
            frame_size: site
                .frame_offset
                .expect("x86-64 call sites know their frame"),
            handlers: site
                .exception_handlers
                .iter()
                .map(|handler| match *handler {
                    FinalizedMachExceptionHandler::Tag(tag, landing) => {
                        (Some(tag.as_u32()), landing)
                    }
                    FinalizedMachExceptionHandler::Default(landing) => (None, landing),
                    FinalizedMachExceptionHandler::Context(_) => {
                        unreachable!("translation makes no dynamic contexts")
                    }
                })
                .collect(),
        })
        .collect()
}
