//! `memory.grow`, of memories with a reservation, at a fixed place without, and of those that move.

use crate::budget::Budget;
use crate::instance::Instance;
use crate::state::State;
use crate::sys::pages::{self, map_accessible};
use core::ffi::c_void;
use kiln_abi::layout::MemoryCell;
use kiln_abi::layout::here::HOST_PAGE;
use rustix::io;

/// See [`kiln_abi::symbols::MEMORY_GROW`]. The address space is there already, so that growing is
/// one `mprotect` and never moves the memory.
///
/// # Safety
///
/// `state` must be that of the caller's instance, and `cell` the cell of one of its memories, one that has a reservation.
#[inline]
pub unsafe fn memory_grow(state: *mut State, cell: *mut MemoryCell, pages: u64) -> u64 {
    // SAFETY: the caller's promise; nothing else uses the instance or the cell meanwhile.
    let (budget, cell) = unsafe { (&mut Instance::of(state).budget, &mut *cell) };
    grow(budget, cell, pages, |cell, len| {
        // Wasm pages can be smaller than the host's.
        let old_end = cell.len.next_multiple_of(HOST_PAGE);
        let more = len.next_multiple_of(HOST_PAGE) - old_end;
        // SAFETY: all up to `max` is reserved.
        unsafe { pages::make_accessible((cell.base + old_end) as usize, more as usize) }
    })
}

/// See [`kiln_abi::symbols::MEMORY_GROW_MAPPING`]. Nothing else is ever mapped behind the memory: its
/// place is far below where the kernel puts mappings.
///
/// # Safety
///
/// `state` must be that of the caller's instance, and `cell` the cell of one of its memories, one mapped by itself.
#[inline]
pub unsafe fn memory_grow_mapping(state: *mut State, cell: *mut MemoryCell, pages: u64) -> u64 {
    // SAFETY: the caller's promise; nothing else uses the instance or the cell meanwhile.
    let (budget, cell) = unsafe { (&mut Instance::of(state).budget, &mut *cell) };
    grow(budget, cell, pages, |cell, len| {
        let (old, new) = (mapped(cell.len), mapped(len));
        if old != new {
            let start = map_accessible(cell.base as usize + old, new - old)?;
            // SAFETY: just mapped.
            unsafe { pages::leave_out(start.addr(), new - old) };
        }
        Ok(())
    })
}

/// See [`kiln_abi::symbols::MEMORY_GROW_MOVING`]. The kernel moves the pages, not their contents,
/// and never holds more address space than the memory has in the end.
///
/// # Safety
///
/// `state` must be that of the caller's instance, and `cell` the cell of one of its memories, one mapped by itself.
#[inline]
pub unsafe fn memory_grow_moving(state: *mut State, cell: *mut MemoryCell, pages: u64) -> u64 {
    // SAFETY: the caller's promise; nothing else uses the instance or the cell meanwhile.
    let (budget, cell) = unsafe { (&mut Instance::of(state).budget, &mut *cell) };
    grow(budget, cell, pages, |cell, len| {
        let (old, new) = (mapped(cell.len), mapped(len));
        if old != new {
            // SAFETY: the mapping is the memory's own; compiled code asks the cell where it lies.
            let base = unsafe { pages::resize(cell.base as *mut c_void, old, new)? };
            // SAFETY: the same mapping. What was copied is a new one.
            unsafe { pages::leave_out(base.addr(), new) };
            cell.base = base.addr() as u64;
        }
        Ok(())
    })
}

/// Bytes that are mapped for a memory of this length without a reservation.
#[inline]
pub fn mapped(len: u64) -> usize {
    len.next_multiple_of(HOST_PAGE).max(HOST_PAGE) as usize
}

/// Makes the memory longer, `extend` making the room; the old length in pages, or `u64::MAX` where
/// the memory cannot grow so far.
#[inline]
fn grow(
    budget: &mut Budget,
    cell: &mut MemoryCell,
    pages: u64,
    extend: impl FnOnce(&mut MemoryCell, u64) -> io::Result<()>,
) -> u64 {
    let Some(delta) = pages.checked_mul(1 << cell.page_log2) else {
        return u64::MAX;
    };
    let Some(len) = cell.len.checked_add(delta) else {
        return u64::MAX;
    };
    if len > cell.max {
        return u64::MAX;
    }
    let more = len - cell.len;
    if !budget.take(more) {
        return u64::MAX;
    }
    if extend(cell, len).is_err() {
        budget.give_back(more);
        return u64::MAX;
    }
    core::mem::replace(&mut cell.len, len) >> cell.page_log2
}
