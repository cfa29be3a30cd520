//! `memory.grow`.

use crate::create::make_accessible;
use kiln_abi::layout::{HOST_PAGE, MemoryCell};

/// See [`kiln_abi::symbols::MEMORY_GROW`]. The address space is there already, so that growing is
/// one `mprotect` and never moves the memory.
///
/// # Safety
///
/// `cell` must be the cell of one of the instance's memories.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kiln_memory_grow(cell: *mut MemoryCell, pages: u64) -> u64 {
    // SAFETY: the caller's promise; nothing else uses the cell meanwhile.
    let cell = unsafe { &mut *cell };
    // SAFETY: as above.
    match unsafe { grow(cell, pages) } {
        Some(old_len) => old_len >> cell.page_log2,
        None => u64::MAX,
    }
}

/// The old length in bytes, or `None` where the memory cannot grow so far.
unsafe fn grow(cell: &mut MemoryCell, pages: u64) -> Option<u64> {
    let delta = pages.checked_mul(1 << cell.page_log2)?;
    let len = cell.len.checked_add(delta).filter(|&len| len <= cell.max)?;
    // Wasm pages can be smaller than the host's.
    let (old_end, end) = (
        cell.len.next_multiple_of(HOST_PAGE),
        len.next_multiple_of(HOST_PAGE),
    );
    // SAFETY: all up to `max` is reserved.
    unsafe { make_accessible((cell.base + old_end) as usize, (end - old_end) as usize) }.ok()?;
    Some(core::mem::replace(&mut cell.len, len))
}
