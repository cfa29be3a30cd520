//! Faults, and what they mean. Compiled code checks little: an access outside a linear memory, a
//! division by zero or an exhausted stack is left to the processor, whose fault arrives here as a
//! signal and is told by where it happened:
//!
//! | signal | at a trap site | elsewhere |
//! |---|---|---|
//! | SIGSEGV in the stack's guard | call stack exhausted | call stack exhausted |
//! | SIGSEGV in a memory's reservation | out of bounds memory access, if the site says so | a bug |
//! | SIGILL (`ud2`), SIGFPE (`idiv`) | what the site says | a bug |
//! | SIGBUS, any other SIGSEGV | a bug | a bug |
//!
//! A bug is ours and must never be dressed up as a trap: it is reported as such, and the process
//! dies by the signal. A signal that some process sent is no fault and takes its default action.

use crate::backtrace::{self, Start};
use crate::create::{MemoryAt, memory_at};
use crate::fault::Fault;
use crate::instance::Instance;
use crate::program::Linked;
use crate::report::{Reason, Report};
use crate::stack::Stack;
use crate::trap_values::Values;
use core::slice;
use kiln_abi::layout::MemoryPlan;
use kiln_abi::sites::Sites;
use kiln_abi::trap::TrapKind;
use linux_raw_sys::general::{SIGFPE, SIGILL, SIGSEGV};

/// The kind of place that a fault's address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// The guard of the wasm stack.
    StackGuard,
    /// The address space held for a linear memory, guards included.
    Memory(MemoryAt),
    /// None of our business.
    Elsewhere,
}

impl Region {
    /// Classifies `address`, for an instance with these memories.
    pub fn of(address: usize, instance: &mut Instance, memories: &[MemoryPlan]) -> Self {
        let state = instance.state();
        if instance.stack.guards(address) {
            Region::StackGuard
        } else {
            let memory = memories
                .iter()
                .find_map(|plan| memory_at(state, plan, address));
            memory.map_or(Region::Elsewhere, Region::Memory)
        }
    }
}

/// A trap: why, and where in the module if that is known.
#[derive(Clone, Copy, Debug)]
pub struct Trap<'a> {
    /// Why.
    pub kind: TrapKind,
    /// The detail that `kind` leaves open.
    pub detail: Detail<'a>,
    /// Where.
    pub start: Option<Start<'a>>,
}

/// A detail that the kind of a trap leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail<'a> {
    /// Nothing that is known.
    None,
    /// The name of an unknown import.
    Import(&'a [u8]),
    /// The address of an access, and the memory it went to.
    Access(MemoryAt),
    /// The values that compiled code has compared.
    Compared(Values),
}

impl Linked {
    /// The trap that a fault amounts to, if it is one and not a bug.
    pub fn trap(
        &self,
        fault: &Fault,
        region: Region,
        stack: &Stack,
        values: Values,
    ) -> Option<Trap<'static>> {
        let offset = self.text_offset(fault.pc);
        let start = |place| Some(Start::at_fault(self, place, fault, stack));
        if fault.signal == SIGSEGV && region == Region::StackGuard {
            return Some(Trap {
                kind: TrapKind::StackExhausted,
                detail: Detail::None,
                start: offset
                    .and_then(|offset| self.sites().function(offset))
                    .and_then(start),
            });
        }
        let offset = offset?;
        let (kind, place) = self.sites().trap(offset)?;
        let detail = match (fault.signal, region) {
            (SIGSEGV, Region::Memory(memory)) if kind == TrapKind::MemoryOutOfBounds => {
                Detail::Access(memory)
            }
            (SIGILL, _) => {
                // SAFETY: compiled code reaches from `text` to the instruction that faulted.
                let code =
                    unsafe { slice::from_raw_parts(self.text as *const u8, offset as usize) };
                let values = values.with_compared(kind, code, &fault.registers);
                values.map_or(Detail::None, Detail::Compared)
            }
            (SIGFPE, _) => Detail::None,
            _ => return None,
        };
        Some(Trap {
            kind,
            detail,
            start: start(place),
        })
    }

    /// The table of places in compiled code.
    pub fn sites(&self) -> Sites<'static> {
        Sites(self.trap_sites)
    }

    /// Tells if the instruction at `pc` is of a compiled function.
    pub fn is_compiled(&self, pc: usize) -> bool {
        self.text_offset(pc).is_some()
    }

    fn text_offset(&self, pc: usize) -> Option<u32> {
        let offset = pc.checked_sub(self.text)? as u64;
        (offset < self.program.text_len).then_some(offset as u32)
    }
}

impl Reason for Trap<'_> {
    /// Tells what happened: the kind, what is known of it, and the functions at work.
    fn tell(&self, linked: &Linked, stack: &Stack, report: &mut impl Report) {
        report.put(b"wasm trap: ");
        report.put(self.kind.message().as_bytes());
        match self.detail {
            Detail::None => {}
            Detail::Import(name) => {
                report.put(b": ");
                report.put(name);
            }
            Detail::Access(memory) => {
                report.put(b": address ");
                report.hexadecimal(memory.address);
                report.put(b" in a memory of ");
                report.hexadecimal(memory.len);
                report.put(b" bytes");
            }
            Detail::Compared(values) => values.tell(self.kind, linked, report),
        }
        if let Some(start) = &self.start {
            backtrace::tell(start, linked, stack, report);
        }
    }
}

#[cfg(feature = "linked")]
crate::arch::unknown_import_entry!(unknown_import);

/// See [`kiln_abi::symbols::UNKNOWN_IMPORT`]; `return_address` and `frame_pointer` are the caller's.
///
/// # Safety
///
/// `state` must be that of the caller's instance, and `name` must point to `len` bytes.
#[cfg(feature = "linked")]
unsafe extern "C" fn unknown_import(
    state: *mut crate::state::State,
    name: *const u8,
    len: u64,
    return_address: usize,
    frame_pointer: usize,
) -> ! {
    // SAFETY: the caller's promise.
    let (instance, name) = unsafe {
        let name = core::slice::from_raw_parts(name, len as usize);
        (Instance::of(state), name)
    };
    let linked = crate::program::linked();
    let trap = Trap {
        kind: TrapKind::UnknownImport,
        detail: Detail::Import(name),
        start: Start::at_call(&linked, return_address, frame_pointer, &instance.stack),
    };
    instance.trap(&trap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::State;
    use kiln_abi::image::Spaces;
    use kiln_abi::layout::Program;
    use kiln_abi::sites::{PieceSites, Site, SitesWriter};
    use linux_raw_sys::general::SIGBUS;
    use std::boxed::Box;
    use std::ptr;

    const LOAD: usize = 12;
    const DIVIDE: usize = 20;
    const PLAIN: usize = 16;
    const END: usize = 32;
    const BEFORE: usize = usize::MAX;
    const MEMORY: Region = Region::Memory(MemoryAt { address: 0, len: 0 });

    fn linked() -> Linked {
        static CODE: [u8; END] = [0x90; END];
        extern "C" fn entry(_: *mut State, _: *mut u128) {}
        let mut writer = SitesWriter::default();
        let site = |offset, kind, wasm_offset| Site {
            offset,
            trap: Some(kind),
            function: 0,
            wasm_offset,
        };
        writer.name(3, "work".into());
        writer.piece(PieceSites {
            text_offset: 8,
            function: 3,
            wasm_offset: 0x50,
            pushes_frame_pointer: true,
            inlined: &[],
            sites: &[
                site(4, TrapKind::MemoryOutOfBounds, 0x55),
                site(12, TrapKind::DivisionByZero, 0x60),
            ],
        });
        let trap_sites: &[u8] = Box::leak(writer.finish().into());
        let program = Program {
            text_len: END as u64,
            trap_sites_len: trap_sites.len() as u64,
            ..Program::default()
        };
        Linked {
            program: Box::leak(Box::new(program)),
            memories: &[],
            chunks: &[],
            data_image: ptr::null_mut(),
            image_runs: Spaces(&[]),
            tables: &[],
            text: CODE.as_ptr().addr(),
            trap_sites,
            lines: None,
            exception_table: &[],
            tags: &[],
            types: &[],
            config: &[],
            embedded: &[],
            entry,
        }
    }

    /// The kind and wasm offset of the trap that a fault at an offset in the text amounts to.
    fn judge(signal: u32, offset: usize, region: Region) -> Option<(TrapKind, Option<u32>)> {
        let (linked, stack) = (linked(), Stack::default());
        let fault = Fault {
            signal,
            pc: linked.text.wrapping_add(offset),
            address: 0,
            stack_pointer: 0,
            frame_pointer: 0,
            registers: [0; _],
        };
        let trap = linked.trap(&fault, region, &stack, Values::default())?;
        let mut offset = None;
        if let Some(start) = trap.start {
            start.walk(&linked, &stack, |frame| {
                offset = Some(frame.wasm_offset);
                true
            });
        }
        Some((trap.kind, offset))
    }

    #[test]
    fn a_fault_at_a_site_is_its_trap() {
        let load = Some((TrapKind::MemoryOutOfBounds, Some(0x55)));
        let divide = Some((TrapKind::DivisionByZero, Some(0x60)));
        assert_eq!(judge(SIGSEGV, LOAD, MEMORY), load);
        assert_eq!(judge(SIGILL, LOAD, Region::Elsewhere), load);
        assert_eq!(judge(SIGFPE, DIVIDE, Region::Elsewhere), divide);
    }

    #[test]
    fn an_exhausted_stack_is_a_trap_wherever_it_is_noticed() {
        let kind = TrapKind::StackExhausted;
        let in_function = Some((kind, Some(0x50)));
        let in_runtime = Some((kind, None));
        assert_eq!(judge(SIGSEGV, PLAIN, Region::StackGuard), in_function);
        assert_eq!(judge(SIGSEGV, BEFORE, Region::StackGuard), in_runtime);
        assert_eq!(judge(SIGSEGV, END, Region::StackGuard), in_runtime);
    }

    #[test]
    fn any_other_fault_is_a_bug() {
        for (signal, pc, region) in [
            (SIGSEGV, LOAD, Region::Elsewhere),
            (SIGSEGV, PLAIN, MEMORY),
            (SIGSEGV, DIVIDE, MEMORY),
            (SIGSEGV, 0x1_0000_000c, MEMORY),
            (SIGBUS, LOAD, MEMORY),
            (SIGBUS, LOAD, Region::StackGuard),
            (SIGILL, PLAIN, Region::Elsewhere),
            (SIGFPE, BEFORE, Region::Elsewhere),
        ] {
            assert_eq!(
                judge(signal, pc, region),
                None,
                "{signal} {pc:#x} {region:?}"
            );
        }
    }
}
