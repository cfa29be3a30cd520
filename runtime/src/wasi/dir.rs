//! Listing directories.
//!
//! A listing begins with `.` and `..`; then come the kernel's entries in the kernel's order, as
//! [`crate::sys::listing`] reads them. A cookie is the number of entries before it: wasi-libc keeps it in
//! 32 bits for `telldir`, where the kernel's own (`d_off` of getdents64(2)) would not fit. The entries
//! of an embedded directory come in the order of their names.

use crate::embed::Place as EmbeddedPlace;
use crate::fd::{Backing, Descriptor, Kind};
use crate::guest::{Memory, Span};
use crate::host::Host;
use crate::sys::errno::Errno;
use crate::sys::listing::{Entry, Listing};
use crate::sys::types::FileType;
use core::mem::take;
use rustix::fd::BorrowedFd;
use rustix::fs::{self, AtFlags};

/// The offset of the kernel's entries.
const FIRST_OF_KERNEL: u64 = 2;

/// `fd_readdir`: entries after `cookie`, as many as fit, the last one cut off where the buffer
/// ends. A buffer that is not full tells that the directory has ended.
#[inline]
pub fn fd_readdir(
    host: &mut Host,
    memory: Memory,
    fd: u32,
    buffer: u32,
    len: u32,
    cookie: u64,
    result: u32,
) -> Result<(), Errno> {
    memory.span(result, 4)?;
    let mut entries = Entries {
        rest: memory.span(buffer, len)?,
    };
    let descriptor = host.fds.get_mut(fd)?;
    match descriptor.directory()? {
        Backing::Host(_) => list_host(descriptor, &mut entries, cookie)?,
        Backing::Embedded(dir) => list_embedded(dir.place, &mut entries, cookie)?,
    }
    memory.write_u32(result, len - entries.rest.len() as u32)
}

#[inline]
fn list_host(descriptor: &mut Descriptor, entries: &mut Entries, cookie: u64) -> Result<(), Errno> {
    let Kind::Directory { listing, .. } = &mut descriptor.kind else {
        return Err(Errno::BADF);
    };
    let mut listing_now = take(listing);
    let result = match descriptor.directory() {
        Ok(Backing::Host(dir)) => list_kernel(&mut listing_now, dir, entries, cookie),
        _ => Err(Errno::BADF),
    };
    if let Kind::Directory { listing, .. } = &mut descriptor.kind {
        *listing = listing_now;
    }
    result
}

#[inline]
fn list_kernel(
    listing: &mut Listing,
    dir: BorrowedFd<'_>,
    entries: &mut Entries,
    cookie: u64,
) -> Result<(), Errno> {
    // As rewinddir(3) has it, a listing from the beginning tells of the directory as it is now.
    if cookie == 0 {
        listing.rewind(dir)?;
    }
    if cookie < FIRST_OF_KERNEL {
        list_dots(fs::fstat(dir)?.st_ino, entries, cookie);
    }
    let first = cookie.max(FIRST_OF_KERNEL);
    if entries.is_full() || !listing.go_to(dir, first - FIRST_OF_KERNEL)? {
        return Ok(());
    }
    while !entries.is_full()
        && let Some(entry) = listing.take(dir)?
    {
        let next = FIRST_OF_KERNEL + entry.number + 1;
        entries.push(
            next,
            entry.ino,
            entry.name.to_bytes(),
            file_type(dir, &entry),
        );
    }
    Ok(())
}

#[inline]
fn list_embedded(dir: EmbeddedPlace, entries: &mut Entries, cookie: u64) -> Result<(), Errno> {
    list_dots(dir.serial(), entries, cookie);
    let passed = cookie.max(FIRST_OF_KERNEL);
    let skipped = usize::try_from(passed - FIRST_OF_KERNEL).unwrap_or(usize::MAX);
    for (number, passed) in dir.children()?.skip(skipped).zip(passed..) {
        if entries.is_full() {
            break;
        }
        let (child, name) = dir.child(number)?;
        entries.push(passed + 1, child.serial(), name, child.file_type()?);
    }
    Ok(())
}

/// Entries being written; those that do not fit are cut off.
struct Entries {
    rest: Span,
}

impl Entries {
    #[inline]
    fn is_full(&self) -> bool {
        self.rest.is_empty()
    }

    /// Adds an entry: a `dirent` and the name.
    #[inline]
    fn push(&mut self, next: u64, ino: u64, name: &[u8], file_type: FileType) {
        let mut dirent = [0; 24];
        dirent[..8].copy_from_slice(&next.to_le_bytes());
        dirent[8..16].copy_from_slice(&ino.to_le_bytes());
        dirent[16..20].copy_from_slice(&(name.len() as u32).to_le_bytes());
        dirent[20] = file_type as u8;
        for part in [&dirent, name] {
            self.rest.copy_from(part);
            self.rest = self.rest.skip(part.len());
        }
    }
}

/// Lists `.` and `..`. Of the latter it says what is true of the former: what is above the directory
/// may not be the guest's to know.
#[inline]
fn list_dots(ino: u64, entries: &mut Entries, cookie: u64) {
    let dots = (1..).zip([b".".as_slice(), b".."]);
    for (next, name) in dots.filter(|&(next, _)| next > cookie) {
        entries.push(next, ino, name, FileType::Directory);
    }
}

/// Some file systems do not say; an entry that has gone meanwhile stays unknown.
#[inline]
fn file_type(dir: BorrowedFd<'_>, entry: &Entry<'_>) -> FileType {
    let known = match entry.file_type {
        fs::FileType::Unknown => fs::statat(dir, entry.name, AtFlags::SYMLINK_NOFOLLOW)
            .map_or(fs::FileType::Unknown, |stat| {
                fs::FileType::from_raw_mode(stat.st_mode)
            }),
        known => known,
    };
    known.into()
}
