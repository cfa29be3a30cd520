//! Listing directories.
//!
//! A cookie is the kernel's own (`d_off` of getdents64(2)), so a listing goes on where it was
//! however the directory changes between calls, at no cost for what was listed before.

use super::errno::Errno;
use super::types::FileType;
use crate::fd::Kind;
use crate::guest::{Memory, Span};
use crate::host::Host;
use core::mem::MaybeUninit;
use rustix::fd::BorrowedFd;
use rustix::fs::{self, AtFlags, RawDir, RawDirEntry, SeekFrom};

/// Bytes taken from the kernel at a time.
const CHUNK: usize = 4096;

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
    let buffer = memory.span(buffer, len)?;
    let descriptor = host.fds.get_mut(fd)?;
    descriptor.directory()?;
    let Kind::Directory {
        cookie: stands_at, ..
    } = &mut descriptor.kind
    else {
        return Err(Errno::BADF);
    };
    // Unless all goes well it is not known where the host's descriptor stands.
    let stood_at = core::mem::replace(stands_at, u64::MAX);
    let dir = descriptor.directory()?;
    let listing = if seek(dir, stood_at, cookie)? {
        list(dir, buffer, cookie)?
    } else {
        Listing::default()
    };
    if let Kind::Directory {
        cookie: stands_at, ..
    } = &mut descriptor.kind
    {
        *stands_at = listing.stands_at;
    }
    memory.write_u32(result, listing.len as u32)
}

/// Goes to `cookie`; `false` where the directory has no such place.
fn seek(dir: BorrowedFd<'_>, stood_at: u64, cookie: u64) -> Result<bool, Errno> {
    if cookie == stood_at {
        return Ok(true);
    }
    match fs::seek(dir, SeekFrom::Start(cookie)) {
        Ok(_) => Ok(true),
        Err(rustix::io::Errno::INVAL) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What a call listed.
struct Listing {
    /// Bytes written.
    len: usize,
    /// The cookie at which the host's descriptor was left.
    stands_at: u64,
}

impl Default for Listing {
    fn default() -> Self {
        Listing {
            len: 0,
            stands_at: u64::MAX,
        }
    }
}

fn list(dir: BorrowedFd<'_>, buffer: Span, cookie: u64) -> Result<Listing, Errno> {
    let mut chunk = [MaybeUninit::uninit(); CHUNK];
    let mut entries = RawDir::new(dir, &mut chunk);
    let mut rest = buffer;
    let mut listing = Listing {
        len: 0,
        stands_at: cookie,
    };
    while !rest.is_empty() {
        let Some(entry) = entries.next() else {
            return Ok(listing);
        };
        let entry = entry?;
        let header = header(dir, &entry)?;
        let name = entry.file_name().to_bytes();
        rest.copy_from(&header);
        rest.skip(header.len()).copy_from(name);
        let len = rest.len().min(header.len() + name.len());
        listing.len += len;
        listing.stands_at = entry.next_entry_cookie();
        rest = rest.skip(header.len() + name.len());
    }
    // Entries taken from the kernel and not listed are to be taken again.
    if !entries.is_buffer_empty() {
        listing.stands_at = u64::MAX;
    }
    Ok(listing)
}

/// `dirent`: what comes before an entry's name.
fn header(dir: BorrowedFd<'_>, entry: &RawDirEntry<'_>) -> Result<[u8; 24], Errno> {
    let name = entry.file_name();
    let ino = match name.to_bytes() {
        // What is above the directory may not be the guest's to know.
        b".." => fs::fstat(dir)?.st_ino,
        _ => entry.ino(),
    };
    let file_type = match entry.file_type() {
        // Some file systems do not say; an entry that has gone meanwhile stays unknown.
        fs::FileType::Unknown => fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_or(fs::FileType::Unknown, |stat| {
                fs::FileType::from_raw_mode(stat.st_mode)
            }),
        known => known,
    };
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&entry.next_entry_cookie().to_le_bytes());
    bytes[8..16].copy_from_slice(&ino.to_le_bytes());
    bytes[16..20].copy_from_slice(&(name.to_bytes().len() as u32).to_le_bytes());
    bytes[20] = FileType::from(file_type) as u8;
    Ok(bytes)
}
