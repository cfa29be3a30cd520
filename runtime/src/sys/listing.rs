//! A directory of the host as it is listed: entries as the kernel gave them, by number.
//!
//! The entries last read are kept in a [`Window`]. A listing that goes on takes them from there, and
//! the next from the kernel, which goes on from where the host's descriptor stands. The descriptor is
//! moved only to begin anew: where the kernel's offsets are indexes (ramfs, tmpfs before Linux 6.6),
//! removing an entry shifts those behind it, so that a seek to an offset known before passes entries
//! over. An entry before the window is found by beginning anew and counting.

use super::errno::Errno;
use crate::arch;
use core::ffi::CStr;
use core::{ptr, slice};
use linux_raw_sys::general::__NR_getdents64;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::fs::{self, SeekFrom};
use rustix::io;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Bytes that a window has room for: some 2,000 entries with short names. The kernel gives it memory
/// page by page as entries come in.
const WINDOW: usize = 64 << 10;
/// Bytes that must be free in a window before more is read. The longest entry takes 280.
const READ_MIN: usize = 4096;

/// The progress of a directory's listing. Its entries are numbered from 0 in the kernel's order, `.` and `..`
/// left out.
#[derive(Debug, Default)]
pub struct Listing {
    window: Window,
    /// The number of the window's first entry.
    first: u64,
    /// The entry taken last. A listing goes on from there where the guest's buffer has cut it off.
    last: Place,
    /// The entry to take next.
    next: Place,
    /// The host's descriptor has been read from, and no longer stands at the directory's beginning.
    has_read: bool,
}

/// The place of an entry.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// The entry's number.
    number: u64,
    /// Its offset in the window.
    at: usize,
}

/// An entry of a directory.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its number.
    pub number: u64,
    /// Its serial number on its file system.
    pub ino: u64,
    /// Its type, if the file system says.
    pub file_type: fs::FileType,
    /// Its name.
    pub name: &'a CStr,
}

impl Listing {
    /// Begins anew, with what the directory holds by now.
    #[inline]
    pub fn rewind(&mut self, dir: BorrowedFd<'_>) -> Result<(), Errno> {
        if self.has_read {
            fs::seek(dir, SeekFrom::Start(0))?;
        }
        self.has_read = false;
        self.window.filled = 0;
        self.first = 0;
        self.last = Place::default();
        self.next = Place::default();
        Ok(())
    }

    /// Goes to the entry with this number; `false` where the directory has ended before.
    #[inline]
    pub fn go_to(&mut self, dir: BorrowedFd<'_>, number: u64) -> Result<bool, Errno> {
        if number < self.next.number {
            self.next = if number >= self.last.number {
                self.last
            } else if number >= self.first {
                let (number, at) = (self.first, 0);
                Place { number, at }
            } else {
                self.rewind(dir)?;
                self.next
            };
        }
        while self.next.number < number {
            if self.take(dir)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes the next entry; `None` where the directory ends.
    #[inline]
    pub fn take(&mut self, dir: BorrowedFd<'_>) -> Result<Option<Entry<'_>>, Errno> {
        loop {
            if self.next.at == self.window.filled && !self.read(dir)? {
                return Ok(None);
            }
            let Place { number, at } = self.next;
            let record = Record::at(self.window.bytes(), at).ok_or(Errno::IO)?;
            self.next.at += record.len;
            if !record.is_dots() {
                self.last = Place { number, at };
                self.next.number += 1;
                break;
            }
        }
        // Looked at again, since a borrow that is returned would last for the whole loop.
        let Place { number, at } = self.last;
        let record = Record::at(self.window.bytes(), at).ok_or(Errno::IO)?;
        Ok(Some(Entry {
            number,
            ino: record.ino,
            file_type: record.file_type,
            name: record.name,
        }))
    }

    /// Reads further entries behind those in the window; `false` where there are none.
    #[inline]
    fn read(&mut self, dir: BorrowedFd<'_>) -> Result<bool, Errno> {
        if self.window.filled > WINDOW - READ_MIN {
            self.drop_half();
        }
        let room = self.window.room()?;
        let read = io::retry_on_intr(|| read_entries(dir, room))?;
        self.has_read = true;
        self.window.filled += read;
        Ok(read > 0)
    }

    /// Drops the entries in the first half of the window. All of it has been taken.
    #[inline]
    fn drop_half(&mut self) {
        let mut cut = 0;
        while let Some(record) = Record::at(self.window.bytes(), cut)
            && cut < WINDOW / 2
        {
            cut += record.len;
            self.first += u64::from(!record.is_dots());
        }
        self.window.drop_first(cut);
        self.next.at -= cut;
        // The entry taken last is in the second half, but for `.` and `..` behind it.
        self.last = match self.last.at.checked_sub(cut) {
            Some(at) => Place { at, ..self.last },
            None => self.next,
        };
    }
}

/// Reads entries of a directory from where the descriptor stands; 0 bytes where it has ended.
/// (rustix gives entries one by one, and none a second time.)
#[inline]
fn read_entries(dir: BorrowedFd<'_>, room: &mut [u8]) -> io::Result<usize> {
    let (fd, start) = (dir.as_raw_fd() as usize, room.as_mut_ptr().addr());
    // SAFETY: the kernel writes no more than `room`, which is ours.
    match unsafe { arch::syscall4(__NR_getdents64, fd, start, room.len(), 0) } {
        read @ 0.. => Ok(read as usize),
        error => Err(io::Errno::from_raw_os_error(-error as i32)),
    }
}

/// One `struct linux_dirent64` of getdents64(2).
struct Record<'a> {
    ino: u64,
    len: usize,
    file_type: fs::FileType,
    name: &'a CStr,
}

impl<'a> Record<'a> {
    #[inline]
    fn at(bytes: &'a [u8], at: usize) -> Option<Self> {
        let bytes = bytes.get(at..)?;
        let len = u16::from_ne_bytes(*bytes.get(16..)?.first_chunk()?).into();
        let bytes = bytes.get(..len)?;
        let file_type = *bytes.get(18)?;
        Some(Record {
            ino: u64::from_ne_bytes(*bytes.first_chunk()?),
            len,
            // `d_type` is the format bits of a mode (`IFTODT` in dirent.h).
            file_type: fs::FileType::from_raw_mode(u32::from(file_type) << 12),
            name: CStr::from_bytes_until_nul(bytes.get(19..)?).ok()?,
        })
    }

    #[inline]
    fn is_dots(&self) -> bool {
        matches!(self.name.to_bytes(), b"." | b"..")
    }
}

/// Room for entries, mapped when it is first needed.
#[derive(Debug)]
struct Window {
    /// Null, or [`WINDOW`] bytes that are ours.
    start: *mut u8,
    /// The number of bytes that hold entries.
    filled: usize,
}

impl Default for Window {
    #[inline]
    fn default() -> Self {
        let (start, filled) = (ptr::null_mut(), 0);
        Window { start, filled }
    }
}

impl Window {
    /// The entries.
    #[inline]
    fn bytes(&self) -> &[u8] {
        if self.start.is_null() {
            return &[];
        }
        // SAFETY: all of it is mapped and ours, and is borrowed with `self`.
        unsafe { slice::from_raw_parts(self.start, self.filled) }
    }

    /// The room behind the entries.
    #[inline]
    fn room(&mut self) -> Result<&mut [u8], Errno> {
        if self.start.is_null() {
            let access = ProtFlags::READ | ProtFlags::WRITE;
            let flags = MapFlags::PRIVATE;
            // SAFETY: a new mapping, which touches no other.
            self.start = unsafe { mmap_anonymous(ptr::null_mut(), WINDOW, access, flags)? }.cast();
        }
        // SAFETY: as above, and `self` is borrowed uniquely.
        Ok(unsafe { slice::from_raw_parts_mut(self.start, WINDOW) }
            .split_at_mut(self.filled)
            .1)
    }

    /// Drops the first `count` bytes of the entries.
    #[inline]
    fn drop_first(&mut self, count: usize) {
        if !self.start.is_null() {
            // SAFETY: as above.
            let all = unsafe { slice::from_raw_parts_mut(self.start, self.filled) };
            all.copy_within(count.., 0);
            self.filled -= count;
        }
    }
}

impl Drop for Window {
    #[inline]
    fn drop(&mut self) {
        if !self.start.is_null() {
            // SAFETY: the mapping is ours, and nobody can reach it now. Unmapping it cannot fail.
            let _ = unsafe { munmap(self.start.cast(), WINDOW) };
        }
    }
}
