//! `table.grow` and `table.fill`, for tables that the program changes.

use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use kiln_abi::layout::{HOST_PAGE, STATE_BASE, STATE_MAX, TABLE_ELEMENT, TableCell};
use rustix::io;
use rustix::mm::{MapFlags, MremapFlags, ProtFlags, mmap_anonymous, mremap};

/// Whether a table has outgrown the state.
static ANY_MOVED: AtomicBool = AtomicBool::new(false);

/// Whether a table has outgrown the state, so that elements lie elsewhere.
pub fn any_moved() -> bool {
    ANY_MOVED.load(Relaxed)
}

/// See [`kiln_abi::symbols::TABLE_GROW`].
///
/// # Safety
///
/// `cell` must be the cell of one of the instance's tables.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kiln_table_grow(cell: *mut TableCell, elements: u64, init: u64) -> u64 {
    // SAFETY: the caller's promise; nothing else uses the cell meanwhile.
    let cell = unsafe { &mut *cell };
    let old_len = cell.len;
    let Some(len) = old_len.checked_add(elements).filter(|&len| len <= cell.max) else {
        return u64::MAX;
    };
    // SAFETY: the cell tells the truth about its table.
    if len > cell.capacity && unsafe { enlarge(cell, len) }.is_err() {
        return u64::MAX;
    }
    cell.len = len;
    let first = (cell.base + old_len * TABLE_ELEMENT) as *mut u64;
    // SAFETY: the table holds `len` elements by now.
    unsafe { kiln_table_fill(first, init, elements) };
    old_len
}

/// See [`kiln_abi::symbols::TABLE_FILL`].
///
/// # Safety
///
/// The `elements` from `first` must be a table's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kiln_table_fill(first: *mut u64, value: u64, elements: u64) {
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts_mut(first, elements as usize) }.fill(value);
}

/// Gives a table room for `len` elements and, lest it moves each time, twice as many as now.
///
/// # Safety
///
/// `cell` must describe a table that lies in the state or where this function put it.
unsafe fn enlarge(cell: &mut TableCell, len: u64) -> io::Result<()> {
    let capacity = len.max(cell.capacity * 2).min(cell.max);
    let size = bytes(capacity).ok_or(io::Errno::NOMEM)?;
    let old = cell.base as *mut c_void;
    let in_state = cell.base.wrapping_sub(STATE_BASE) < STATE_MAX;
    // SAFETY: a table outside the state is a mapping made here, of its capacity in whole pages.
    let new = unsafe {
        if in_state || cell.capacity == 0 {
            let access = ProtFlags::READ | ProtFlags::WRITE;
            let new = mmap_anonymous(ptr::null_mut(), size, access, MapFlags::PRIVATE)?;
            ptr::copy_nonoverlapping(old.cast::<u64>(), new.cast(), cell.len as usize);
            new
        } else {
            let old_size = bytes(cell.capacity).ok_or(io::Errno::NOMEM)?;
            mremap(old, old_size, size, MremapFlags::MAYMOVE)?
        }
    };
    ANY_MOVED.store(true, Relaxed);
    cell.base = new.addr() as u64;
    cell.capacity = capacity;
    Ok(())
}

/// The whole pages that `elements` take.
fn bytes(elements: u64) -> Option<usize> {
    let len = elements.checked_mul(TABLE_ELEMENT)?;
    usize::try_from(len.checked_next_multiple_of(HOST_PAGE)?).ok()
}
