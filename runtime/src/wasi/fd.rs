//! Descriptors as such: what they are, their flags, sizes and times, closing and renumbering.
//! Reading and writing are in [`super::io`], directories' contents in [`super::dir`].

use super::times::timestamps;
use crate::fd::{Backing, Descriptor, Kind};
use crate::guest::Memory;
use crate::host::Host;
use crate::sys::errno::Errno;
use crate::sys::types::{FdFlags, FdStat, FileStat, FileType, rights};
use core::num::NonZeroU64;
use rustix::fs::{self, Advice, FallocateFlags, OFlags};
use rustix::termios::isatty;

/// `fd_advise`.
#[inline]
pub fn fd_advise(
    host: &Host,
    _: Memory,
    fd: u32,
    offset: u64,
    len: u64,
    advice: u32,
) -> Result<(), Errno> {
    let advice = match advice {
        0 => Advice::Normal,
        1 => Advice::Sequential,
        2 => Advice::Random,
        3 => Advice::WillNeed,
        4 => Advice::DontNeed,
        5 => Advice::NoReuse,
        _ => return Err(Errno::INVAL),
    };
    match host.fds.get(fd)?.file()? {
        Backing::Host(fd) => Ok(fs::fadvise(fd, offset, NonZeroU64::new(len), advice)?),
        Backing::Embedded(_) if i64::try_from(len).is_err() => Err(Errno::INVAL),
        Backing::Embedded(_) => Ok(()),
    }
}

/// `fd_allocate`. No embedded file is open for writing.
#[inline]
pub fn fd_allocate(host: &Host, _: Memory, fd: u32, offset: u64, len: u64) -> Result<(), Errno> {
    match host.fds.get(fd)?.file()? {
        Backing::Host(fd) => Ok(fs::fallocate(fd, FallocateFlags::empty(), offset, len)?),
        Backing::Embedded(_) if len == 0 || (offset | len) >> 63 != 0 => Err(Errno::INVAL),
        Backing::Embedded(_) => Err(Errno::BADF),
    }
}

/// `fd_close`.
#[inline]
pub fn fd_close(host: &mut Host, _: Memory, fd: u32) -> Result<(), Errno> {
    host.fds.remove(fd).map(drop)
}

/// `fd_datasync`.
#[inline]
pub fn fd_datasync(host: &Host, _: Memory, fd: u32) -> Result<(), Errno> {
    match host.fds.get(fd)?.file()? {
        Backing::Host(fd) => Ok(fs::fdatasync(fd)?),
        Backing::Embedded(_) => Ok(()),
    }
}

/// `fd_sync`.
#[inline]
pub fn fd_sync(host: &Host, _: Memory, fd: u32) -> Result<(), Errno> {
    match host.fds.get(fd)?.file()? {
        Backing::Host(fd) => Ok(fs::fsync(fd)?),
        Backing::Embedded(_) => Ok(()),
    }
}

/// `fd_fdstat_get`.
#[inline]
pub fn fd_fdstat_get(host: &Host, memory: Memory, fd: u32, result: u32) -> Result<(), Errno> {
    memory.write(result, &fd_stat(host.fds.get(fd)?)?.layout())
}

#[inline]
pub(super) fn fd_stat(descriptor: &Descriptor) -> Result<FdStat, Errno> {
    let mut linux = match descriptor.backing() {
        Backing::Host(fd) => fs::fcntl_getfl(fd)?,
        Backing::Embedded(open) => open.flags(),
    };
    if let Kind::Socket { waits, .. } = descriptor.kind {
        linux.set(OFlags::NONBLOCK, !waits);
    }
    let flags = FdFlags::from_linux(linux);
    let (file_type, rights_base, rights_inheriting) = match &descriptor.kind {
        Kind::Input => (stream_type(descriptor), rights::FD_READ, rights::FD_READ),
        Kind::Output => (stream_type(descriptor), rights::FD_WRITE, rights::FD_WRITE),
        Kind::Directory {
            preopen: Some(_), ..
        } => (
            FileType::Directory,
            rights::PREOPEN,
            rights::PREOPEN_INHERITING,
        ),
        Kind::Directory { preopen: None, .. } => {
            let of_files = rights::FD_SEEK
                | rights::FD_WRITE
                | rights::FD_FILESTAT_SET_SIZE
                | rights::PATH_FILESTAT_SET_SIZE;
            let all = rights::ALL & !of_files;
            (FileType::Directory, all, all)
        }
        Kind::File(file_type) | Kind::Socket { file_type, .. } => {
            let denied = match linux & OFlags::RWMODE {
                OFlags::RDONLY => rights::FD_WRITE,
                OFlags::WRONLY => rights::FD_READ | rights::FD_READDIR,
                _ => 0,
            };
            let all = rights::ALL & !denied;
            (*file_type, all, all)
        }
    };
    Ok(FdStat {
        file_type,
        flags,
        rights_base,
        rights_inheriting,
    })
}

/// A standard stream is a character device if it is a terminal, and otherwise not the guest's to
/// know.
#[inline]
fn stream_type(descriptor: &Descriptor) -> FileType {
    match descriptor.backing() {
        Backing::Host(fd) if isatty(fd) => FileType::CharacterDevice,
        _ => FileType::Unknown,
    }
}

/// `fd_fdstat_set_flags`. Linux can change appending and blocking only. Those of the standard
/// streams are left alone, as by the reference host: other processes share them and would be left
/// with the change. For the same reason a socket's O_NONBLOCK is set where the guest wants it, since
/// accept(2) cannot do without, and never cleared: the runtime waits.
#[inline]
pub fn fd_fdstat_set_flags(host: &mut Host, _: Memory, fd: u32, flags: u32) -> Result<(), Errno> {
    let flags = FdFlags::new(flags)?;
    let descriptor = host.fds.get_mut(fd)?;
    if let Kind::Directory { .. } | Kind::Input | Kind::Output = descriptor.kind {
        return Err(Errno::BADF);
    }
    if flags.has(FdFlags::DSYNC | FdFlags::RSYNC | FdFlags::SYNC) {
        return Err(Errno::INVAL);
    }
    let mut linux = flags.to_linux();
    match descriptor.backing() {
        Backing::Host(fd) => {
            if let Kind::Socket { .. } = descriptor.kind {
                linux |= fs::fcntl_getfl(fd)? & OFlags::NONBLOCK;
            }
            fs::fcntl_setfl(fd, linux)?;
        }
        Backing::Embedded(open) => open.set_flags(linux),
    }
    if let Kind::Socket { waits, .. } = &mut descriptor.kind {
        *waits = !flags.has(FdFlags::NONBLOCK);
    }
    Ok(())
}

/// `fd_fdstat_set_rights`: not supported, as in the reference host. Rights do not confine a
/// descriptor here, so giving them up would promise what is not kept.
#[inline]
pub fn fd_fdstat_set_rights(
    host: &Host,
    _: Memory,
    fd: u32,
    _base: u64,
    _inheriting: u64,
) -> Result<(), Errno> {
    match host.fds.get(fd)?.kind {
        Kind::Input | Kind::Output => Err(Errno::BADF),
        _ => Err(Errno::NOTSUP),
    }
}

/// `fd_filestat_get`.
#[inline]
pub fn fd_filestat_get(host: &Host, memory: Memory, fd: u32, result: u32) -> Result<(), Errno> {
    memory.write(result, &file_stat(host.fds.get(fd)?)?.layout())
}

#[inline]
pub(super) fn file_stat(descriptor: &Descriptor) -> Result<FileStat, Errno> {
    match (&descriptor.kind, descriptor.backing()) {
        (Kind::Input | Kind::Output, _) => Ok(FileStat::of_stream(stream_type(descriptor))),
        (_, Backing::Embedded(open)) => open.place.stat(),
        (Kind::Socket { file_type, .. }, Backing::Host(fd)) => {
            let (file_type, stat) = (*file_type, FileStat::from(fs::fstat(fd)?));
            Ok(FileStat { file_type, ..stat })
        }
        (Kind::File(_) | Kind::Directory { .. }, Backing::Host(fd)) => Ok(fs::fstat(fd)?.into()),
    }
}

/// `fd_filestat_set_size`. No embedded file is open for writing, which Linux finds `EINVAL` here.
#[inline]
pub fn fd_filestat_set_size(host: &Host, _: Memory, fd: u32, size: u64) -> Result<(), Errno> {
    let descriptor = host.fds.get(fd)?;
    let file = descriptor.file()?;
    descriptor.check_changeable()?;
    Ok(fs::ftruncate(
        file.changed_on_host(|_| Errno::INVAL)?,
        size,
    )?)
}

/// `fd_filestat_set_times`.
#[inline]
pub fn fd_filestat_set_times(
    host: &Host,
    _: Memory,
    fd: u32,
    atim: u64,
    mtim: u64,
    flags: u32,
) -> Result<(), Errno> {
    let times = timestamps(atim, mtim, flags)?;
    let descriptor = host.fds.get(fd)?;
    match descriptor.kind {
        Kind::File(_) | Kind::Directory { .. } => descriptor.check_changeable()?,
        Kind::Input | Kind::Output | Kind::Socket { .. } => return Err(Errno::BADF),
    }
    let fd = descriptor.backing().changed_on_host(|_| Errno::ROFS)?;
    Ok(fs::futimens(fd, &times)?)
}

/// `fd_prestat_get`: whether a descriptor is a preopened directory, and how long its name is.
#[inline]
pub fn fd_prestat_get(host: &Host, memory: Memory, fd: u32, result: u32) -> Result<(), Errno> {
    match host.fds.get(fd)?.kind {
        Kind::Directory {
            preopen: Some(name),
            ..
        } => {
            // The tag 0 says that it is a directory.
            memory.write_u32(result, 0)?;
            memory.write_u32(result.wrapping_add(4), name.len() as u32)
        }
        _ => Err(Errno::BADF),
    }
}

/// `fd_prestat_dir_name`: the name of a preopened directory.
#[inline]
pub fn fd_prestat_dir_name(
    host: &Host,
    memory: Memory,
    fd: u32,
    buffer: u32,
    len: u32,
) -> Result<(), Errno> {
    let Kind::Directory {
        preopen: Some(name),
        ..
    } = host.fds.get(fd)?.kind
    else {
        return Err(Errno::NOTDIR);
    };
    if name.len() > len as usize {
        return Err(Errno::NAMETOOLONG);
    }
    memory.span(buffer, name.len() as u32)?;
    let mut bytes = (buffer..).zip(name.bytes());
    bytes.try_for_each(|(at, byte)| memory.write(at, &[byte]))
}

/// `fd_renumber`.
#[inline]
pub fn fd_renumber(host: &mut Host, _: Memory, from: u32, to: u32) -> Result<(), Errno> {
    host.fds.renumber(from, to)
}
