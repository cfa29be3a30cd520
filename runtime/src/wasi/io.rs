//! Reading, writing and the position: the functions programs call most. They go from the guest's
//! buffers to the system call without a copy and without an allocation. Embedded files are copied
//! from where the executable is mapped.

use crate::embed::Open;
use crate::fd::{Backing, Descriptor, Kind};
use crate::guest::{Batch, Iovec, Memory};
use crate::host::Host;
use crate::sys::errno::Errno;
use crate::transfer::{Direction, Until, transfer, waiting};
use rustix::fd::BorrowedFd;
use rustix::fs::{self, SeekFrom};

/// `fd_read`.
#[inline]
pub fn fd_read(
    host: &Host,
    memory: Memory,
    fd: u32,
    buffers: u32,
    count: u32,
    result: u32,
) -> Result<(), Errno> {
    let descriptor = host.fds.get(fd)?;
    match descriptor.readable()? {
        Backing::Host(fd) => {
            let at = Position::own(descriptor);
            move_all(Direction::Read, memory, fd, buffers, count, at, result)
        }
        Backing::Embedded(file) => {
            let start = file.position();
            let read = copy_out(file, memory, buffers, count, start, result)?;
            file.set_position(start + read)
        }
    }
}

/// `fd_pread`.
#[inline]
pub fn fd_pread(
    host: &Host,
    memory: Memory,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    result: u32,
) -> Result<(), Errno> {
    let descriptor = host.fds.get(fd)?;
    descriptor.readable()?;
    let at = Position::At(offset);
    match descriptor.seekable()? {
        Backing::Host(fd) => move_all(Direction::Read, memory, fd, buffers, count, at, result),
        Backing::Embedded(_) if i64::try_from(offset).is_err() => Err(Errno::INVAL),
        Backing::Embedded(file) => copy_out(file, memory, buffers, count, offset, result).map(drop),
    }
}

/// `fd_write`. No embedded file is open for writing.
#[inline]
pub fn fd_write(
    host: &Host,
    memory: Memory,
    fd: u32,
    buffers: u32,
    count: u32,
    result: u32,
) -> Result<(), Errno> {
    let descriptor = host.fds.get(fd)?;
    let at = Position::own(descriptor);
    let fd = descriptor.writable()?.changed_on_host(|_| Errno::BADF)?;
    move_all(Direction::Write, memory, fd, buffers, count, at, result)
}

/// `fd_pwrite`. To a file opened for appending it appends, as on Linux.
#[inline]
pub fn fd_pwrite(
    host: &Host,
    memory: Memory,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    result: u32,
) -> Result<(), Errno> {
    let descriptor = host.fds.get(fd)?;
    descriptor.writable()?;
    let fd = descriptor.seekable()?.changed_on_host(|_| Errno::BADF)?;
    move_all(
        Direction::Write,
        memory,
        fd,
        buffers,
        count,
        Position::At(offset),
        result,
    )
}

/// A place in a file where bytes are moved.
#[derive(Clone, Copy, Debug)]
enum Position {
    /// At the descriptor's own position.
    Own,
    /// At that, waiting where it would block: a socket's.
    OwnWaiting,
    /// At an offset.
    At(u64),
}

impl Position {
    #[inline(always)]
    fn own(descriptor: &Descriptor) -> Self {
        if descriptor.waits() {
            Position::OwnWaiting
        } else {
            Position::Own
        }
    }
}

/// Moves bytes between a descriptor and the guest's buffers, and tells the guest how many.
///
/// Reading ends with the first batch of buffers, as it may with any: going on could block although
/// there is something to return. Writing goes on until a write is short; what was written before an
/// error counts.
#[inline]
fn move_all(
    direction: Direction,
    memory: Memory,
    fd: BorrowedFd<'_>,
    buffers: u32,
    count: u32,
    position: Position,
    result: u32,
) -> Result<(), Errno> {
    memory.span(result, 4)?;
    let mut buffers = memory.buffers(buffers, count)?;
    let mut batch: Batch = [Iovec::EMPTY; _];
    let mut total = 0;
    loop {
        let filled = buffers.fill(&mut batch)?;
        let batch = &mut batch[..filled];
        let wanted: usize = batch.iter().map(Iovec::len).sum();
        let attempt = match position {
            Position::Own => transfer(direction, fd, batch, None),
            Position::At(start) => transfer(direction, fd, batch, Some(start.wrapping_add(total))),
            Position::OwnWaiting => {
                let until = match direction {
                    Direction::Read => Until::Some,
                    Direction::Write => Until::All,
                };
                waiting(direction, fd, batch, until, |batch| {
                    transfer(direction, fd, batch, None)
                })
            }
        };
        let moved = match attempt {
            Ok(moved) => moved,
            Err(error) if total == 0 => return Err(error.into()),
            Err(_) => break,
        };
        total += moved as u64;
        let is_short = moved < wanted;
        if is_short || buffers.is_done() || direction == Direction::Read {
            break;
        }
    }
    // Only buffers that overlap can hold more than fits.
    memory.write_u32(result, u32::try_from(total).unwrap_or(u32::MAX))
}

/// Copies an embedded file's bytes from `start` on into the guest's buffers, tells the guest how
/// many, and returns that.
#[inline]
fn copy_out(
    file: &Open,
    memory: Memory,
    buffers: u32,
    count: u32,
    start: u64,
    result: u32,
) -> Result<u64, Errno> {
    memory.span(result, 4)?;
    let bytes = file.bytes_from(start)?;
    let mut buffers = memory.buffers(buffers, count)?;
    let mut batch: Batch = [Iovec::EMPTY; _];
    let mut rest = bytes;
    while !(rest.is_empty() || buffers.is_done()) {
        let filled = buffers.fill(&mut batch)?;
        for buffer in &batch[..filled] {
            buffer.span().copy_from(rest);
            rest = rest.get(buffer.len()..).unwrap_or_default();
        }
    }
    let copied = bytes.len() - rest.len();
    // Only buffers that overlap can hold more than fits.
    memory.write_u32(result, u32::try_from(copied).unwrap_or(u32::MAX))?;
    Ok(copied as u64)
}

/// `whence`, numbered as in preview1.
pub const WHENCE: [Whence; 3] = [Whence::Set, Whence::Current, Whence::End];

/// The origin of an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// The start.
    Set,
    /// The position.
    Current,
    /// The end.
    End,
}

/// `fd_seek`.
#[inline]
pub fn fd_seek(
    host: &Host,
    memory: Memory,
    fd: u32,
    offset: u64,
    whence: u32,
    result: u32,
) -> Result<(), Errno> {
    let whence = WHENCE.get(whence as usize).ok_or(Errno::INVAL)?;
    seek(host.fds.get(fd)?, memory, offset as i64, *whence, result)
}

/// Moves the position and tells the guest the new one.
#[inline]
pub(super) fn seek(
    descriptor: &Descriptor,
    memory: Memory,
    offset: i64,
    whence: Whence,
    result: u32,
) -> Result<(), Errno> {
    let position = match descriptor.seekable()? {
        Backing::Host(fd) => {
            let to = match whence {
                Whence::Set => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::INVAL)?),
                Whence::Current => SeekFrom::Current(offset),
                Whence::End => SeekFrom::End(offset),
            };
            fs::seek(fd, to)?
        }
        Backing::Embedded(file) => seek_embedded(file, offset, whence)?,
    };
    memory.write_u64(result, position)
}

#[inline]
fn seek_embedded(file: &Open, offset: i64, whence: Whence) -> Result<u64, Errno> {
    let base = match whence {
        Whence::Set => 0,
        Whence::Current => file.position(),
        Whence::End => file.bytes_from(0)?.len() as u64,
    };
    let position = base.checked_add_signed(offset).ok_or(Errno::INVAL)?;
    file.set_position(position)?;
    Ok(position)
}

/// `fd_tell`.
#[inline]
pub fn fd_tell(host: &Host, memory: Memory, fd: u32, result: u32) -> Result<(), Errno> {
    seek(host.fds.get(fd)?, memory, 0, Whence::Current, result)
}

/// Bytes that can be read without waiting: to the end of a file, or what has come in.
#[inline]
pub(super) fn available(descriptor: &Descriptor) -> Result<u64, Errno> {
    let fd = match descriptor.readable()? {
        Backing::Host(fd) => fd,
        Backing::Embedded(file) => return Ok(file.bytes_from(file.position())?.len() as u64),
    };
    match descriptor.kind {
        Kind::File(crate::sys::types::FileType::RegularFile) => {
            let size = fs::fstat(fd)?.st_size as u64;
            Ok(size.saturating_sub(fs::tell(fd)?))
        }
        _ => Ok(rustix::io::ioctl_fionread(fd)?),
    }
}
