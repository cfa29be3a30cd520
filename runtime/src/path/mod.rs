//! Resolution of guest paths beneath a directory.
//!
//! **Security-critical: this folder is the sandbox.** A guest's path is looked up here and nowhere
//! else, and whatever it names lies beneath the directory it was given with, at the moment it is
//! opened, whatever other processes rename meanwhile:
//!
//! - an absolute path, a `..` above the directory, a symbolic link whose target is absolute or leads
//!   above it are refused with `EPERM`; the magic links of `/proc` are never followed;
//! - [`Resolver::open`] gives a descriptor, by the kernel's own confinement ([`beneath`]) or, where
//!   the kernel has none, by a walk that opens each component without following links ([`walk`]);
//! - [`Resolver::parent`] gives the directory that holds a path's last component, and that
//!   component, for the system calls that act on a name. It must go to none that would follow a
//!   link there: only those that take the name as it is (mkdirat, unlinkat, renameat, symlinkat,
//!   and the new name of linkat; they accept trailing slashes and refuse `.` and `..`), or any
//!   other with `AT_SYMLINK_NOFOLLOW` where [`Parent::plain`] says that the name is a mere name.

pub mod beneath;
pub(crate) mod rest;
pub mod system;
#[cfg(test)]
mod tests;
pub mod walk;

use crate::guest::{Memory, Span};
use crate::sys::errno::Errno;
use core::cell::Cell;
use core::ffi::CStr;
use core::mem::MaybeUninit;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};

/// Bytes a path may have, its NUL included: PATH_MAX of Linux.
pub const MAX: usize = 4096;

/// A path copied out of guest memory, so that it cannot change while it is looked up: valid UTF-8,
/// not empty, not absolute, no NUL within, one at the end.
pub struct Path {
    bytes: [MaybeUninit<u8>; MAX],
    len: usize,
}

impl Path {
    /// Copies a path that names something beneath a directory.
    #[inline]
    pub fn relative(memory: Memory, pointer: u32, len: u32) -> Result<Self, Errno> {
        let path = Self::any(memory.span(pointer, len)?)?;
        match path.bytes() {
            [] => Err(Errno::NOENT),
            [b'/', ..] => Err(Errno::PERM),
            _ => Ok(path),
        }
    }

    /// Copies any path without a NUL.
    #[inline]
    pub fn any(span: Span) -> Result<Self, Errno> {
        if span.len() >= MAX {
            return Err(Errno::NAMETOOLONG);
        }
        let mut path = Path {
            bytes: [const { MaybeUninit::uninit() }; MAX],
            len: span.len(),
        };
        path.bytes[..=span.len()].fill(MaybeUninit::new(0));
        span.copy_to(path.bytes_mut());
        match path.bytes() {
            bytes if core::str::from_utf8(bytes).is_err() => Err(Errno::ILSEQ),
            bytes if bytes.contains(&0) => Err(Errno::INVAL),
            _ => Ok(path),
        }
    }

    /// Its bytes without the NUL at the end.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `any` initialised the first `len` bytes and one more.
        unsafe { self.bytes[..self.len].assume_init_ref() }
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`.
        unsafe { self.bytes[..self.len].assume_init_mut() }
    }

    /// As a C string.
    #[inline]
    pub fn as_c_str(&self) -> &CStr {
        self.c_str_from(0)
    }

    /// As a C string where it is a mere name: one component, neither `.` nor `..`, without slashes.
    #[inline]
    pub fn as_plain(&self) -> Option<&CStr> {
        match self.bytes() {
            b"." | b".." => None,
            bytes if bytes.contains(&b'/') => None,
            _ => Some(self.as_c_str()),
        }
    }

    /// The C string that begins at a byte of it.
    #[inline]
    fn c_str_from(&self, start: usize) -> &CStr {
        // SAFETY: as in `bytes`, and `any` put a NUL after them.
        let bytes = unsafe { self.bytes[start..=self.len].assume_init_ref() };
        CStr::from_bytes_until_nul(bytes).unwrap_or_default()
    }
}

/// A directory and the name of something in it.
pub struct Parent<'a> {
    dir: Result<OwnedFd, BorrowedFd<'a>>,
    name: &'a CStr,
}

impl<'a> Parent<'a> {
    /// The name as the guest wrote it: perhaps `.` or `..`, perhaps with trailing slashes.
    #[inline]
    pub fn name(&self) -> &'a CStr {
        self.name
    }

    /// The name where it is a mere name: neither `.` nor `..`, without trailing slashes.
    #[inline]
    pub fn plain(&self) -> Option<&'a CStr> {
        match self.name.to_bytes() {
            b"." | b".." | [.., b'/'] => None,
            _ => Some(self.name),
        }
    }

    /// Tells if the name is `..`, perhaps with trailing slashes.
    #[inline]
    pub fn is_up(&self) -> bool {
        let name = self.name.to_bytes().strip_prefix(b"..");
        name.is_some_and(|rest| rest.iter().all(|&byte| byte == b'/'))
    }
}

impl AsFd for Parent<'_> {
    #[inline]
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.dir {
            Ok(owned) => owned.as_fd(),
            Err(borrowed) => *borrowed,
        }
    }
}

/// A way to resolve paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By openat2, as long as it turns out to be there.
    Automatic,
    /// By openat2.
    Beneath,
    /// Component by component.
    Walk,
}

/// Resolves paths; remembers whether the kernel can.
#[derive(Debug)]
pub struct Resolver {
    method: Cell<Method>,
}

impl Resolver {
    /// One that uses `method`.
    #[inline]
    pub const fn new(method: Method) -> Self {
        Self {
            method: Cell::new(method),
        }
    }

    /// Opens what `path` names beneath `dir`. `flags` are those of openat(2), among them
    /// `NOFOLLOW` for a last component that must not be a symbolic link (or, with `PATH`, is to be
    /// opened as one).
    #[inline]
    pub fn open(
        &self,
        dir: BorrowedFd<'_>,
        path: &CStr,
        flags: OFlags,
        mode: Mode,
    ) -> Result<OwnedFd, Errno> {
        // The kernel takes neither what means nothing with `PATH` nor a mode with nothing to create.
        let terminal = match flags.contains(OFlags::PATH) {
            true => OFlags::empty(),
            false => OFlags::NOCTTY,
        };
        let flags = flags | OFlags::CLOEXEC | terminal;
        let mode = match flags.contains(OFlags::CREATE) {
            true => mode,
            false => Mode::empty(),
        };
        if self.method.get() == Method::Automatic {
            let method = if beneath::is_available(dir) {
                Method::Beneath
            } else {
                Method::Walk
            };
            self.method.set(method);
        }
        let opened = match self.method.get() {
            Method::Walk => walk::open(dir, path, flags, mode),
            _ => beneath::open(dir, path, flags, mode),
        };
        opened.map_err(Errno::from)
    }

    /// Finds the directory, beneath `dir`, that holds what `path` names.
    #[inline]
    pub fn parent<'a>(&self, dir: BorrowedFd<'a>, path: &'a mut Path) -> Result<Parent<'a>, Errno> {
        let bytes = path.bytes();
        let end = bytes
            .iter()
            .rposition(|&byte| byte != b'/')
            .map_or(0, |last| last + 1);
        let start = bytes[..end]
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(0, |slash| slash + 1);
        let directory = OFlags::PATH | OFlags::DIRECTORY;
        if &bytes[start..end] == b".." {
            // No call acts on this name, but each must fail for the right reason.
            self.open(dir, path.as_c_str(), directory, Mode::empty())?;
        }
        let holder = match start.checked_sub(1) {
            None => Err(dir),
            Some(slash) => {
                path.bytes_mut()[slash] = 0;
                Ok(self.open(dir, path.as_c_str(), directory, Mode::empty())?)
            }
        };
        Ok(Parent {
            dir: holder,
            name: path.c_str_from(start),
        })
    }
}
