//! A compiled function as the object phase takes it: machine code, references, the tables of its trap
//! sites and exception handlers, and how to walk out of it.

use crate::lower::{self, Item, Name};
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{self, ExternalName, LibCall};
use cranelift_codegen::{CompiledCode, FinalizedMachExceptionHandler, FinalizedRelocTarget};
use gimli::write::CallFrameInstruction;
use kiln_abi::trap::TrapKind;

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
    /// Where the caller's frame and registers are, by the offset in `bytes` from which each rule holds,
    /// ascending.
    pub frame: Vec<(u32, CallFrameInstruction)>,
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

pub(super) fn relocations(code: &CompiledCode, func: &ir::Function) -> Vec<Relocation> {
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

/// Where `code` can trap. What no wasm instruction is known of is told as `body_start`.
pub(super) fn trap_sites(code: &CompiledCode, body_start: u32) -> Vec<TrapSite> {
    let locations = code.buffer.get_srclocs_sorted();
    let traps = code.buffer.traps().iter();
    traps
        .filter_map(|trap| {
            let after = locations.partition_point(|location| location.start <= trap.offset);
            let location = after.checked_sub(1).map(|index| &locations[index]);
            let location = location.filter(|l| trap.offset < l.end && !l.loc.is_default());
            let wasm_offset = location.map_or(body_start, |location| location.loc.bits());
            Some(TrapSite {
                offset: trap.offset,
                kind: lower::trap_kind(trap.code)?,
                wasm_offset,
            })
        })
        .collect()
}

pub(super) fn call_sites(code: &CompiledCode) -> Vec<CallSite> {
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
