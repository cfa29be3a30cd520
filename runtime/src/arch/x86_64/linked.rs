//! What compiled code calls with more than its arguments: its registers, or where it calls from.

use crate::instance::State;
use crate::{exception, trap};
use core::arch::{asm, naked_asm};
use kiln_abi::exception::Exception;

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
        "push rbx",
        ".cfi_adjust_cfa_offset 8",
        "push rbp",
        ".cfi_adjust_cfa_offset 8",
        "push r12",
        ".cfi_adjust_cfa_offset 8",
        "push r13",
        ".cfi_adjust_cfa_offset 8",
        "push r14",
        ".cfi_adjust_cfa_offset 8",
        "push r15",
        ".cfi_adjust_cfa_offset 8",
        "mov rcx, rsp",
        "sub rsp, 8",
        ".cfi_adjust_cfa_offset 8",
        // Keeps all those registers itself.
        "call {new}",
        "add rsp, 8",
        ".cfi_adjust_cfa_offset -8",
        "pop r15",
        ".cfi_adjust_cfa_offset -8",
        "pop r14",
        ".cfi_adjust_cfa_offset -8",
        "pop r13",
        ".cfi_adjust_cfa_offset -8",
        "pop r12",
        ".cfi_adjust_cfa_offset -8",
        "pop rbp",
        ".cfi_adjust_cfa_offset -8",
        "pop rbx",
        ".cfi_adjust_cfa_offset -8",
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
        "push rbp",
        ".cfi_adjust_cfa_offset 8",
        "mov rdx, rsp",
        "call {throw}",
        "ud2",
        ".cfi_endproc",
        throw = sym exception::throw,
    )
}

/// Leaves the current frames for `landing`, with the payload register that Cranelift's
/// convention for exceptions reads.
///
/// # Safety
///
/// `landing` is a landing place of the function whose frame is at `stack` and `frame`.
pub unsafe fn resume(
    landing: usize,
    stack: *const usize,
    frame: *const usize,
    exception: *mut Exception,
) -> ! {
    // SAFETY: the caller's promise. Not to return is what it is for.
    unsafe {
        asm!(
            "mov rsp, {stack}",
            "mov rbp, {frame}",
            "jmp {landing}",
            stack = in(reg) stack,
            frame = in(reg) frame,
            landing = in(reg) landing,
            in("rax") exception,
            options(noreturn),
        )
    }
}

/// See [`kiln_abi::symbols::UNKNOWN_IMPORT`]. Adds the caller's return address and frame pointer.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_unknown_import(state: *mut State, name: *const u8, len: u64) -> ! {
    naked_asm!(
        ".cfi_startproc",
        "mov rcx, [rsp]",
        "mov r8, rbp",
        "jmp {unknown_import}",
        ".cfi_endproc",
        unknown_import = sym trap::unknown_import,
    )
}
