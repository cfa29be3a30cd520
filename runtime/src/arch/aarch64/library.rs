//! The switch to the stack of a library's instance and back.

use crate::arch::unwinding::stop_unwinding;
use crate::state::State;
use core::arch::{asm, naked_asm};

/// Returns the thread pointer, which differs between threads that live at the same time. A library's
/// host has one, because C compilers and libraries count on it.
pub fn thread_pointer() -> usize {
    let pointer;
    // SAFETY: reads the register that the ABI defines.
    unsafe {
        asm!(
            "mrs {}, tpidr_el0",
            out(reg) pointer,
            options(nostack, nomem, pure, preserves_flags),
        );
    }
    pointer
}

/// Calls `f(state, values)` on the stack that ends at `top`, or on the present one if that is 0.
/// Stores in `activation` where [`leave`] gets back to, and gives 0 or what that is given.
///
/// Compiled code counts on the floating-point environment that processes start with: FPCR is 0.
///
/// # Safety
///
/// `top` must be aligned to 16 bytes and end a writable stack that is used for nothing else.
#[unsafe(naked)]
pub unsafe extern "C" fn enter(
    f: extern "C" fn(*mut State, *mut u128),
    state: *mut State,
    values: *mut u128,
    top: usize,
    activation: *mut *mut u8,
) -> u32 {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_personality 0x1b, {personality}",
        "sub sp, sp, 176",
        ".cfi_def_cfa_offset 176",
        "stp x29, x30, [sp, 160]",
        ".cfi_offset x29, -16",
        ".cfi_offset x30, -8",
        "stp x19, x20, [sp, 144]",
        ".cfi_offset x19, -32",
        ".cfi_offset x20, -24",
        "stp x21, x22, [sp, 128]",
        ".cfi_offset x21, -48",
        ".cfi_offset x22, -40",
        "stp x23, x24, [sp, 112]",
        ".cfi_offset x23, -64",
        ".cfi_offset x24, -56",
        "stp x25, x26, [sp, 96]",
        ".cfi_offset x25, -80",
        ".cfi_offset x26, -72",
        "stp x27, x28, [sp, 80]",
        ".cfi_offset x27, -96",
        ".cfi_offset x28, -88",
        "stp d8, d9, [sp, 64]",
        "stp d10, d11, [sp, 48]",
        "stp d12, d13, [sp, 32]",
        "stp d14, d15, [sp, 16]",
        "mrs x9, fpcr",
        "str x9, [sp]",
        "cbz x9, 2f",
        "msr fpcr, xzr",
        "2:",
        "mov x9, sp",
        "str x9, [x4]",
        "mov x19, x9",
        ".cfi_def_cfa_register x19",
        "mov x10, x0",
        "mov x0, x1",
        "mov x1, x2",
        "cmp x3, 0",
        "csel x9, x9, x3, eq",
        "mov sp, x9",
        // Marks the outermost frame.
        "mov x29, xzr",
        "blr x10",
        "mov x0, x19",
        "mov x1, xzr",
        "b {leave}",
        ".cfi_endproc",
        leave = sym leave,
        personality = sym stop_unwinding,
    )
}

/// Makes the call of [`enter`] that stored `activation` give `status`.
///
/// # Safety
///
/// That call must not have ended, and all that has been called since is left as it is.
#[unsafe(naked)]
pub unsafe extern "C" fn leave(activation: *mut u8, status: u32) -> ! {
    naked_asm!(
        ".cfi_startproc",
        // What `enter` stored.
        ".cfi_def_cfa x0, 176",
        ".cfi_offset x29, -16",
        ".cfi_offset x30, -8",
        ".cfi_offset x19, -32",
        ".cfi_offset x20, -24",
        ".cfi_offset x21, -48",
        ".cfi_offset x22, -40",
        ".cfi_offset x23, -64",
        ".cfi_offset x24, -56",
        ".cfi_offset x25, -80",
        ".cfi_offset x26, -72",
        ".cfi_offset x27, -96",
        ".cfi_offset x28, -88",
        "mov sp, x0",
        ".cfi_def_cfa_register sp",
        "mov w0, w1",
        "ldr x9, [sp]",
        "cbz x9, 2f",
        "msr fpcr, x9",
        "2:",
        "ldp d14, d15, [sp, 16]",
        "ldp d12, d13, [sp, 32]",
        "ldp d10, d11, [sp, 48]",
        "ldp d8, d9, [sp, 64]",
        "ldp x27, x28, [sp, 80]",
        "ldp x25, x26, [sp, 96]",
        "ldp x23, x24, [sp, 112]",
        "ldp x21, x22, [sp, 128]",
        "ldp x19, x20, [sp, 144]",
        "ldp x29, x30, [sp, 160]",
        "add sp, sp, 176",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore x19",
        ".cfi_restore x20",
        ".cfi_restore x21",
        ".cfi_restore x22",
        ".cfi_restore x23",
        ".cfi_restore x24",
        ".cfi_restore x25",
        ".cfi_restore x26",
        ".cfi_restore x27",
        ".cfi_restore x28",
        ".cfi_restore x29",
        ".cfi_restore x30",
        "ret",
        ".cfi_endproc",
    )
}
