//! RISC-V with 64 bits: entry and stack switch ("RISC-V ABIs Specification"), system calls
//! (syscall(2)), and instructions that Rust has no words for.

use crate::state::State;
use core::arch::asm;

/// The architecture's name in messages.
pub const NAME: &[u8] = b"RISC-V (RV64GC)";

/// 16 bytes that are loaded and stored together.
pub use vectors::Block;

/// The general registers, as instructions number them. In the place of x0 is the program counter.
pub type Registers = [u64; 32];

/// Words that `kiln_exception_new` stores below the return address: one that is not used, s1 to s11, and the frame
/// pointer.
pub const SAVED_REGISTERS: usize = 13;

/// A system call with one argument.
///
/// # Safety
///
/// As the system call's.
#[inline(always)]
pub unsafe fn syscall1(number: u32, a: usize) -> isize {
    // SAFETY: the caller's promise; the kernel ignores what it does not take.
    unsafe { syscall4(number, a, 0, 0, 0) }
}

/// A system call with two arguments.
///
/// # Safety
///
/// As the system call's.
#[inline(always)]
pub unsafe fn syscall2(number: u32, a: usize, b: usize) -> isize {
    // SAFETY: the caller's promise; the kernel ignores what it does not take.
    unsafe { syscall4(number, a, b, 0, 0) }
}

/// A system call with four arguments.
///
/// # Safety
///
/// As the system call's.
#[inline(always)]
pub unsafe fn syscall4(number: u32, a: usize, b: usize, c: usize, d: usize) -> isize {
    // SAFETY: the caller's promise; the kernel ignores what it does not take.
    unsafe { syscall5(number, [a, b, c, d, 0]) }
}

/// A system call with five arguments.
///
/// # Safety
///
/// As the system call's.
#[inline(always)]
pub unsafe fn syscall5(number: u32, [a, b, c, d, e]: [usize; 5]) -> isize {
    let result;
    // SAFETY: the caller vouches for the call; the kernel changes no other register.
    unsafe {
        asm!(
            "ecall",
            in("a7") number as usize,
            inlateout("a0") a => result,
            in("a1") b,
            in("a2") c,
            in("a3") d,
            in("a4") e,
            options(nostack),
        );
    }
    result
}

/// Leaves the present stack for the one that ends at `top` and there calls `f(argument)`. Saves no register of the
/// caller's, because it does not return.
///
/// # Safety
///
/// `top` must be aligned to 16 bytes and end a writable stack that is used for nothing else.
#[unsafe(naked)]
pub unsafe extern "C" fn switch_stack(
    top: *mut u8,
    f: extern "C" fn(*mut State) -> !,
    argument: *mut State,
) -> ! {
    core::arch::naked_asm!(
        ".cfi_startproc",
        // By these registers debuggers find the old stack; every function called keeps them.
        "mv s1, sp",
        ".cfi_def_cfa s1, 0",
        "mv s2, ra",
        ".cfi_register ra, s2",
        "mv sp, a0",
        "mv a0, a2",
        // A zero frame pointer marks the outermost frame.
        "mv s0, zero",
        "jalr a1",
        "unimp",
        ".cfi_endproc",
    )
}

mod compared;
pub use compared::{compared_bounds, compared_types};

mod cpu;
pub use cpu::cpu_features;

mod vectors;
pub(crate) use vectors::for_wide_vectors;
pub use vectors::{Wide, copy_string, end_streaming, fill_string, has_wide, opaque, prefetch};

mod signal;
#[cfg(feature = "linked")]
pub(crate) use signal::signal_entry;
pub use signal::{SignalContext, action};

#[cfg(feature = "standalone")]
mod thread;
#[cfg(feature = "standalone")]
pub use thread::{ThreadPlaces, set_thread};

#[cfg(feature = "linked")]
mod linked;
#[cfg(feature = "linked")]
pub use linked::resume;
#[cfg(feature = "linked")]
pub(crate) use linked::unknown_import_entry;

#[cfg(any(test, feature = "library"))]
mod library;
#[cfg(any(test, feature = "library"))]
pub use library::{enter, leave, thread_pointer};

/// Bytes below the stack pointer that compiled code may use: none.
#[cfg(feature = "library")]
pub const RED_ZONE: usize = 0;

/// Finds the return address of a function that has no frame yet, or never has one: in the link register.
pub fn unstored_return_address(
    registers: &Registers,
    _stack_pointer: usize,
    _read: impl FnOnce(usize) -> Option<usize>,
) -> Option<usize> {
    Some(registers[1] as usize)
}

/// Defines the program's entry point, which calls `$start` with the stack pointer: that is at `argc`, all else is
/// undefined.
#[cfg(feature = "standalone")]
macro_rules! program_entry {
    ($start:path) => {
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn _start() -> ! {
            core::arch::naked_asm!(
                ".cfi_startproc",
                // Nothing called it.
                ".cfi_undefined ra",
                "mv s0, zero",
                "mv ra, zero",
                "mv a0, sp",
                "call {start}",
                "unimp",
                ".cfi_endproc",
                start = sym $start,
            )
        }
    };
}
#[cfg(feature = "standalone")]
pub(crate) use program_entry;
