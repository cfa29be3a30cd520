//! Functions that compiled code calls with more than its arguments: its registers, or where it calls from.

use core::arch::asm;
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
            "mv sp, {stack}",
            "mv s0, {frame}",
            "jr {landing}",
            stack = in(reg) stack,
            frame = in(reg) frame,
            landing = in(reg) landing,
            in("a0") exception,
            options(noreturn),
        )
    }
}

/// Defines [`kiln_abi::symbols::UNKNOWN_IMPORT`], which calls `$trap` with its arguments and the caller's return
/// address and frame pointer.
macro_rules! unknown_import_entry {
    ($trap:path) => {
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn kiln_unknown_import(
            state: *mut $crate::state::State,
            name: *const u8,
            len: u64,
        ) -> ! {
            core::arch::naked_asm!(
                ".cfi_startproc",
                "mv a3, ra",
                "mv a4, s0",
                "tail {unknown_import}",
                ".cfi_endproc",
                unknown_import = sym $trap,
            )
        }
    };
}
pub(crate) use unknown_import_entry;
