//! The stack that compiled code and the host functions it calls run on: of the size the program was
//! built with, and with an inaccessible guard below it, so that exhausting it is a trap.

use crate::arch;
use crate::exit::{self, exit};
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use rustix::io;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect};

/// Bytes of guard. More than any function's frame that does not touch each page as it grows.
const GUARD: usize = 64 << 10;

/// Where the guard begins.
static GUARD_START: AtomicUsize = AtomicUsize::new(0);

/// Runs `entry` on a stack of `size` bytes; when it returns, so has the program.
pub fn enter(size: usize, entry: extern "C" fn()) -> ! {
    extern "C" fn run(entry: extern "C" fn()) -> ! {
        entry();
        exit(0)
    }
    match map(size) {
        // SAFETY: the stack was just made, and it is page-aligned.
        Ok(top) => unsafe { arch::switch_stack(top.cast(), run, entry) },
        Err(error) => exit::cannot("map the wasm stack", error),
    }
}

/// Whether `address` lies in the guard.
pub fn guards(address: usize) -> bool {
    let start = GUARD_START.load(Relaxed);
    start != 0 && (start..start + GUARD).contains(&address)
}

/// Maps a stack with its guard and gives its upper end.
fn map(size: usize) -> io::Result<*mut c_void> {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK;
    let access = ProtFlags::READ | ProtFlags::WRITE;
    let len = GUARD.checked_add(size).ok_or(io::Errno::NOMEM)?;
    // SAFETY: a mapping of its own at an address the kernel picks, and the guard is inside it.
    let start = unsafe {
        let start = mmap_anonymous(ptr::null_mut(), len, access, flags)?;
        mprotect(start, GUARD, MprotectFlags::empty())?;
        start
    };
    GUARD_START.store(start.addr(), Relaxed);
    Ok(start.wrapping_byte_add(len))
}
