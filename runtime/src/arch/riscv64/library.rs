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
            "mv {}, tp",
            out(reg) pointer,
            options(nostack, nomem, pure, preserves_flags),
        );
    }
    pointer
}

/// Calls `f(state, values)` on the stack that ends at `top`, or on the present one if that is 0.
/// Stores in `activation` where [`leave`] gets back to, and gives 0 or what that is given.
///
/// Compiled code counts on the floating-point environment that processes start with: the rounding mode in `fcsr` is 0.
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
        // Link-time optimisation assembles without the features that the target has.
        ".option push",
        ".option arch, +d",
        ".cfi_startproc",
        ".cfi_personality 0x1b, {personality}",
        "addi sp, sp, -208",
        ".cfi_def_cfa_offset 208",
        "sd ra, 200(sp)",
        ".cfi_offset ra, -8",
        "sd s0, 192(sp)",
        ".cfi_offset s0, -16",
        "sd s1, 184(sp)",
        ".cfi_offset s1, -24",
        "sd s2, 176(sp)",
        ".cfi_offset s2, -32",
        "sd s3, 168(sp)",
        ".cfi_offset s3, -40",
        "sd s4, 160(sp)",
        ".cfi_offset s4, -48",
        "sd s5, 152(sp)",
        ".cfi_offset s5, -56",
        "sd s6, 144(sp)",
        ".cfi_offset s6, -64",
        "sd s7, 136(sp)",
        ".cfi_offset s7, -72",
        "sd s8, 128(sp)",
        ".cfi_offset s8, -80",
        "sd s9, 120(sp)",
        ".cfi_offset s9, -88",
        "sd s10, 112(sp)",
        ".cfi_offset s10, -96",
        "sd s11, 104(sp)",
        ".cfi_offset s11, -104",
        "fsd fs0, 96(sp)",
        "fsd fs1, 88(sp)",
        "fsd fs2, 80(sp)",
        "fsd fs3, 72(sp)",
        "fsd fs4, 64(sp)",
        "fsd fs5, 56(sp)",
        "fsd fs6, 48(sp)",
        "fsd fs7, 40(sp)",
        "fsd fs8, 32(sp)",
        "fsd fs9, 24(sp)",
        "fsd fs10, 16(sp)",
        "fsd fs11, 8(sp)",
        "frrm t0",
        "sd t0, 0(sp)",
        "fsrmi 0",
        "sd sp, 0(a4)",
        "mv s1, sp",
        ".cfi_def_cfa_register s1",
        "mv t1, a0",
        "mv a0, a1",
        "mv a1, a2",
        "beqz a3, 2f",
        "mv sp, a3",
        "2:",
        // Marks the outermost frame.
        "mv s0, zero",
        "jalr t1",
        "mv a0, s1",
        "mv a1, zero",
        "tail {leave}",
        ".cfi_endproc",
        ".option pop",
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
        ".option push",
        ".option arch, +d",
        ".cfi_startproc",
        // What `enter` stored.
        ".cfi_def_cfa a0, 208",
        ".cfi_offset ra, -8",
        ".cfi_offset s0, -16",
        ".cfi_offset s1, -24",
        ".cfi_offset s2, -32",
        ".cfi_offset s3, -40",
        ".cfi_offset s4, -48",
        ".cfi_offset s5, -56",
        ".cfi_offset s6, -64",
        ".cfi_offset s7, -72",
        ".cfi_offset s8, -80",
        ".cfi_offset s9, -88",
        ".cfi_offset s10, -96",
        ".cfi_offset s11, -104",
        "mv sp, a0",
        ".cfi_def_cfa_register sp",
        "mv a0, a1",
        "ld t0, 0(sp)",
        "fsrm t0",
        "fld fs0, 96(sp)",
        "fld fs1, 88(sp)",
        "fld fs2, 80(sp)",
        "fld fs3, 72(sp)",
        "fld fs4, 64(sp)",
        "fld fs5, 56(sp)",
        "fld fs6, 48(sp)",
        "fld fs7, 40(sp)",
        "fld fs8, 32(sp)",
        "fld fs9, 24(sp)",
        "fld fs10, 16(sp)",
        "fld fs11, 8(sp)",
        "ld ra, 200(sp)",
        ".cfi_restore ra",
        "ld s0, 192(sp)",
        ".cfi_restore s0",
        "ld s1, 184(sp)",
        ".cfi_restore s1",
        "ld s2, 176(sp)",
        ".cfi_restore s2",
        "ld s3, 168(sp)",
        ".cfi_restore s3",
        "ld s4, 160(sp)",
        ".cfi_restore s4",
        "ld s5, 152(sp)",
        ".cfi_restore s5",
        "ld s6, 144(sp)",
        ".cfi_restore s6",
        "ld s7, 136(sp)",
        ".cfi_restore s7",
        "ld s8, 128(sp)",
        ".cfi_restore s8",
        "ld s9, 120(sp)",
        ".cfi_restore s9",
        "ld s10, 112(sp)",
        ".cfi_restore s10",
        "ld s11, 104(sp)",
        ".cfi_restore s11",
        "addi sp, sp, 208",
        ".cfi_def_cfa_offset 0",
        "ret",
        ".cfi_endproc",
        ".option pop",
    )
}
