//! The thread pointer (`tp`), which points to the variables ("RISC-V ELF Specification", thread-local storage).
//! Nothing here uses the words below them.

use core::arch::asm;
use core::ffi::c_void;

/// Bytes below the variables, at least.
const BLOCK: usize = 16;

/// Offsets in the memory of a thread.
pub struct ThreadPlaces {
    /// The variables.
    pub variables: usize,
    /// The place for the thread pointer to point to.
    pub pointer: usize,
    /// The end.
    pub size: usize,
}

impl ThreadPlaces {
    /// Those for variables of so many bytes with this alignment.
    pub fn new(len: usize, align: usize) -> Self {
        let variables = BLOCK.next_multiple_of(align);
        Self {
            variables,
            pointer: variables,
            size: variables + len,
        }
    }
}

/// The word that functions put into their frames, and look for when they return, by the name that compilers know.
#[unsafe(no_mangle)]
static mut __stack_chk_guard: u64 = 0;

/// Has the thread pointer point to `pointer`. Functions guard their frames by `frame_guard`.
///
/// # Safety
///
/// `pointer` must be at that place of memory which is the thread's for as long as it lives. No function that guards
/// its frame is at work.
pub unsafe fn set_thread(pointer: *mut c_void, frame_guard: u64) -> isize {
    // SAFETY: the caller's promise.
    unsafe {
        __stack_chk_guard = frame_guard;
        asm!("mv tp, {}", in(reg) pointer, options(nostack, nomem, preserves_flags));
    }
    0
}
