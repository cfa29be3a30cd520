//! Faults, as the kernel tells a signal's handler of them.

use crate::arch::{Registers, SignalContext};
use core::ffi::c_int;
use linux_raw_sys::general::siginfo_t;

/// A fault as the kernel reports it.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The signal.
    pub signal: u32,
    /// Address of the instruction.
    pub pc: usize,
    /// Address it accessed, if the signal is SIGSEGV or SIGBUS.
    pub address: usize,
    /// The stack pointer there.
    pub stack_pointer: usize,
    /// The frame pointer there.
    pub frame_pointer: usize,
    /// The general registers there, as instructions number them.
    pub registers: Registers,
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
        let (context, address, code) = unsafe {
            let info = &(*info).__bindgen_anon_1.__bindgen_anon_1;
            let address = info._sifields._sigfault._addr.addr();
            (&*context, address, info.si_code)
        };
        (code > 0).then_some(Fault {
            signal: signal as u32,
            pc: context.pc(),
            address,
            stack_pointer: context.stack_pointer(),
            frame_pointer: context.frame_pointer(),
            registers: context.registers(),
        })
    }
}
