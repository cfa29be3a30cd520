//! What a signal handler sees and can change of what it interrupts: the frame of a signal
//! (`rt_sigframe` in the kernel).

use linux_raw_sys::general::stack_t;

/// Where a handler returns to (`sa_restorer`): the kernel has no default on this architecture.
///
/// # Safety
///
/// Not to be called: it unwinds the frame of a signal.
#[unsafe(naked)]
pub unsafe extern "C" fn signal_return() {
    core::arch::naked_asm!("mov eax, {number}", "syscall", number = const linux_raw_sys::general::__NR_rt_sigreturn)
}

/// Defines the function `$name` for the kernel to call, which calls the handler `$handler` on a stack
/// aligned as the psABI has it (3.2.2). The kernel aligns it so itself; qemu's user mode does not.
#[cfg(feature = "linked")]
macro_rules! signal_entry {
    ($name:ident, $handler:path) => {
        /// # Safety
        ///
        /// To be called by the kernel, as a handler.
        #[unsafe(naked)]
        unsafe extern "C" fn $name(
            signal: core::ffi::c_int,
            info: *mut linux_raw_sys::general::siginfo_t,
            context: *mut $crate::arch::SignalContext,
        ) {
            core::arch::naked_asm!(
                "push rbp",
                "mov rbp, rsp",
                "and rsp, -16",
                "call {handler}",
                "mov rsp, rbp",
                "pop rbp",
                "ret",
                handler = sym $handler,
            )
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
    /// r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp.
    registers: [u64; 16],
    rip: u64,
    flags_register: u64,
}

/// Index of a register in [`SignalContext::registers`].
const RSP: usize = 15;

impl SignalContext {
    /// Address of the instruction that was interrupted.
    pub fn pc(&self) -> usize {
        self.rip as usize
    }

    /// The stack pointer there.
    pub fn stack_pointer(&self) -> usize {
        self.registers[RSP] as usize
    }

    /// Has `f(arguments)` called, on the stack that ends at `top`, in place of what was interrupted.
    pub fn call(&mut self, f: usize, top: usize, arguments: [usize; 4]) {
        const RDI_RSI_RDX_RCX: [usize; 4] = [8, 9, 12, 14];
        const RBP: usize = 10;
        const DIRECTION: u64 = 1 << 10;
        for (register, argument) in RDI_RSI_RDX_RCX.into_iter().zip(arguments) {
            self.registers[register] = argument as u64;
        }
        self.registers[RBP] = 0;
        // A function finds its return address there, here one that is none.
        self.registers[RSP] = (top - size_of::<usize>()) as u64;
        self.rip = f as u64;
        self.flags_register &= !DIRECTION;
    }
}
