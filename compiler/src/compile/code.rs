//! A compiled function as the object phase takes it: machine code, references, the tables of its trap
//! sites and exception handlers, and how to walk out of it.

use super::debug::{Local, Span};
use crate::lower::{self, Item, Name, Offsets};
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::{self, ExternalName, LibCall};
use cranelift_codegen::{CompiledCode, FinalizedMachExceptionHandler, FinalizedRelocTarget};
use gimli::write::CallFrameInstruction;
use kiln_abi::sites::{Inlined, Site};

/// A compiled function.
pub(crate) struct Code {
    pub item: Item,
    pub bytes: Vec<u8>,
    pub alignment: u64,
    pub relocations: Vec<Relocation>,
    /// Its trap sites and the return addresses of its calls, by offset in `bytes`, ascending.
    pub sites: Vec<Site>,
    /// The functions inlined into it, which `sites` refers to.
    pub inlined: Vec<Inlined>,
    /// The origin of its bytes, where debuggers are to be told.
    pub spans: Vec<Span>,
    /// The places of locals, for the same.
    pub locals: Vec<Local>,
    /// Calls with exception handlers, by return address, ascending.
    pub call_sites: Vec<CallSite>,
    /// The rules that find the caller's frame and registers, by the offset in `bytes` from which each rule holds,
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

/// The target of a reference.
#[derive(Clone, Copy)]
pub(crate) enum RelocationTarget {
    Name(Name),
    LibCall(LibCall),
    /// This offset in the same function.
    Offset(u32),
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

/// Lists trap sites and return addresses of `code`. One without a known wasm instruction is attributed to
/// `body_start`.
pub(super) fn sites(code: &CompiledCode, offsets: &Offsets, body_start: u32) -> Vec<Site> {
    let locations = code.buffer.get_srclocs_sorted();
    // The place of the instruction that the byte at `offset` is of.
    let place = |offset| {
        let after = locations.partition_point(|location| location.start <= offset);
        let location = after.checked_sub(1).map(|index| &locations[index]);
        let location = location.filter(|l| offset < l.end && !l.loc.is_default());
        location.map_or((0, body_start), |location| {
            offsets.place(location.loc.bits())
        })
    };
    let site = |offset, trap, (function, wasm_offset)| Site {
        offset,
        trap,
        function,
        wasm_offset,
    };
    let traps = code.buffer.traps().iter().filter_map(|trap| {
        let kind = lower::trap_kind(trap.code)?;
        Some(site(trap.offset, Some(kind), place(trap.offset)))
    });
    let calls = code.buffer.call_sites();
    let calls = calls.map(|call| site(call.ret_addr, None, place(call.ret_addr - 1)));
    let mut sites: Vec<Site> = traps.chain(calls).collect();
    sites.sort_by_key(|site| site.offset);
    sites
}

/// The functions inlined into what was lowered with these offsets.
pub(super) fn inlined(offsets: &Offsets) -> Vec<Inlined> {
    let inlined = offsets.inlined().map(|(function, call)| {
        let (caller, call) = offsets.place(call);
        Inlined {
            caller,
            function,
            call,
        }
    });
    inlined.collect()
}

pub(super) fn call_sites(code: &CompiledCode) -> Vec<CallSite> {
    let sites = code
        .buffer
        .call_sites()
        .filter(|site| !site.exception_handlers.is_empty());
    sites
        .map(|site| CallSite {
            return_offset: site.ret_addr,
            frame_size: site.frame_offset.expect("call sites know their frame"),
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
