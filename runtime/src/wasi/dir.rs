//! Listing directories.
//!
//! A listing begins with `.` and `..`; then come the kernel's entries in the kernel's order. A cookie
//! is the number of entries before it: wasi-libc keeps it in 32 bits for `telldir`, where the
//! kernel's own (`d_off` of getdents64(2)) would not fit. The kernel's is remembered for the last two
//! places, from which a listing goes on, so that it goes on where it was however the directory
//! changes between calls, at no cost for what was listed before. To any other place it counts. The
//! entries of an embedded directory come in the order of their names.

use super::errno::Errno;
use super::types::FileType;
use crate::embed::Place as EmbeddedPlace;
use crate::fd::{Backing, Descriptor, Kind};
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

/// How far a directory is listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listing {
    /// The kernel's offset at which the host's descriptor stands.
    stands_at: u64,
    /// The last two places passed. Unless the last entry was cut off, a listing goes on from the
    /// latter, else from the former.
    passed: [Place; 2],
}

/// A place in a listing.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// How many entries come before it.
    cookie: u64,
    /// The kernel's offset there.
    offset: u64,
}

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
    match descriptor.directory()? {
        Backing::Host(_) => list_host(descriptor, &mut entries, cookie)?,
        Backing::Embedded(dir) => list_embedded(dir.place, &mut entries, cookie)?,
    }
    memory.write_u32(result, len - entries.rest.len() as u32)
}

fn list_host(descriptor: &mut Descriptor, entries: &mut Entries, cookie: u64) -> Result<(), Errno> {
    let Kind::Directory { listing, .. } = &mut descriptor.kind else {
        return Err(Errno::BADF);
    };
    // Whatever goes wrong, it is not known then where the descriptor stands.
    let unknown = Listing {
        stands_at: UNKNOWN,
        ..Listing::default()
    };
    let mut going_on = replace(listing, unknown);
    let Backing::Host(dir) = descriptor.directory()? else {
        return Err(Errno::BADF);
    };
    if cookie < FIRST_OF_KERNEL {
        list_dots(fs::fstat(dir)?.st_ino, entries, cookie);
    }
    let first = cookie.max(FIRST_OF_KERNEL);
    if !entries.is_full() && going_on.go_to(dir, first)? {
        going_on.list(dir, entries)?;
    }
    if let Kind::Directory { listing, .. } = &mut descriptor.kind {
        *listing = going_on;
    }
    Ok(())
}

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
fn list_dots(ino: u64, entries: &mut Entries, cookie: u64) {
    let dots = (1..).zip([b".".as_slice(), b".."]);
    for (next, name) in dots.filter(|&(next, _)| next > cookie) {
        entries.push(next, ino, name, FileType::Directory);
    }
}

impl Listing {
    /// Goes to the place after `cookie` entries; `false` where the directory has no such place.
    fn go_to(&mut self, dir: BorrowedFd<'_>, cookie: u64) -> Result<bool, Errno> {
        let start = Place {
            cookie: FIRST_OF_KERNEL,
            offset: 0,
        };
        let mut known = [start].into_iter().chain(self.passed);
        let place = match known.find(|place| place.cookie == cookie) {
            Some(place) => place,
            None => {
                self.seek(dir, 0)?;
                self.stands_at = UNKNOWN;
                match count(dir, cookie)? {
                    Some(place) => place,
                    None => return Ok(false),
                }
            }
        };
        self.seek(dir, place.offset)?;
        self.passed[1] = place;
        Ok(true)
    }

    /// Lists the kernel's entries from the last place passed, where the descriptor stands.
    fn list(&mut self, dir: BorrowedFd<'_>, entries: &mut Entries) -> Result<(), Errno> {
        let mut chunk = [MaybeUninit::uninit(); CHUNK];
        let mut kernel = RawDir::new(dir, &mut chunk);
        while !entries.is_full() {
            let Some(entry) = kernel.next() else {
                return Ok(());
            };
            let entry = entry?;
            self.stands_at = entry.next_entry_cookie();
            let name = entry.file_name().to_bytes();
            if !is_dots(name) {
                let place = Place {
                    cookie: self.passed[1].cookie + 1,
                    offset: self.stands_at,
                };
                self.passed = [self.passed[1], place];
                entries.push(place.cookie, entry.ino(), name, file_type(dir, &entry));
            }
        }
        // Entries taken from the kernel and not listed are to be taken again.
        if !kernel.is_buffer_empty() {
            self.stands_at = UNKNOWN;
        }
        Ok(())
    }

    fn seek(&mut self, dir: BorrowedFd<'_>, offset: u64) -> Result<(), Errno> {
        if self.stands_at != offset {
            fs::seek(dir, SeekFrom::Start(offset))?;
            self.stands_at = offset;
        }
        Ok(())
    }
}

/// Counts to the place after `cookie` entries, from the directory's beginning.
fn count(dir: BorrowedFd<'_>, cookie: u64) -> Result<Option<Place>, Errno> {
    let mut chunk = [MaybeUninit::uninit(); CHUNK];
    let mut kernel = RawDir::new(dir, &mut chunk);
    let mut passed = FIRST_OF_KERNEL;
    while let Some(entry) = kernel.next() {
        let entry = entry?;
        passed += u64::from(!is_dots(entry.file_name().to_bytes()));
        if passed == cookie {
            let offset = entry.next_entry_cookie();
            return Ok(Some(Place { cookie, offset }));
        }
    }
    Ok(None)
}

fn is_dots(name: &[u8]) -> bool {
    matches!(name, b"." | b"..")
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
