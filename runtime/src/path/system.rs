//! Files that are no files: those of procfs, sysfs and their like, by which the kernel is ruled and
//! other processes are read. A grant of `/`, or of a directory above such a mount, does not give them
//! to the program: nothing of them is opened for writing, and of procfs nothing that tells of a process
//! what it holds. A program that is to have them says so when it is built.
//!
//! The file that a path leads to is known by its descriptor (fstatfs(2)), whatever the path was. By which name
//! procfs knows it, only a path without symbolic links says: so such a file is opened once more, without
//! following any, and that descriptor is given. None of procfs's directories that hold what is refused
//! can be opened either, so that the names in a path from an open directory are enough.

use super::{Method, Resolver, beneath};
use crate::sys::errno::Errno;
use core::cell::Cell;
use core::ffi::CStr;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, fstatfs};

const PROCFS: u32 = 0x9fa0;

/// File systems, besides procfs, whose files rule the kernel: their numbers in statfs(2).
const OTHERS: [u32; 14] = [
    0x6265_6572, // sysfs
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0xcafe_4a11, // bpf
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0x6265_6570, // configfs
    0xde5e_81e4, // efivarfs
    0xf97c_ff8c, // selinuxfs
    0x4341_5d53, // smackfs
    0x4249_4e4d, // binfmt_misc
    0x6573_5543, // fusectl
    0x0765_5821, // resctrl
];

/// The files of procfs that can tell a process's secret or lead out of the grant, and those of the kernel.
const REFUSED: [&[u8]; 21] = [
    b"auxv",
    b"cmdline",
    b"cwd",
    b"environ",
    b"exe",
    b"fd",
    b"fdinfo",
    b"kcore",
    b"keys",
    b"kmsg",
    b"map_files",
    b"maps",
    b"mem",
    b"ns",
    b"numa_maps",
    b"pagemap",
    b"root",
    b"smaps",
    b"smaps_rollup",
    b"stack",
    b"syscall",
];

/// Refuses what programs are not given by a directory above it.
#[derive(Debug)]
pub struct Guard {
    /// It refuses nothing.
    pub is_open: bool,
    /// A device on which files are files.
    plain: Cell<Option<u64>>,
}

impl Guard {
    /// One that refuses.
    #[inline]
    pub const fn new() -> Self {
        Guard {
            is_open: false,
            plain: Cell::new(None),
        }
    }

    /// Gives what `path` has led to beneath `dir`, or refuses it. `flags` are those it was opened with,
    /// `changes` says that these let it be changed, and `device` is the one it lies on, if known.
    #[inline]
    pub fn pass(
        &self,
        fd: OwnedFd,
        device: Option<u64>,
        changes: bool,
        reopen: impl FnOnce() -> Result<OwnedFd, Errno>,
        path: &[u8],
    ) -> Result<OwnedFd, Errno> {
        if self.is_open || (device.is_some() && device == self.plain.get()) {
            return Ok(fd);
        }
        match fstatfs(&fd)?.f_type as u32 {
            PROCFS if changes || path.split(|byte| *byte == b'/').any(is_refused) => {
                Err(Errno::PERM)
            }
            PROCFS => reopen(),
            other if OTHERS.contains(&other) => match changes {
                true => Err(Errno::PERM),
                false => Ok(fd),
            },
            _ => {
                self.plain.set(device.or(self.plain.get()));
                Ok(fd)
            }
        }
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self::new()
    }
}

#[inline]
fn is_refused(name: &[u8]) -> bool {
    REFUSED.contains(&name)
}

impl Resolver {
    /// Opens what a path names beneath `dir`, if there is no symbolic link in it. A kernel without
    /// openat2 opens nothing so.
    #[inline]
    pub fn open_unlinked(
        &self,
        dir: BorrowedFd<'_>,
        path: &CStr,
        flags: OFlags,
    ) -> Result<OwnedFd, Errno> {
        if self.method.get() == Method::Walk {
            return Err(Errno::PERM);
        }
        let flags = flags | OFlags::CLOEXEC | OFlags::NOCTTY;
        Ok(beneath::open_unlinked(dir, path, flags, Mode::empty())?)
    }
}
