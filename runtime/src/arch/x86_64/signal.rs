//! The interrupted context that a signal handler sees and can change: the frame of a signal
//! (`rt_sigframe` in the kernel).

use super::Registers;
use linux_raw_sys::general::{SA_RESTORER, kernel_sigaction, stack_t};

/// The code that a handler returns to (`sa_restorer`): the kernel has no default on this architecture.
///
/// Its frame says where the kernel has put each register of what was interrupted: at `rsp` is then
/// what [`SignalContext`] describes. Those that look for a return address's function look one byte
/// before it, which must be of this function still.
///
/// # Safety
///
/// Not to be called: it unwinds the frame of a signal.
#[unsafe(naked)]
unsafe extern "C" fn return_from_signal() {
    core::arch::naked_asm!(
        ".cfi_startproc",
        ".cfi_signal_frame",
        // DW_CFA_def_cfa_expression: the saved rsp. DW_CFA_expression: each register's place, as
        // DW_OP_breg7 (rsp) and an offset.
        ".cfi_escape 0x0f, 4, 0x77, 0xa0, 1, 0x06",
        ".cfi_escape 0x10, 8, 2, 0x77, 0x28",
        ".cfi_escape 0x10, 9, 2, 0x77, 0x30",
        ".cfi_escape 0x10, 10, 2, 0x77, 0x38",
        ".cfi_escape 0x10, 11, 3, 0x77, 0xc0, 0",
        ".cfi_escape 0x10, 12, 3, 0x77, 0xc8, 0",
        ".cfi_escape 0x10, 13, 3, 0x77, 0xd0, 0",
        ".cfi_escape 0x10, 14, 3, 0x77, 0xd8, 0",
        ".cfi_escape 0x10, 15, 3, 0x77, 0xe0, 0",
        ".cfi_escape 0x10, 5, 3, 0x77, 0xe8, 0",
        ".cfi_escape 0x10, 4, 3, 0x77, 0xf0, 0",
        ".cfi_escape 0x10, 6, 3, 0x77, 0xf8, 0",
        ".cfi_escape 0x10, 3, 3, 0x77, 0x80, 1",
        ".cfi_escape 0x10, 1, 3, 0x77, 0x88, 1",
        ".cfi_escape 0x10, 0, 3, 0x77, 0x90, 1",
        ".cfi_escape 0x10, 2, 3, 0x77, 0x98, 1",
        ".cfi_escape 0x10, 7, 3, 0x77, 0xa0, 1",
        ".cfi_escape 0x10, 16, 3, 0x77, 0xa8, 1",
        "nop",
        "mov eax, {number}",
        "syscall",
        ".cfi_endproc",
        number = const linux_raw_sys::general::__NR_rt_sigreturn,
    )
}

/// Completes an action with the code that its handler returns to.
pub fn action(action: kernel_sigaction) -> kernel_sigaction {
    // Behind the `nop`, which takes one byte.
    let address = return_from_signal as *const () as usize + 1;
    // SAFETY: a function's address is a number that is not zero; the kernel only stores it.
    let code = unsafe { core::mem::transmute::<usize, unsafe extern "C" fn()>(address) };
    kernel_sigaction {
        sa_flags: action.sa_flags | u64::from(SA_RESTORER),
        sa_restorer: Some(code),
        ..action
    }
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
                ".cfi_startproc",
                "push rbp",
                ".cfi_def_cfa_offset 16",
                ".cfi_offset rbp, -16",
                "mov rbp, rsp",
                ".cfi_def_cfa_register rbp",
                "and rsp, -16",
                "call {handler}",
                "mov rsp, rbp",
                "pop rbp",
                ".cfi_def_cfa rsp, 8",
                "ret",
                ".cfi_endproc",
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
    registers: Registers,
    rip: u64,
    flags_register: u64,
}

/// Indices in [`SignalContext::registers`].
const RBP: usize = 10;
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

    /// The frame pointer there.
    pub fn frame_pointer(&self) -> usize {
        self.registers[RBP] as usize
    }

    /// The general registers there, as instructions number them.
    pub fn registers(&self) -> Registers {
        // rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15.
        const PLACES: [usize; 16] = [13, 14, 12, 11, RSP, RBP, 9, 8, 0, 1, 2, 3, 4, 5, 6, 7];
        PLACES.map(|place| self.registers[place])
    }

    /// Makes the thread call `f(arguments)`, on the stack that ends at `top`, in place of what was interrupted.
    pub fn call(&mut self, f: usize, top: usize, arguments: [usize; 2]) {
        const RDI_RSI: [usize; 2] = [8, 9];
        const DIRECTION: u64 = 1 << 10;
        for (register, argument) in RDI_RSI.into_iter().zip(arguments) {
            self.registers[register] = argument as u64;
        }
        self.registers[RBP] = 0;
        // A function finds its return address there, here one that is none.
        self.registers[RSP] = (top - size_of::<usize>()) as u64;
        self.rip = f as u64;
        self.flags_register &= !DIRECTION;
    }
}
