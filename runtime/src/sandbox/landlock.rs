//! Landlock (landlock(7)): the process may use of the file system what lies beneath the granted
//! directories, read-only where they are; may neither listen at nor connect to a TCP port, since the
//! sockets granted listen already; may send signals to no other process, and connect to no abstract
//! socket of one. Each as far as the kernel's Landlock goes.

use crate::fd::{Backing, Kind};
use crate::host::Host;
use crate::sys::system_error;
use crate::{arch, sigaction};
use core::ptr;
use linux_raw_sys::general::{
    __NR_landlock_add_rule, __NR_landlock_create_ruleset, __NR_landlock_restrict_self,
};
use linux_raw_sys::landlock as linux;
use rustix::fd::{AsRawFd, FromRawFd, OwnedFd};
use rustix::io;

/// The rights on a directory that is read-only.
const READ: u64 =
    (linux::LANDLOCK_ACCESS_FS_READ_FILE | linux::LANDLOCK_ACCESS_FS_READ_DIR) as u64 | CONTROL;

/// ioctl(2) on devices. The filter leaves of it what only asks.
const CONTROL: u64 = linux::LANDLOCK_ACCESS_FS_IOCTL_DEV as u64;

/// The rights that no program has: to execute files, and to make devices.
const NEVER: u64 = (linux::LANDLOCK_ACCESS_FS_EXECUTE
    | linux::LANDLOCK_ACCESS_FS_MAKE_CHAR
    | linux::LANDLOCK_ACCESS_FS_MAKE_BLOCK) as u64;

/// The subjects of a ruleset: `struct landlock_ruleset_attr`.
#[repr(C)]
struct Handled {
    files: u64,
    net: u64,
    scopes: u64,
}

/// `struct landlock_path_beneath_attr`.
#[repr(C, packed)]
struct Beneath {
    allowed: u64,
    dir: i32,
}

/// Confines the process. `moves_files` says that the program can move files between directories, which
/// the first Landlock forbids altogether: it is left out then.
pub fn confine(host: &Host, moves_files: bool) -> io::Result<()> {
    let version = create(ptr::null(), 0, linux::LANDLOCK_CREATE_RULESET_VERSION)?;
    if version == 1 && moves_files {
        return Ok(());
    }
    let (handled, len) = handled(version);
    let ruleset = create(&handled, len, 0)? as i32;
    // SAFETY: the kernel has just opened it for us.
    let ruleset = unsafe { OwnedFd::from_raw_fd(ruleset) };
    for number in 0..host.fds.len() as u32 {
        let Ok(descriptor) = host.fds.get(number) else {
            continue;
        };
        if let (Kind::Directory { .. }, Backing::Host(dir)) =
            (&descriptor.kind, descriptor.backing())
        {
            let rights = match descriptor.is_read_only {
                true => READ,
                false => !NEVER,
            };
            allow(&ruleset, dir.as_raw_fd(), rights & handled.files)?;
        }
    }
    let ruleset = ruleset.as_raw_fd() as usize;
    // SAFETY: the call takes no pointer.
    sigaction::checked(unsafe { arch::syscall2(__NR_landlock_restrict_self, ruleset, 0) })
}

/// The subjects that this version of Landlock knows, and the bytes of the record that it reads.
fn handled(version: isize) -> (Handled, usize) {
    let bits = match version {
        1 => 13,
        2 => 14,
        3 | 4 => 15,
        _ => 16,
    };
    let net = linux::LANDLOCK_ACCESS_NET_BIND_TCP | linux::LANDLOCK_ACCESS_NET_CONNECT_TCP;
    let scopes = linux::LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | linux::LANDLOCK_SCOPE_SIGNAL;
    let handled = Handled {
        files: (1 << bits) - 1,
        net: net.into(),
        scopes: scopes.into(),
    };
    let words = match version {
        ..4 => 1,
        4 | 5 => 2,
        _ => 3,
    };
    (handled, words * size_of::<u64>())
}

fn create(handled: *const Handled, len: usize, flags: u32) -> io::Result<isize> {
    let (handled, flags) = (handled.addr(), flags as usize);
    // SAFETY: the kernel reads `len` bytes of the record.
    match unsafe { arch::syscall4(__NR_landlock_create_ruleset, handled, len, flags, 0) } {
        result @ 0.. => Ok(result),
        error => Err(system_error::of(error)),
    }
}

fn allow(ruleset: &OwnedFd, dir: i32, allowed: u64) -> io::Result<()> {
    let rule = Beneath { allowed, dir };
    let kind = linux::landlock_rule_type::LANDLOCK_RULE_PATH_BENEATH as usize;
    let (ruleset, rule) = (ruleset.as_raw_fd() as usize, (&raw const rule).addr());
    // SAFETY: the kernel only reads the rule.
    sigaction::checked(unsafe { arch::syscall4(__NR_landlock_add_rule, ruleset, kind, rule, 0) })
}
