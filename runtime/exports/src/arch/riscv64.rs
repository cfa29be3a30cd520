//! Functions for RISC-V with 64 bits.

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
        "addi sp, sp, -112",
        ".cfi_def_cfa_offset 112",
        "sd s1, 8(sp)",
        "sd s2, 16(sp)",
        "sd s3, 24(sp)",
        "sd s4, 32(sp)",
        "sd s5, 40(sp)",
        "sd s6, 48(sp)",
        "sd s7, 56(sp)",
        "sd s8, 64(sp)",
        "sd s9, 72(sp)",
        "sd s10, 80(sp)",
        "sd s11, 88(sp)",
        "sd s0, 96(sp)",
        "sd ra, 104(sp)",
        ".cfi_offset s0, -16",
        ".cfi_offset ra, -8",
        "mv a3, sp",
        // Keeps all those registers itself, but for the return address.
        "call {new}",
        "ld s0, 96(sp)",
        "ld ra, 104(sp)",
        "addi sp, sp, 112",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore s0",
        ".cfi_restore ra",
        "ret",
        ".cfi_endproc",
        new = sym exception::new,
    )
}

/// See [`kiln_abi::symbols::THROW`]. Adds a frame.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_throw(state: *mut State, exception: *mut Exception) -> ! {
    naked_asm!(
        ".cfi_startproc",
        "addi sp, sp, -16",
        ".cfi_def_cfa_offset 16",
        "sd ra, 8(sp)",
        "sd s0, 0(sp)",
        ".cfi_offset s0, -16",
        ".cfi_offset ra, -8",
        "mv a2, sp",
        "call {throw}",
        "unimp",
        ".cfi_endproc",
        throw = sym exception::throw,
    )
}
