//! Functions that take a path. How a path is found, and why it cannot lead out of its directory, is
//! in [`crate::path`]; here is what is then done with it.

use super::dir::Listing;
use super::errno::Errno;
use super::times::timestamps;
use super::types::{FdFlags, FileStat, FileType, LookupFlags, OpenFlags, rights};
use crate::fd::{Descriptor, Kind};
use crate::guest::Memory;
use crate::host::Host;
use crate::path::{self, Parent, Path};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{self, AtFlags, Mode, OFlags, Stat};

/// `path_create_directory`.
pub fn path_create_directory(
    host: &Host,
    memory: Memory,
    dir: u32,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    let dir = host.fds.get(dir)?.changeable_directory()?;
    let mut path = Path::relative(memory, path, path_len)?;
    let parent = host.resolver.parent(dir, &mut path)?;
    Ok(fs::mkdirat(
        &parent,
        parent.name(),
        Mode::from_raw_mode(0o777),
    )?)
}

/// `path_filestat_get`.
pub fn path_filestat_get(
    host: &Host,
    memory: Memory,
    dir: u32,
    flags: u32,
    path: u32,
    path_len: u32,
    result: u32,
) -> Result<(), Errno> {
    memory.write(
        result,
        &file_stat(host, memory, dir, flags, path, path_len)?.layout(),
    )
}

pub(super) fn file_stat(
    host: &Host,
    memory: Memory,
    dir: u32,
    flags: u32,
    path: u32,
    path_len: u32,
) -> Result<FileStat, Errno> {
    let flags = LookupFlags::new(flags)?;
    let dir = host.fds.get(dir)?.directory()?;
    Ok(stat(host, dir, flags, &Path::relative(memory, path, path_len)?)?.into())
}

fn stat(host: &Host, dir: BorrowedFd<'_>, flags: LookupFlags, path: &Path) -> Result<Stat, Errno> {
    let follow = flags.has(LookupFlags::SYMLINK_FOLLOW);
    // Most often it is a mere name and no link; then this one call says all.
    if let Some(name) = path.as_plain() {
        let stat = fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let is_link = fs::FileType::from_raw_mode(stat.st_mode).is_symlink();
        if !(follow && is_link) {
            return Ok(stat);
        }
    }
    Ok(fs::fstat(find(host, dir, flags, path)?)?)
}

/// A descriptor that stands for what a path names and can do nothing more.
fn find(
    host: &Host,
    dir: BorrowedFd<'_>,
    flags: LookupFlags,
    path: &Path,
) -> Result<OwnedFd, Errno> {
    let nofollow = match flags.has(LookupFlags::SYMLINK_FOLLOW) {
        true => OFlags::empty(),
        false => OFlags::NOFOLLOW,
    };
    let flags = OFlags::PATH | nofollow;
    host.resolver
        .open(dir, path.as_c_str(), flags, Mode::empty())
}

/// `path_filestat_set_times`.
pub fn path_filestat_set_times(
    host: &Host,
    memory: Memory,
    dir: u32,
    flags: u32,
    path: u32,
    path_len: u32,
    atim: u64,
    mtim: u64,
    time_flags: u32,
) -> Result<(), Errno> {
    let flags = LookupFlags::new(flags)?;
    let times = timestamps(atim, mtim, time_flags)?;
    let dir = host.fds.get(dir)?.changeable_directory()?;
    let path = Path::relative(memory, path, path_len)?;
    let fd = find(host, dir, flags, &path)?;
    Ok(fs::utimensat(fd, c"", &times, AtFlags::EMPTY_PATH)?)
}

/// `path_link`. Following a symbolic link there is refused, as by the reference host.
pub fn path_link(
    host: &Host,
    memory: Memory,
    old_dir: u32,
    old_flags: u32,
    old_path: u32,
    old_path_len: u32,
    new_dir: u32,
    new_path: u32,
    new_path_len: u32,
) -> Result<(), Errno> {
    let flags = LookupFlags::new(old_flags)?;
    // A link to what must not be changed could be changed through: so both must be changeable.
    let old_dir = host.fds.get(old_dir)?.changeable_directory()?;
    let new_dir = host.fds.get(new_dir)?.changeable_directory()?;
    let mut old_path = Path::relative(memory, old_path, old_path_len)?;
    let mut new_path = Path::relative(memory, new_path, new_path_len)?;
    if flags.has(LookupFlags::SYMLINK_FOLLOW) {
        return Err(Errno::INVAL);
    }
    let new = host.resolver.parent(new_dir, &mut new_path)?;
    let old = host.resolver.parent(old_dir, &mut old_path)?;
    match old.plain() {
        Some(name) => Ok(fs::linkat(&old, name, &new, new.name(), AtFlags::empty())?),
        // Only a directory can be named otherwise, and directories have no hard links.
        None => Err(check_directory(host, &old).err().unwrap_or(Errno::PERM)),
    }
}

/// `path_open`.
pub fn path_open(
    host: &mut Host,
    memory: Memory,
    dir: u32,
    lookup_flags: u32,
    path: u32,
    path_len: u32,
    open_flags: u32,
    rights_base: u64,
    _rights_inheriting: u64,
    fd_flags: u32,
    result: u32,
) -> Result<(), Errno> {
    let lookup = LookupFlags::new(lookup_flags)?;
    let open = OpenFlags::new(open_flags)?;
    let flags = linux_flags(lookup, open, FdFlags::new(fd_flags)?, rights_base)?;
    memory.span(result, 4)?;
    let path = Path::relative(memory, path, path_len)?;
    host.fds.check_room()?;
    let parent = host.fds.get(dir)?;
    let dir = match parent.kind {
        Kind::File(_) => return Err(Errno::NOTDIR),
        _ => parent.directory()?,
    };
    if flags.intersects(OFlags::WRONLY | OFlags::RDWR | OFlags::CREATE | OFlags::TRUNC) {
        parent.check_changeable()?;
    }
    let mode = Mode::from_raw_mode(0o666);
    let fd = match host.resolver.open(dir, path.as_c_str(), flags, mode) {
        // Linux finds first that a link is no directory, the reference host that it is a link.
        Err(Errno::NOTDIR) if is_refused_link(host, dir, lookup, &path) => Err(Errno::LOOP),
        opened => opened,
    }?;
    let file_type = match open.has(OpenFlags::DIRECTORY) {
        true => FileType::Directory,
        false => fs::FileType::from_raw_mode(fs::fstat(&fd)?.st_mode).into(),
    };
    let kind = match file_type {
        FileType::Directory => Kind::Directory {
            preopen: None,
            listing: Listing::default(),
        },
        other => Kind::File(other),
    };
    let descriptor = Descriptor::owned(fd, kind, parent.is_read_only)?;
    memory.write_u32(result, host.fds.insert(descriptor)?)
}

/// Whether a path ends with a symbolic link that is not to be followed.
fn is_refused_link(host: &Host, dir: BorrowedFd<'_>, lookup: LookupFlags, path: &Path) -> bool {
    let is_link = |stat: Stat| fs::FileType::from_raw_mode(stat.st_mode).is_symlink();
    !lookup.has(LookupFlags::SYMLINK_FOLLOW) && stat(host, dir, lookup, path).is_ok_and(is_link)
}

/// The flags of open(2) for those of `path_open`. What is asked to be created or truncated is opened
/// for writing too, and what is not asked to be written for reading, as the reference host does:
/// programs use such descriptors without having asked for the right.
fn linux_flags(
    lookup: LookupFlags,
    open: OpenFlags,
    fd_flags: FdFlags,
    rights: u64,
) -> Result<OFlags, Errno> {
    let changes = open.has(OpenFlags::CREAT | OpenFlags::TRUNC);
    if open.has(OpenFlags::DIRECTORY) && (changes || open.has(OpenFlags::EXCL)) {
        return Err(Errno::INVAL);
    }
    let writes = rights & rights::FD_WRITE != 0;
    let reads = rights & rights::FD_READ != 0 || !writes;
    let mut flags = fd_flags.to_linux()
        | match (reads, writes || changes) {
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            _ => OFlags::RDONLY,
        };
    let pairs = [
        (OpenFlags::CREAT, OFlags::CREATE),
        (OpenFlags::DIRECTORY, OFlags::DIRECTORY),
        (OpenFlags::EXCL, OFlags::EXCL),
        (OpenFlags::TRUNC, OFlags::TRUNC),
    ];
    for (flag, linux) in pairs {
        flags.set(linux, open.has(flag));
    }
    flags.set(OFlags::NOFOLLOW, !lookup.has(LookupFlags::SYMLINK_FOLLOW));
    Ok(flags)
}

/// `path_readlink`: the target of a symbolic link, or as much of it as fits. An absolute one is the
/// host's affair and not shown.
pub fn path_readlink(
    host: &Host,
    memory: Memory,
    dir: u32,
    path: u32,
    path_len: u32,
    buffer: u32,
    len: u32,
    result: u32,
) -> Result<(), Errno> {
    let dir = host.fds.get(dir)?.directory()?;
    let mut path = Path::relative(memory, path, path_len)?;
    let parent = host.resolver.parent(dir, &mut path)?;
    let Some(name) = parent.plain() else {
        check_directory(host, &parent)?;
        return Err(Errno::INVAL);
    };
    let mut target = [0; path::MAX];
    let target_len = fs::readlinkat_raw(&parent, name, target.as_mut_slice())?;
    let target = &target[..target_len];
    if target.starts_with(b"/") {
        return Err(Errno::PERM);
    }
    let shown = &target[..target_len.min(len as usize)];
    memory.write(buffer, shown)?;
    memory.write_u32(result, shown.len() as u32)
}

/// `path_remove_directory`.
pub fn path_remove_directory(
    host: &Host,
    memory: Memory,
    dir: u32,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    unlink(host, memory, dir, path, path_len, AtFlags::REMOVEDIR)
}

/// `path_unlink_file`.
pub fn path_unlink_file(
    host: &Host,
    memory: Memory,
    dir: u32,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    unlink(host, memory, dir, path, path_len, AtFlags::empty())
}

fn unlink(
    host: &Host,
    memory: Memory,
    dir: u32,
    path: u32,
    path_len: u32,
    flags: AtFlags,
) -> Result<(), Errno> {
    let dir = host.fds.get(dir)?.changeable_directory()?;
    let mut path = Path::relative(memory, path, path_len)?;
    let parent = host.resolver.parent(dir, &mut path)?;
    Ok(fs::unlinkat(&parent, parent.name(), flags)?)
}

/// `path_rename`.
pub fn path_rename(
    host: &Host,
    memory: Memory,
    old_dir: u32,
    old_path: u32,
    old_path_len: u32,
    new_dir: u32,
    new_path: u32,
    new_path_len: u32,
) -> Result<(), Errno> {
    let old_dir = host.fds.get(old_dir)?.changeable_directory()?;
    let new_dir = host.fds.get(new_dir)?.changeable_directory()?;
    let mut old_path = Path::relative(memory, old_path, old_path_len)?;
    let mut new_path = Path::relative(memory, new_path, new_path_len)?;
    let old = host.resolver.parent(old_dir, &mut old_path)?;
    let new = host.resolver.parent(new_dir, &mut new_path)?;
    Ok(fs::renameat(&old, old.name(), &new, new.name())?)
}

/// `path_symlink`. The target may lead anywhere by `..`, since it is checked when it is followed;
/// an absolute one is refused, as by the reference host.
pub fn path_symlink(
    host: &Host,
    memory: Memory,
    target: u32,
    target_len: u32,
    dir: u32,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    let dir = host.fds.get(dir)?.changeable_directory()?;
    let target = Path::relative(memory, target, target_len)?;
    let mut path = Path::relative(memory, path, path_len)?;
    let parent = host.resolver.parent(dir, &mut path)?;
    match fs::symlinkat(target.as_c_str(), &parent, parent.name()) {
        // A slash after a file's name is the first thing wrong, as for the reference host.
        Err(rustix::io::Errno::EXIST) if parent.plain().is_none() => {
            check_directory(host, &parent)?;
            Err(Errno::EXIST)
        }
        result => Ok(result?),
    }
}

/// Checks that a name that is no mere name is a directory's, as it must be.
fn check_directory(host: &Host, parent: &Parent<'_>) -> Result<(), Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    let opened = host
        .resolver
        .open(parent.as_fd(), parent.name(), flags, Mode::empty());
    opened.map(drop)
}
