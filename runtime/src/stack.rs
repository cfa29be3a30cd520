//! The stack that compiled code and the host functions it calls run on, of the size the module was
//! built with. Below it lies an inaccessible guard.
//!
//! In an executable exhausting it is a fault, and the stack of signal handlers, which need some other,
//! lies above it. A library cannot choose where signal handlers run: its compiled code checks that it
//! stays above a limit, below which there is room for the functions and handlers that do not.

use crate::refusal::Refusal;
use crate::sys::pages;
use core::ffi::c_void;
use core::ptr;
use kiln_abi::layout::here::HOST_PAGE;
use rustix::io::{self, Errno};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

/// Bytes of guard. More than any function's frame that does not touch each page as it grows.
const GUARD: usize = 64 << 10;
/// Bytes between the guard and the limit.
const HEADROOM: usize = if cfg!(feature = "library") {
    256 << 10
} else {
    0
};
/// Bytes for signal handlers. The kernel's frame alone takes 11 KiB on processors with AMX.
const HANDLERS: usize = 64 << 10;

/// A stack's place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stack {
    /// The start of the guard.
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

    /// The bytes to map for a stack of `size`, guard included.
    pub fn mapped(size: usize) -> Option<usize> {
        size.checked_add(GUARD + HEADROOM)
    }

    /// Makes a stack of `size` bytes of a mapping.
    ///
    /// # Safety
    ///
    /// The [`Stack::mapped`] bytes from `start` must be mapped, and for nothing else.
    pub unsafe fn new(start: *mut c_void, size: usize) -> io::Result<Self> {
        // SAFETY: the caller's promise.
        unsafe { pages::make_guard(start.addr(), GUARD)? };
        let guard = start.expose_provenance();
        let top = guard + GUARD + HEADROOM + size;
        Ok(Stack { guard, top })
    }

    /// Returns the stack of signal handlers, and its bytes.
    pub fn of_handlers(&self) -> (*mut c_void, usize) {
        (self.top as *mut c_void, HANDLERS)
    }

    /// Tells if `address` lies in the guard.
    pub fn guards(&self, address: usize) -> bool {
        (self.guard..self.guard + GUARD).contains(&address)
    }

    /// Tells if `address` lies in the stack, the guard included.
    pub fn contains(&self, address: usize) -> bool {
        (self.guard..self.top).contains(&address)
    }

    /// The lowest address that compiled code may use.
    pub fn limit(&self) -> usize {
        self.guard + GUARD + HEADROOM
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
    let size = size.ok_or(Errno::NOMEM)?;
    let len = Stack::mapped(size).and_then(|len| len.checked_add(HANDLERS));
    let len = len.ok_or(Errno::NOMEM)?;
    // SAFETY: a mapping of its own at an address the kernel picks. The handlers' part is not the guest's.
    unsafe {
        let start = mmap_anonymous(ptr::null_mut(), len, access, flags)?;
        pages::leave_out(start.addr(), len - HANDLERS);
        Stack::new(start, size)
    }
}
