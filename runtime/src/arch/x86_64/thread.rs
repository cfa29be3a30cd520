//! The thread pointer (`%fs`) and what lies there. The layout is x86-64's variant of "ELF Handling For Thread-Local
//! Storage" (Drepper, section 3): the variables end where the thread pointer points, at a block that begins with
//! its own address.

use super::syscall2;
use core::ffi::c_void;

/// The record that the thread pointer points to, as far as compilers know of it.
#[repr(C, align(64))]
struct ThreadBlock {
    own_address: *const ThreadBlock,
    unused: [u64; 4],
    /// The word that functions put into their frames, and look for when they return (`%fs:0x28`).
    frame_guard: u64,
}

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
        let pointer = len.next_multiple_of(align.max(align_of::<ThreadBlock>()));
        Self {
            variables: pointer - len.next_multiple_of(align),
            pointer,
            size: pointer + size_of::<ThreadBlock>(),
        }
    }
}

/// Writes what compilers expect at the thread pointer, and has it point there. Functions guard their frames by
/// `frame_guard`.
///
/// # Safety
///
/// `pointer` must be at that place of memory which is the thread's for as long as it lives.
pub unsafe fn set_thread(pointer: *mut c_void, frame_guard: u64) -> isize {
    const ARCH_SET_FS: usize = 0x1002;
    let block = pointer.cast::<ThreadBlock>();
    // SAFETY: the caller's promise. The call fails only where a sandbox refuses it.
    unsafe {
        block.write(ThreadBlock {
            own_address: block,
            unused: [0; 4],
            frame_guard,
        });
        let address = block.expose_provenance();
        syscall2(
            linux_raw_sys::general::__NR_arch_prctl,
            ARCH_SET_FS,
            address,
        )
    }
}
