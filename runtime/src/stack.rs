//! The stack that compiled code and the host functions it calls run on, of the size the module was
//! built with. Below it lies an inaccessible guard, so that exhausting it is a trap; above it the
//! stack of signal handlers, for which exhaustion leaves no room.

use crate::refusal::Refusal;
use core::ffi::c_void;
use core::ptr;
use kiln_abi::layout::HOST_PAGE;
use rustix::io::{self, Errno};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect};

/// Bytes of guard. More than any function's frame that does not touch each page as it grows.
const GUARD: usize = 64 << 10;
/// Bytes for signal handlers. The kernel's frame alone takes 11 KiB on processors with AMX.
const HANDLERS: usize = 64 << 10;

/// Where the stack is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stack {
    /// Where the guard begins.
    guard: usize,
    /// The upper end of the stack, and the lower of the signal handlers'.
    top: usize,
}

impl Stack {
    /// Maps both stacks, with `size` bytes for the program, rounded up to whole pages.
    pub fn map(size: usize) -> Result<Self, Refusal> {
        map(size).map_err(|why| Refusal::AddressSpace {
            len: size as u64,
            is_guard: false,
            why,
        })
    }

    /// Where signal handlers are to run, and how many bytes they have.
    pub fn of_handlers(&self) -> (*mut c_void, usize) {
        (self.top as *mut c_void, HANDLERS)
    }

    /// Whether `address` lies in the guard.
    pub fn guards(&self, address: usize) -> bool {
        (self.guard..self.limit()).contains(&address)
    }

    /// The lowest address that may be used.
    pub fn limit(&self) -> usize {
        self.guard + GUARD
    }

    /// The upper end.
    pub fn top(&self) -> usize {
        self.top
    }
}

fn map(size: usize) -> io::Result<Stack> {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK;
    let access = ProtFlags::READ | ProtFlags::WRITE;
    let size = size.checked_next_multiple_of(HOST_PAGE as usize);
    let len = size.and_then(|size| size.checked_add(GUARD + HANDLERS));
    let len = len.ok_or(Errno::NOMEM)?;
    // SAFETY: a mapping of its own at an address the kernel picks, and the guard is inside it.
    let start = unsafe {
        let start = mmap_anonymous(ptr::null_mut(), len, access, flags)?;
        mprotect(start, GUARD, MprotectFlags::empty())?;
        start
    };
    let guard = start.expose_provenance();
    let top = guard + len - HANDLERS;
    Ok(Stack { guard, top })
}
