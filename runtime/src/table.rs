//! `table.grow` and `table.fill`, for tables that the program changes.

use crate::instance::Instance;
use crate::state::State;
use crate::sys::pages;
use core::ffi::c_void;
use core::ops::Range;
use core::ptr;
use kiln_abi::layout::here::HOST_PAGE;
use kiln_abi::layout::{TABLE_ELEMENT, TableCell};
use rustix::io;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

/// Makes addresses of the offsets that the cells of a library's tables start with.
///
/// # Safety
///
/// `tables` must be the offsets of tables' cells in the state, which are as in its image.
#[inline]
pub unsafe fn relocate(state: *mut State, tables: &[u64]) {
    for &offset in tables {
        let cell: *mut TableCell = state.wrapping_byte_add(offset as usize).cast();
        // SAFETY: the caller's promise.
        unsafe { (*cell).base += state.expose_provenance() as u64 };
    }
}

/// The mappings of tables that have outgrown the state.
///
/// # Safety
///
/// `tables` must be the offsets of tables' cells in the state, and what is given used before a table
/// grows again.
#[inline]
pub unsafe fn outgrown(state: *mut State, tables: &[u64]) -> impl Iterator<Item = Range<usize>> {
    tables.iter().filter_map(move |&offset| {
        let cell: *const TableCell = state.wrapping_byte_add(offset as usize).cast();
        // SAFETY: the caller's promise.
        let TableCell { base, mapped, .. } = unsafe { *cell };
        (mapped != 0).then_some(base as usize..(base + mapped) as usize)
    })
}

/// See [`kiln_abi::symbols::TABLE_GROW`].
///
/// # Safety
///
/// `state` must be that of the caller's instance, and `cell` the cell of one of its tables.
#[inline]
pub unsafe fn table_grow(state: *mut State, cell: *mut TableCell, elements: u64, init: u64) -> u64 {
    // SAFETY: the caller's promise; nothing else uses the instance or the cell meanwhile.
    let (budget, cell) = unsafe { (&mut Instance::of(state).budget, &mut *cell) };
    let old_len = cell.len;
    let Some(len) = old_len.checked_add(elements).filter(|&len| len <= cell.max) else {
        return u64::MAX;
    };
    let Some(more) = elements.checked_mul(TABLE_ELEMENT) else {
        return u64::MAX;
    };
    if !budget.take(more) {
        return u64::MAX;
    }
    // SAFETY: the cell tells the truth about its table.
    if len > cell.capacity && unsafe { enlarge(cell, len) }.is_err() {
        budget.give_back(more);
        return u64::MAX;
    }
    cell.len = len;
    let first = (cell.base + old_len * TABLE_ELEMENT) as *mut u64;
    // SAFETY: the table holds `len` elements by now.
    unsafe { table_fill(first, init, elements) };
    old_len
}

/// See [`kiln_abi::symbols::TABLE_FILL`].
///
/// # Safety
///
/// The `elements` from `first` must be a table's.
#[inline]
pub unsafe fn table_fill(first: *mut u64, value: u64, elements: u64) {
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts_mut(first, elements as usize) }.fill(value);
}

/// Gives a table room for `len` elements and, lest it moves each time, twice as many as now.
///
/// # Safety
///
/// `cell` must describe a table that lies in the state or where this function put it.
#[inline]
unsafe fn enlarge(cell: &mut TableCell, len: u64) -> io::Result<()> {
    let capacity = len.max(cell.capacity * 2).min(cell.max);
    let size = bytes(capacity).ok_or(io::Errno::NOMEM)?;
    let old = cell.base as *mut c_void;
    // SAFETY: a table outside the state is a mapping made here.
    let new = unsafe {
        if cell.mapped == 0 {
            let access = ProtFlags::READ | ProtFlags::WRITE;
            let new = mmap_anonymous(ptr::null_mut(), size, access, MapFlags::PRIVATE)?;
            ptr::copy_nonoverlapping(old.cast::<u64>(), new.cast(), cell.len as usize);
            new
        } else {
            pages::resize(old, cell.mapped as usize, size)?
        }
    };
    // SAFETY: the table's own mapping.
    unsafe { pages::leave_out(new.addr(), size) };
    cell.base = new.addr() as u64;
    cell.capacity = capacity;
    cell.mapped = size as u64;
    Ok(())
}

/// The whole pages that `elements` take.
#[inline]
fn bytes(elements: u64) -> Option<usize> {
    let len = elements.checked_mul(TABLE_ELEMENT)?;
    usize::try_from(len.checked_next_multiple_of(HOST_PAGE)?).ok()
}
