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

use crate::arch::SignalContext;
use crate::create::holds;
use crate::instance::Instance;
use crate::program::Linked;
use crate::text;
use core::ffi::c_int;
use kiln_abi::layout::MemoryPlan;
use kiln_abi::trap::{Site, TrapKind, TrapSites};
use linux_raw_sys::general::{SIGFPE, SIGILL, SIGSEGV, siginfo_t};

/// A fault as the kernel reports it.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The signal.
    pub signal: u32,
    /// Address of the instruction.
    pub pc: usize,
    /// Address it accessed, if the signal is SIGSEGV or SIGBUS.
    pub address: usize,
}

impl Fault {
    /// The fault of which a signal handler is told by its arguments; `None` where some process has
    /// sent the signal.
    ///
    /// # Safety
    ///
    /// The arguments must be those of a handler of SIGSEGV, SIGBUS, SIGILL or SIGFPE.
    pub unsafe fn told(
        signal: c_int,
        info: *const siginfo_t,
        context: *const SignalContext,
    ) -> Option<Self> {
        // SAFETY: the kernel fills in `_sigfault` for these signals unless a process sent them, when
        // the code is not positive.
        let (pc, address, code) = unsafe {
            let info = &(*info).__bindgen_anon_1.__bindgen_anon_1;
            let address = info._sifields._sigfault._addr.addr();
            ((*context).pc(), address, info.si_code)
        };
        let signal = signal as u32;
        (code > 0).then_some(Fault {
            signal,
            pc,
            address,
        })
    }
}

/// What lies at the address of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// The guard of the wasm stack.
    StackGuard,
    /// The address space held for a linear memory, guards included.
    Memory,
    /// None of our business.
    Elsewhere,
}

impl Region {
    /// What lies at `address`, for an instance with these memories.
    pub fn of(address: usize, instance: &mut Instance, memories: &[MemoryPlan]) -> Self {
        let state = instance.state();
        if instance.stack.guards(address) {
            Region::StackGuard
        } else if memories.iter().any(|plan| holds(state, plan, address)) {
            Region::Memory
        } else {
            Region::Elsewhere
        }
    }
}

/// A trap: why, and where in the module if that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trap<'a> {
    /// Why.
    pub kind: TrapKind,
    /// What `kind` leaves open, if anything: the name of an unknown import.
    pub detail: &'a [u8],
    /// Where.
    pub site: Option<Site<'a>>,
}

impl Linked {
    /// The trap that a fault amounts to, if it is one and not a bug.
    pub fn trap(&self, fault: &Fault, region: Region) -> Option<Trap<'static>> {
        if fault.signal == SIGSEGV && region == Region::StackGuard {
            let kind = TrapKind::StackExhausted;
            return Some(Trap {
                kind,
                detail: b"",
                site: self.function_at(fault.pc, kind),
            });
        }
        let site = TrapSites(self.trap_sites).find(self.text_offset(fault.pc)?)?;
        let is_trap = match fault.signal {
            SIGSEGV => site.kind == TrapKind::MemoryOutOfBounds && region == Region::Memory,
            SIGILL | SIGFPE => true,
            _ => false,
        };
        is_trap.then_some(Trap {
            kind: site.kind,
            detail: b"",
            site: Some(site),
        })
    }

    /// The beginning of the function whose code contains `pc`, as a site.
    pub fn function_at(&self, pc: usize, kind: TrapKind) -> Option<Site<'static>> {
        let sites = TrapSites(self.trap_sites);
        let function = sites.function(self.text_offset(pc)?)?;
        Some(Site {
            kind,
            function: function.index,
            name: sites.name(&function),
            wasm_offset: function.wasm_offset,
        })
    }

    /// Whether the instruction at `pc` is of a compiled function.
    pub fn is_compiled(&self, pc: usize) -> bool {
        self.text_offset(pc).is_some()
    }

    fn text_offset(&self, pc: usize) -> Option<u32> {
        let offset = pc.checked_sub(self.text)? as u64;
        (offset < self.program.text_len).then_some(offset as u32)
    }
}

impl Trap<'_> {
    /// Tells what happened, as the parts of a message.
    pub fn tell<R>(&self, say: impl FnOnce(&[&[u8]]) -> R) -> R {
        let message = self.kind.message().as_bytes();
        let colon: &[u8] = if self.detail.is_empty() { b"" } else { b": " };
        let Some(site) = self.site else {
            return say(&[b"wasm trap: ", message, colon, self.detail]);
        };
        let (before, after): (&[u8], &[u8]) = match site.name {
            [] => (b"", b"(index "),
            _ => (b"`", b"` (index "),
        };
        let (mut index, mut offset) = Default::default();
        say(&[
            b"wasm trap: ",
            message,
            colon,
            self.detail,
            b"\n  in function ",
            before,
            site.name,
            after,
            text::decimal(u64::from(site.function), &mut index),
            b") at wasm offset ",
            text::hexadecimal(u64::from(site.wasm_offset), &mut offset),
        ])
    }
}

/// See [`kiln_abi::symbols::UNKNOWN_IMPORT`]; `caller` is the address it returns to.
///
/// # Safety
///
/// `state` must be that of the caller's instance, and `name` must point to `len` bytes.
#[cfg(feature = "linked")]
pub unsafe extern "C" fn unknown_import(
    state: *mut crate::instance::State,
    name: *const u8,
    len: u64,
    caller: usize,
) -> ! {
    let kind = TrapKind::UnknownImport;
    let trap = Trap {
        kind,
        // SAFETY: the caller's promise.
        detail: unsafe { core::slice::from_raw_parts(name, len as usize) },
        // A call may be its function's last instruction.
        site: crate::program::linked().function_at(caller - 1, kind),
    };
    // SAFETY: the caller's promise.
    let instance = unsafe { Instance::of(state) };
    trap.tell(|parts| instance.end(kiln_abi::library::Status::Trap, parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::State;
    use kiln_abi::image::Spaces;
    use kiln_abi::layout::Program;
    use kiln_abi::trap::TrapSitesWriter;
    use linux_raw_sys::general::SIGBUS;
    use std::boxed::Box;
    use std::ptr;

    const TEXT: usize = 0x7000_0000;
    const LOAD: usize = TEXT + 12;
    const DIVIDE: usize = TEXT + 20;
    const PLAIN: usize = TEXT + 16;

    fn linked() -> Linked {
        extern "C" fn entry(_: *mut State, _: *mut u128) {}
        let mut writer = TrapSitesWriter::default();
        let load = (4, TrapKind::MemoryOutOfBounds, 0x55);
        let divide = (12, TrapKind::DivisionByZero, 0x60);
        writer.function(8, 3, 0x50, "work", [load, divide]);
        let trap_sites: &[u8] = Box::leak(writer.finish().into());
        let program = Program {
            text_len: 32,
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
            text: TEXT,
            trap_sites,
            exception_table: &[],
            config: &[],
            embedded: &[],
            entry,
        }
    }

    /// The kind and wasm offset of the trap that a fault amounts to.
    fn judge(signal: u32, pc: usize, region: Region) -> Option<(TrapKind, Option<u32>)> {
        let fault = Fault {
            signal,
            pc,
            address: 0,
        };
        let trap = linked().trap(&fault, region)?;
        Some((trap.kind, trap.site.map(|site| site.wasm_offset)))
    }

    #[test]
    fn a_fault_at_a_site_is_its_trap() {
        let load = Some((TrapKind::MemoryOutOfBounds, Some(0x55)));
        let divide = Some((TrapKind::DivisionByZero, Some(0x60)));
        assert_eq!(judge(SIGSEGV, LOAD, Region::Memory), load);
        assert_eq!(judge(SIGILL, LOAD, Region::Elsewhere), load);
        assert_eq!(judge(SIGFPE, DIVIDE, Region::Elsewhere), divide);
    }

    #[test]
    fn an_exhausted_stack_is_a_trap_wherever_it_is_noticed() {
        let kind = TrapKind::StackExhausted;
        let in_function = Some((kind, Some(0x50)));
        let in_runtime = Some((kind, None));
        assert_eq!(judge(SIGSEGV, PLAIN, Region::StackGuard), in_function);
        assert_eq!(judge(SIGSEGV, TEXT - 1, Region::StackGuard), in_runtime);
        assert_eq!(judge(SIGSEGV, TEXT + 32, Region::StackGuard), in_runtime);
    }

    #[test]
    fn any_other_fault_is_a_bug() {
        for (signal, pc, region) in [
            (SIGSEGV, LOAD, Region::Elsewhere),
            (SIGSEGV, PLAIN, Region::Memory),
            (SIGSEGV, DIVIDE, Region::Memory),
            (SIGSEGV, TEXT + 0x1_0000_000c, Region::Memory),
            (SIGBUS, LOAD, Region::Memory),
            (SIGBUS, LOAD, Region::StackGuard),
            (SIGILL, PLAIN, Region::Elsewhere),
            (SIGFPE, TEXT - 1, Region::Elsewhere),
        ] {
            assert_eq!(
                judge(signal, pc, region),
                None,
                "{signal} {pc:#x} {region:?}"
            );
        }
    }
}
