//! Functions on pages that are mapped already. A sandbox may refuse the system calls for it
//! (mprotect(2), mremap(2)) and still allow mmap(2), which together with copying does the same.

use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use kiln_abi::layout::here::HOST_PAGE;
use rustix::io::{self, Errno};
use rustix::mm::{
    Advice, MapFlags, MprotectFlags, MremapFlags, ProtFlags, madvise, mmap_anonymous, mprotect,
    mremap, mremap_fixed, munmap,
};

const PAGE: usize = HOST_PAGE as usize;

/// Set where core dumps leave out what is the guest's.
static LEAVES_OUT_GUEST: AtomicBool = AtomicBool::new(false);

/// Maps zeros that can be read and written at `address`, or anywhere if that is 0.
pub fn map_accessible(address: usize, len: usize) -> io::Result<*mut c_void> {
    map_at(address, len, ProtFlags::READ | ProtFlags::WRITE)
}

/// Maps zeros at `address`, or anywhere if that is 0; never on top of another mapping.
// Inlined, it would be there for each mapping.
#[inline(never)]
pub fn map_at(address: usize, len: usize, access: ProtFlags) -> io::Result<*mut c_void> {
    let mut flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    if address != 0 {
        flags |= MapFlags::FIXED_NOREPLACE;
    }
    // SAFETY: a new mapping, which replaces none.
    unsafe {
        let start = mmap_anonymous(address as *mut c_void, len, access, flags)?;
        // A kernel before 4.17 takes the address for a hint.
        if address != 0 && start.addr() != address {
            munmap(start, len)?;
            return Err(Errno::EXIST);
        }
        Ok(start)
    }
}

/// Makes pages of a reservation readable and writable that nobody could access so far, which are zeros.
///
/// # Safety
///
/// The range must be of a mapping of the caller's.
#[inline]
pub unsafe fn make_accessible(start: usize, len: usize) -> io::Result<()> {
    if len == 0 {
        return Ok(());
    }
    let access = MprotectFlags::READ | MprotectFlags::WRITE;
    // SAFETY: the caller's promise.
    unsafe {
        match mprotect(start as *mut c_void, len, access) {
            Err(Errno::NOMEM) => Err(Errno::NOMEM),
            Err(_) => replace(start, len, ProtFlags::READ | ProtFlags::WRITE)
                .map(|()| leave_out(start, len)),
            Ok(()) => {
                // Else it stays left out, as all of the reservation is.
                if !LEAVES_OUT_GUEST.load(Relaxed) {
                    set_dumped(start, len, true);
                }
                Ok(())
            }
        }
    }
}

/// Makes core dumps leave out from now on what is the guest's.
pub fn leave_out_guest() {
    LEAVES_OUT_GUEST.store(true, Relaxed);
}

/// Leaves pages of the guest's out of core dumps, if that is wished.
///
/// # Safety
///
/// The range must be of a mapping of the caller's.
#[inline(never)]
pub unsafe fn leave_out(start: usize, len: usize) {
    if LEAVES_OUT_GUEST.load(Relaxed) {
        // SAFETY: the caller's promise.
        unsafe { set_dumped(start, len, false) };
    }
}

/// Leaves pages out of core dumps, or takes them in again. gdb's gcore reads and writes whatever is not
/// left out, a reservation of 8 GiB too; the kernel leaves out what was never accessed by itself.
/// A refusal stops nothing: the dump holds the pages then.
///
/// # Safety
///
/// The range must be of a mapping of the caller's.
pub unsafe fn set_dumped(start: usize, len: usize, is_dumped: bool) {
    let advice = if is_dumped {
        Advice::LinuxDoDump
    } else {
        Advice::LinuxDontDump
    };
    // SAFETY: the caller's promise.
    let _ = unsafe { madvise(start as *mut c_void, len, advice) };
}

/// Makes pages inaccessible; what they held is lost.
///
/// # Safety
///
/// As [`make_accessible`]'s, and nothing may use what they hold.
#[inline]
pub unsafe fn make_guard(start: usize, len: usize) -> io::Result<()> {
    // SAFETY: the caller's promise.
    unsafe {
        mprotect(start as *mut c_void, len, MprotectFlags::empty())
            .or_else(|_| replace(start, len, ProtFlags::empty()))
    }
}

/// Puts zeros in the place of pages.
///
/// # Safety
///
/// As [`make_guard`]'s.
#[inline]
unsafe fn replace(start: usize, len: usize, access: ProtFlags) -> io::Result<()> {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
    // SAFETY: the caller's promise.
    unsafe { mmap_anonymous(start as *mut c_void, len, access, flags) }.map(drop)
}

/// Changes the length of a mapping, which may move; gives where it is.
///
/// # Safety
///
/// The `old` bytes from `start` must be one mapping of the caller's, readable and writable, and
/// nothing may use it by its old address afterwards.
#[inline]
pub unsafe fn resize(start: *mut c_void, old: usize, new: usize) -> io::Result<*mut c_void> {
    // SAFETY: the caller's promise; what `mremap` refuses it leaves as it was.
    unsafe {
        match mremap(start, old, new, MremapFlags::MAYMOVE) {
            Err(Errno::NOMEM) => Err(Errno::NOMEM),
            Err(_) => resize_by_copying(start, old, new),
            moved => moved,
        }
    }
}

/// As [`resize`], to more bytes.
///
/// # Safety
///
/// As [`resize`]'s.
#[inline]
unsafe fn resize_by_copying(start: *mut c_void, old: usize, new: usize) -> io::Result<*mut c_void> {
    let moved = map_accessible(0, new)?;
    // SAFETY: a new mapping with room for what the old one holds, which nobody uses any more.
    unsafe {
        copy(start, old.min(new), moved);
        // Unmapping what was mapped cannot fail.
        let _ = munmap(start, old);
        Ok(moved)
    }
}

/// Copies whole pages to others that are zeros. Those that hold zeros are left out: they would take
/// memory.
///
/// # Safety
///
/// As [`ptr::copy_nonoverlapping`]'s, and both addresses must be of pages.
#[inline]
unsafe fn copy(from: *const c_void, len: usize, to: *mut c_void) {
    for offset in (0..len).step_by(PAGE) {
        let (from, to) = (from.wrapping_byte_add(offset), to.wrapping_byte_add(offset));
        // SAFETY: the caller's promise; a page is aligned to its words.
        unsafe {
            let page = &*from.cast::<[u64; PAGE / size_of::<u64>()]>();
            if page.iter().any(|&word| word != 0) {
                ptr::copy_nonoverlapping(page, to.cast(), 1);
            }
        }
    }
}

/// Moves pages into the place of others, which are lost.
///
/// # Safety
///
/// Both ranges must be of mappings of the caller's, readable and writable, without overlap, and
/// nothing may use what either holds by its old address.
#[inline]
pub unsafe fn move_to(from: *mut c_void, len: usize, to: *mut c_void) -> io::Result<()> {
    // SAFETY: the caller's promise. A call that fails may have unmapped the target already.
    unsafe {
        if mremap_fixed(from, len, len, MremapFlags::MAYMOVE, to).is_err() {
            replace(to.addr(), len, ProtFlags::READ | ProtFlags::WRITE)?;
            copy(from, len, to);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copying_does_what_the_refused_calls_do() {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: mappings of the test's own.
        unsafe {
            let start = mmap_anonymous(ptr::null_mut(), 3 * PAGE, access, MapFlags::PRIVATE);
            let start = start.unwrap();
            start.cast::<u8>().add(2 * PAGE + 5).write(7);
            let moved = resize_by_copying(start, 3 * PAGE, 5 * PAGE).unwrap();
            let bytes = core::slice::from_raw_parts(moved.cast::<u8>(), 5 * PAGE);
            let expected = |at| if at == 2 * PAGE + 5 { 7 } else { 0 };
            assert!((0..5 * PAGE).all(|at| bytes[at] == expected(at)));
            replace(moved.addr() + 2 * PAGE, PAGE, access).unwrap();
            let bytes = core::slice::from_raw_parts(moved.cast::<u8>(), 5 * PAGE);
            assert!(bytes.iter().all(|&byte| byte == 0));
            munmap(moved, 5 * PAGE).unwrap();
        }
    }
}
