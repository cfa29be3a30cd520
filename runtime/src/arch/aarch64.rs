//! AArch64: entry and stack switch (Procedure Call Standard for the Arm 64-bit Architecture), system calls
//! (syscall(2)), and instructions that Rust has no words for.

use crate::state::State;
use core::arch::asm;

/// The architecture's name in messages.
pub const NAME: &[u8] = b"AArch64";

/// A 16-byte vector that is loaded and stored by one instruction, aligned or not.
pub use core::arch::aarch64::uint8x16_t as Block;

/// The general registers, as instructions number them, without x31.
pub type Registers = [u64; 31];

/// Words that `kiln_exception_new` stores below the return address: x19 to x28 and the frame pointer.
pub const SAVED_REGISTERS: usize = 11;

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
    let result;
    // SAFETY: the caller vouches for the call; the kernel changes no other register.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number as usize,
            inlateout("x0") a => result,
            in("x1") b,
            in("x2") c,
            in("x3") d,
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
        "mov x19, sp",
        ".cfi_def_cfa x19, 0",
        "mov x20, x30",
        ".cfi_register x30, x20",
        "mov sp, x0",
        "mov x0, x2",
        // A zero frame pointer marks the outermost frame.
        "mov x29, xzr",
        "blr x1",
        "udf #0",
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
    Some(registers[30] as usize)
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
                ".cfi_undefined x30",
                "mov x29, xzr",
                "mov x30, xzr",
                "mov x0, sp",
                "bl {start}",
                "udf #0",
                ".cfi_endproc",
                start = sym $start,
            )
        }
    };
}
#[cfg(feature = "standalone")]
pub(crate) use program_entry;
