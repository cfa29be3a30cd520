//! The program's one instance.

use crate::guest::Memory;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use kiln_abi::layout::MemoryCell;

/// The cell of the memory that WASI functions read and write; null where there is none.
static WASI_MEMORY: AtomicPtr<MemoryCell> = AtomicPtr::new(ptr::null_mut());

/// The memory that WASI functions read and write, as it is now. It is empty in a program that
/// exports none.
pub fn guest_memory() -> Memory {
    let cell = WASI_MEMORY.load(Relaxed);
    // SAFETY: what was stored is a cell of the state, which is mapped for good.
    match unsafe { cell.as_ref() } {
        Some(cell) => Memory {
            base: cell.base as *mut u8,
            len: cell.len as usize,
        },
        None => Memory {
            base: ptr::dangling_mut(),
            len: 0,
        },
    }
}
