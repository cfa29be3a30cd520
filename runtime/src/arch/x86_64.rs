//! x86-64.

use core::arch::asm;

/// A system call with one argument.
///
/// # Safety
///
/// As the system call's.
pub unsafe fn syscall1(number: u32, a: usize) -> isize {
    let result;
    // SAFETY: the caller vouches for the call; these are all the registers it changes.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as usize => result,
            in("rdi") a,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}
