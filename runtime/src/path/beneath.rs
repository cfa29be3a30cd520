//! Resolution by the kernel: openat2(2) with `RESOLVE_BENEATH`, Linux 5.6 and later.

use core::ffi::CStr;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::{Errno, Result};

const RESOLVE: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

/// The number of attempts when something else was renamed while the kernel took a `..`: it then
/// cannot tell whether that led out, and answers `EAGAIN`.
const TRIES: u32 = 64;

/// Tells if this kernel has openat2 and lets us call it (old seccomp profiles answer `EPERM`).
#[inline]
pub fn is_available(dir: BorrowedFd<'_>) -> bool {
    let probe = openat2(
        dir,
        c".",
        OFlags::PATH | OFlags::CLOEXEC,
        Mode::empty(),
        RESOLVE,
    );
    !matches!(probe, Err(Errno::NOSYS | Errno::PERM))
}

/// Opens `path` beneath `dir`, if there is no symbolic link in it.
#[inline]
pub fn open_unlinked(
    dir: BorrowedFd<'_>,
    path: &CStr,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd> {
    openat2(dir, path, flags, mode, RESOLVE | ResolveFlags::NO_SYMLINKS)
}

/// Opens `path` beneath `dir`.
#[inline]
pub fn open(dir: BorrowedFd<'_>, path: &CStr, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    for _ in 0..TRIES {
        match openat2(dir, path, flags, mode, RESOLVE) {
            // That is how the kernel says that the path leads out.
            Err(Errno::XDEV) => return Err(Errno::PERM),
            Err(Errno::AGAIN | Errno::INTR) => {}
            result => return result,
        }
    }
    super::walk::open(dir, path, flags, mode)
}
