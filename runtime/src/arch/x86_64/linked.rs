//! Functions that compiled code calls with more than its arguments: its registers, or where it calls from.

use crate::instance::State;
use crate::trap;
use core::arch::{asm, naked_asm};
use kiln_abi::exception::Exception;

/// Leaves the current frames for `landing`, with the payload register that Cranelift's
/// convention for exceptions reads.
///
/// # Safety
///
/// `landing` is a landing place of the function whose frame is at `stack` and `frame`.
#[inline(always)]
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
