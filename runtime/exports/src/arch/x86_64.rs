//! Functions for x86-64.

use core::arch::naked_asm;
use kiln_abi::exception::Exception;
use kiln_runtime::arch::{self, Block};
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

/// See [`kiln_abi::symbols::X86_PSHUFB`].
#[unsafe(no_mangle)]
#[expect(
    improper_ctypes_definitions,
    reason = "the psABI passes this type in an XMM register, as compiled code does"
)]
extern "C" fn kiln_x86_pshufb(bytes: Block, picks: Block) -> Block {
    arch::x86_pshufb(bytes, picks)
}
