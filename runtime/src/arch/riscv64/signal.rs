//! The interrupted context that a signal handler sees and can change: the frame of a signal
//! (`rt_sigframe` in the kernel).

use super::Registers;
use linux_raw_sys::general::{kernel_sigaction, stack_t};

/// Completes an action. A handler returns to the kernel's own code (the vDSO), which unwinders know.
pub fn action(action: kernel_sigaction) -> kernel_sigaction {
    action
}

/// Defines the function `$name` for the kernel to call, which calls the handler `$handler`.
#[cfg(feature = "linked")]
macro_rules! signal_entry {
    ($name:ident, $handler:path) => {
        /// # Safety
        ///
        /// To be called by the kernel, as a handler.
        unsafe extern "C" fn $name(
            signal: core::ffi::c_int,
            info: *mut linux_raw_sys::general::siginfo_t,
            context: *mut $crate::arch::SignalContext,
        ) {
            // SAFETY: the caller's promise.
            unsafe { $handler(signal, info, context) }
        }
    };
}
#[cfg(feature = "linked")]
pub(crate) use signal_entry;

/// The start of a signal handler's third argument (`struct ucontext` and `struct sigcontext`).
#[repr(C)]
pub struct SignalContext {
    flags: u64,
    link: *const SignalContext,
    stack: stack_t,
    mask: u64,
    unused: [u64; 15],
    machine: Machine,
}

#[repr(C, align(16))]
struct Machine {
    registers: Registers,
}

/// Indices in [`Machine::registers`].
const PC: usize = 0;
const RA: usize = 1;
const SP: usize = 2;
const FP: usize = 8;
const A0: usize = 10;

impl SignalContext {
    /// Address of the instruction that was interrupted.
    pub fn pc(&self) -> usize {
        self.machine.registers[PC] as usize
    }

    /// The stack pointer there.
    pub fn stack_pointer(&self) -> usize {
        self.machine.registers[SP] as usize
    }

    /// The frame pointer there.
    pub fn frame_pointer(&self) -> usize {
        self.machine.registers[FP] as usize
    }

    /// The general registers there, as instructions number them.
    pub fn registers(&self) -> Registers {
        self.machine.registers
    }

    /// Makes the thread call `f(arguments)`, on the stack that ends at `top`, in place of what was interrupted.
    pub fn call(&mut self, f: usize, top: usize, arguments: [usize; 2]) {
        let registers = &mut self.machine.registers;
        registers[A0] = arguments[0] as u64;
        registers[A0 + 1] = arguments[1] as u64;
        // No frame, and no return address.
        registers[FP] = 0;
        registers[RA] = 0;
        registers[SP] = top as u64;
        registers[PC] = f as u64;
    }
}
