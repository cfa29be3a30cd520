//! Listing directories.
//!
//! A listing begins with `.` and `..`; then come the kernel's entries in the kernel's order. Cookies
//! 1 and 2 come after the first two; any other is 2 more than the kernel's own (`d_off` of
//! getdents64(2)), so that a listing goes on where it was however the directory changes between
//! calls, at no cost for what was listed before.

use super::errno::Errno;
use super::types::FileType;
use crate::fd::Kind;
use crate::guest::{Memory, Span};
use crate::host::Host;
use core::mem::{MaybeUninit, replace};
use rustix::fd::BorrowedFd;
use rustix::fs::{self, AtFlags, RawDir, RawDirEntry, SeekFrom};

/// Bytes taken from the kernel at a time.
const CHUNK: usize = 4096;

/// Where the kernel's entries begin.
const FIRST_OF_KERNEL: u64 = 2;

/// Where a host's descriptor is said to stand when nobody knows.
const UNKNOWN: u64 = u64::MAX;

/// `fd_readdir`: entries after `cookie`, as many as fit, the last one cut off where the buffer
/// ends. A buffer that is not full tells that the directory has ended.
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
    let Kind::Directory { stands_at, .. } = &mut descriptor.kind else {
        return Err(Errno::BADF);
    };
    // Whatever goes wrong, it is not known then where the descriptor stands.
    let stood_at = replace(stands_at, UNKNOWN);
    let dir = descriptor.directory()?;
    list_dots(dir, &mut entries, cookie)?;
    let offset = cookie.saturating_sub(FIRST_OF_KERNEL);
    let stands = if entries.is_full() {
        stood_at
    } else if offset == stood_at || seek(dir, offset)? {
        list_rest(dir, &mut entries, offset)?
    } else {
        UNKNOWN
    };
    if let Kind::Directory { stands_at, .. } = &mut descriptor.kind {
        *stands_at = stands;
    }
    memory.write_u32(result, len - entries.rest.len() as u32)
}

/// Entries being written; those that do not fit are cut off.
struct Entries {
    rest: Span,
}

impl Entries {
    fn is_full(&self) -> bool {
        self.rest.is_empty()
    }

    /// Adds an entry: a `dirent` and the name.
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
fn list_dots(dir: BorrowedFd<'_>, entries: &mut Entries, cookie: u64) -> Result<(), Errno> {
    if cookie < FIRST_OF_KERNEL {
        let ino = fs::fstat(dir)?.st_ino;
        for (next, name) in (1..).zip([b".".as_slice(), b".."]).skip(cookie as usize) {
            entries.push(next, ino, name, FileType::Directory);
        }
    }
    Ok(())
}

/// Goes to an offset of the kernel's; `false` where the directory has no such place.
fn seek(dir: BorrowedFd<'_>, offset: u64) -> Result<bool, Errno> {
    match fs::seek(dir, SeekFrom::Start(offset)) {
        Ok(_) => Ok(true),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::OVERFLOW) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Lists the kernel's entries from `offset`, where the descriptor stands, and says where it stands
/// then.
fn list_rest(dir: BorrowedFd<'_>, entries: &mut Entries, offset: u64) -> Result<u64, Errno> {
    let mut chunk = [MaybeUninit::uninit(); CHUNK];
    let mut kernel = RawDir::new(dir, &mut chunk);
    let mut stands_at = offset;
    while !entries.is_full() {
        let Some(entry) = kernel.next() else {
            return Ok(stands_at);
        };
        let entry = entry?;
        stands_at = entry.next_entry_cookie();
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            let next = stands_at.wrapping_add(FIRST_OF_KERNEL);
            entries.push(next, entry.ino(), name, file_type(dir, &entry));
        }
    }
    // Entries taken from the kernel and not listed are to be taken again.
    Ok(if kernel.is_buffer_empty() {
        stands_at
    } else {
        UNKNOWN
    })
}

/// Some file systems do not say; an entry that has gone meanwhile stays unknown.
fn file_type(dir: BorrowedFd<'_>, entry: &RawDirEntry<'_>) -> FileType {
    let known = match entry.file_type() {
        fs::FileType::Unknown => fs::statat(dir, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
            .map_or(fs::FileType::Unknown, |stat| {
                fs::FileType::from_raw_mode(stat.st_mode)
            }),
        known => known,
    };
    known.into()
}
