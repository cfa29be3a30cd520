//! x86-64: entry and stack switch (System V psABI, chapter 3), system calls (its appendix A.2.1), and
//! instructions that Rust has no words for.

use crate::state::State;
use core::arch::asm;

/// The architecture's name in messages.
pub const NAME: &[u8] = b"x86-64";

/// A 16-byte vector that is loaded and stored by one instruction, aligned or not.
pub use core::arch::x86_64::__m128i as Block;

/// The general registers, as instructions number them.
pub type Registers = [u64; 16];

/// Words that `kiln_exception_new` stores below the return address: the registers that functions keep.
pub const SAVED_REGISTERS: usize = 6;

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
    // SAFETY: the caller vouches for the call; these are all the registers it changes.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as usize => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            lateout("rcx") _,
            lateout("r11") _,
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
        // By this register debuggers find the old stack; every function called keeps it.
        "mov rbx, rsp",
        ".cfi_def_cfa rbx, 8",
        "mov rsp, rdi",
        "mov rdi, rdx",
        // A zero frame pointer marks the outermost frame.
        "xor ebp, ebp",
        "call rsi",
        "ud2",
        ".cfi_endproc",
    )
}

mod compared;
pub use compared::{compared_bounds, compared_types};

mod cpu;
pub use cpu::cpu_features;

mod vectors;
pub(crate) use vectors::for_wide_vectors;
pub use vectors::{Wide, end_streaming, has_wide, opaque, prefetch};

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

/// Bytes below the stack pointer that compiled code may use (psABI, 3.2.2).
#[cfg(feature = "library")]
pub const RED_ZONE: usize = 128;

/// Finds the return address of a function that has no frame yet, or never has one: on top of the stack, of which
/// `read` gives a word.
pub fn unstored_return_address(
    _registers: &Registers,
    stack_pointer: usize,
    read: impl FnOnce(usize) -> Option<usize>,
) -> Option<usize> {
    read(stack_pointer)
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
                ".cfi_undefined rip",
                "xor ebp, ebp",
                "mov rdi, rsp",
                "call {start}",
                "ud2",
                ".cfi_endproc",
                start = sym $start,
            )
        }
    };
}
#[cfg(feature = "standalone")]
pub(crate) use program_entry;

/// See [`kiln_abi::symbols::X86_PSHUFB`]: byte `i` of the result is the byte of `bytes` that the
/// low four bits of byte `i` of `picks` number, or 0 if its highest bit is set.
#[inline]
pub fn x86_pshufb(bytes: Block, picks: Block) -> Block {
    // SAFETY: a vector is 16 bytes, and any 16 bytes are a vector.
    let [bytes, picks] =
        unsafe { core::mem::transmute::<[Block; 2], [[u8; 16]; 2]>([bytes, picks]) };
    let pick = |i: u8| {
        if i < 0x80 {
            bytes[usize::from(i % 16)]
        } else {
            0
        }
    };
    // SAFETY: as above.
    unsafe { core::mem::transmute::<[u8; 16], Block>(picks.map(pick)) }
}

/// Copies `len` bytes by the processor's string instruction, forward.
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`]'s; overlap is fine where `to` is below `from`.
#[inline(always)]
pub unsafe fn copy_string(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the caller's promise; the direction flag is clear by the psABI.
    unsafe {
        asm!(
            "rep movsb",
            inout("rdi") to => _,
            inout("rsi") from => _,
            inout("rcx") len => _,
            options(nostack, preserves_flags),
        );
    }
}

/// Sets `len` bytes by the processor's string instruction.
///
/// # Safety
///
/// As [`core::ptr::write_bytes`]'s.
#[inline(always)]
pub unsafe fn fill_string(to: *mut u8, byte: u8, len: usize) {
    // SAFETY: the caller's promise; the direction flag is clear by the psABI.
    unsafe {
        asm!(
            "rep stosb",
            inout("rdi") to => _,
            in("al") byte,
            inout("rcx") len => _,
            options(nostack, preserves_flags),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::arch::x86_64::_mm_shuffle_epi8;
    use core::mem::transmute;

    #[test]
    fn pshufb_equals_the_instruction() {
        assert!(is_x86_feature_detected!("ssse3"), "needs a CPU with SSSE3");
        for seed in 0..=u8::MAX {
            let mix = |i: u8| (i ^ seed).wrapping_mul(29).wrapping_add(seed);
            let bytes: [u8; 16] = core::array::from_fn(|i| mix(i as u8));
            let picks: [u8; 16] = core::array::from_fn(|i| mix(i as u8 + 16));
            // SAFETY: a vector is any 16 bytes, and the CPU has the instruction.
            let (ours, theirs) = unsafe {
                let [bytes, picks] = [bytes, picks].map(|v| transmute::<[u8; 16], Block>(v));
                let ours = x86_pshufb(bytes, picks);
                let theirs = _mm_shuffle_epi8(bytes, picks);
                (
                    transmute::<Block, [u8; 16]>(ours),
                    transmute::<Block, [u8; 16]>(theirs),
                )
            };
            assert_eq!(ours, theirs, "{bytes:?} {picks:?}");
        }
    }
}
