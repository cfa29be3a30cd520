//! The stack that compiled code and the host functions it calls run on, of the size the program was
//! built with. Below it lies an inaccessible guard, so that exhausting it is a trap; above it the
//! stack of signal handlers, for which exhaustion leaves no room.

use crate::arch;
use crate::exit::{self, exit};
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use rustix::io::{self, Errno};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect};

/// Bytes of guard. More than any function's frame that does not touch each page as it grows.
const GUARD: usize = 64 << 10;
/// Bytes for signal handlers. The kernel's frame alone takes 11 KiB on processors with AMX.
const HANDLERS: usize = 64 << 10;

/// Where the guard begins.
static GUARD_START: AtomicUsize = AtomicUsize::new(0);
/// Where the program's stack ends.
static TOP: AtomicUsize = AtomicUsize::new(0);

/// Both stacks.
#[derive(Debug)]
pub struct Stacks {
    /// The lower end of the signal handlers' stack, and the upper end of the program's.
    middle: *mut c_void,
}

impl Stacks {
    /// Maps them, with `size` bytes for the program, or ends the process saying that it cannot.
    pub fn map(size: usize) -> Self {
        match map(size) {
            Ok(middle) => Self { middle },
            Err(error) => exit::cannot("map the stack", error),
        }
    }

    /// Where signal handlers are to run, and how many bytes they have.
    pub fn of_handlers(&self) -> (*mut c_void, usize) {
        (self.middle, HANDLERS)
    }

    /// Runs `entry` on the program's stack; when it returns, so has the program.
    pub fn enter(self, entry: extern "C" fn()) -> ! {
        extern "C" fn run(entry: extern "C" fn()) -> ! {
            entry();
            exit(0)
        }
        // SAFETY: nothing has run on it yet, and it is page-aligned.
        unsafe { arch::switch_stack(self.middle.cast(), run, entry) }
    }
}

/// Whether `address` lies in the guard.
pub fn guards(address: usize) -> bool {
    let start = GUARD_START.load(Relaxed);
    start != 0 && (start..start + GUARD).contains(&address)
}

/// The upper end of the program's stack.
pub fn top() -> usize {
    TOP.load(Relaxed)
}

fn map(size: usize) -> io::Result<*mut c_void> {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK;
    let access = ProtFlags::READ | ProtFlags::WRITE;
    let len = size.checked_add(GUARD + HANDLERS).ok_or(Errno::NOMEM)?;
    // SAFETY: a mapping of its own at an address the kernel picks, and the guard is inside it.
    let start = unsafe {
        let start = mmap_anonymous(ptr::null_mut(), len, access, flags)?;
        mprotect(start, GUARD, MprotectFlags::empty())?;
        start
    };
    GUARD_START.store(start.addr(), Relaxed);
    let middle = start.wrapping_byte_add(GUARD + size);
    TOP.store(middle.addr(), Relaxed);
    Ok(middle)
}
