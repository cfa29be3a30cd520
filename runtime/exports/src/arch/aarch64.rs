//! Functions for AArch64.

use core::arch::naked_asm;
use kiln_abi::exception::Exception;
use kiln_runtime::exception;
use kiln_runtime::state::State;

/// See [`kiln_abi::symbols::EXCEPTION_NEW`]. Puts the registers that compiled code may keep
/// references in on the stack, and adds its address.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_exception_new(
    state: *mut State,
    tag: u32,
    payload: u64,
) -> *mut Exception {
    naked_asm!(
        ".cfi_startproc",
        "sub sp, sp, 96",
        ".cfi_def_cfa_offset 96",
        "stp x19, x20, [sp]",
        "stp x21, x22, [sp, 16]",
        "stp x23, x24, [sp, 32]",
        "stp x25, x26, [sp, 48]",
        "stp x27, x28, [sp, 64]",
        "stp x29, x30, [sp, 80]",
        ".cfi_offset x29, -16",
        ".cfi_offset x30, -8",
        "mov x3, sp",
        // Keeps all those registers itself, but for the link register.
        "bl {new}",
        "ldp x29, x30, [sp, 80]",
        "add sp, sp, 96",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore x29",
        ".cfi_restore x30",
        "ret",
        ".cfi_endproc",
        new = sym exception::new,
    )
}

/// See [`kiln_abi::symbols::THROW`]. Adds a frame. Compiled code calls it by Cranelift's convention for tail calls, which
/// passes arguments from x2 on.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_throw(state: *mut State, exception: *mut Exception) -> ! {
    naked_asm!(
        ".cfi_startproc",
        "stp x29, x30, [sp, -16]!",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset x29, -16",
        ".cfi_offset x30, -8",
        "mov x29, sp",
        "mov x0, x2",
        "mov x1, x3",
        "mov x2, sp",
        "bl {throw}",
        "udf #0",
        ".cfi_endproc",
        throw = sym exception::throw,
    )
}
