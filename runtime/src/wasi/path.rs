//! Functions that take a path. How a path is found, and why it cannot lead out of its directory, is
//! in [`crate::path`]; here is what is then done with it.

use super::times::timestamps;
use crate::embed::lookup::Found;
use crate::embed::{Open, Place};
use crate::fd::{Backing, Descriptor, Kind};
use crate::guest::Memory;
use crate::host::Host;
use crate::path::{self, Parent, Path};
use crate::sys::errno::Errno;
use crate::sys::listing::Listing;
use crate::sys::types::{FdFlags, FileStat, FileType, LookupFlags, OpenFlags, rights};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{self, AtFlags, Mode, OFlags, Stat};

/// `path_create_directory`.
#[inline]
pub fn path_create_directory(
    host: &Host,
    memory: Memory,
    dir: u32,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    let dir = host.fds.get(dir)?.changeable_directory()?;
    let mut path = Path::relative(memory, path, path_len)?;
    let dir = dir.changed_on_host(|dir| dir.refuse_creation(path.bytes(), true))?;
    let parent = host.resolver.parent(dir, &mut path)?;
    Ok(fs::mkdirat(
        &parent,
        parent.name(),
        Mode::from_raw_mode(0o777),
    )?)
}

/// `path_filestat_get`.
#[inline]
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

#[inline]
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
    let path = Path::relative(memory, path, path_len)?;
    match dir {
        Backing::Host(dir) => Ok(stat(host, dir, flags, &path)?.into()),
        Backing::Embedded(dir) => {
            let follow = flags.has(LookupFlags::SYMLINK_FOLLOW);
            dir.place.find(path.bytes(), follow)?.stat()
        }
    }
}

#[inline]
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
#[inline]
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
#[inline]
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
    let follow = flags.has(LookupFlags::SYMLINK_FOLLOW);
    let dir = dir.changed_on_host(|dir| dir.refuse_attributes(path.bytes(), follow))?;
    let fd = find(host, dir, flags, &path)?;
    Ok(fs::utimensat(fd, c"", &times, AtFlags::EMPTY_PATH)?)
}

/// `path_link`. Following a symbolic link there is refused, as by the reference host.
#[inline]
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
    let (old_dir, new_dir) = both_on_host(old_dir, new_dir, |old, new| {
        old.refuse_link(old_path.bytes(), new, new_path.bytes())
    })?;
    let new = host.resolver.parent(new_dir, &mut new_path)?;
    let old = host.resolver.parent(old_dir, &mut old_path)?;
    match old.plain() {
        Some(name) => Ok(fs::linkat(&old, name, &new, new.name(), AtFlags::empty())?),
        // Only a directory can be named otherwise, and directories have no hard links.
        None => Err(check_directory(host, &old).err().unwrap_or(Errno::PERM)),
    }
}

/// `path_open`.
#[inline]
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
    let descriptor = match dir {
        Backing::Host(dir) => {
            if flags.intersects(CHANGES) {
                parent.check_changeable()?;
            }
            open_on_host(host, dir, &path, flags, parent.is_read_only)?
        }
        Backing::Embedded(dir) => {
            let place = open_embedded(dir.place, path.bytes(), flags)?;
            Descriptor::embedded(Open::new(place, flags), None)?
        }
    };
    memory.write_u32(result, host.fds.insert(descriptor)?)
}

/// The flags of open(2) that change what is there or are to.
const CHANGES: OFlags = OFlags::WRONLY
    .union(OFlags::RDWR)
    .union(OFlags::CREATE)
    .union(OFlags::TRUNC);

#[inline]
fn open_on_host(
    host: &Host,
    dir: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    is_read_only: bool,
) -> Result<Descriptor, Errno> {
    let mode = Mode::from_raw_mode(0o666);
    // The kernel would truncate before the file system is known, whose files may be none.
    let opening = flags.difference(OFlags::TRUNC);
    let fd = match host.resolver.open(dir, path.as_c_str(), opening, mode) {
        // Linux finds first that a link is no directory, the reference host that it is a link.
        Err(Errno::NOTDIR) if is_refused_link(host, dir, opening, path) => Err(Errno::LOOP),
        opened => opened,
    }?;
    let (file_type, device) = match flags.contains(OFlags::DIRECTORY) {
        true => (FileType::Directory, None),
        false => {
            let stat = fs::fstat(&fd)?;
            let file_type = fs::FileType::from_raw_mode(stat.st_mode).into();
            (file_type, Some(stat.st_dev))
        }
    };
    let reopen = || host.resolver.open_unlinked(dir, path.as_c_str(), opening);
    let changes = flags.intersects(CHANGES);
    let guard = &host.system_files;
    let fd = guard.pass(fd, device, changes, reopen, path.bytes())?;
    if flags.contains(OFlags::TRUNC) && file_type == FileType::RegularFile {
        fs::ftruncate(&fd, 0)?;
    }
    let kind = match file_type {
        FileType::Directory => Kind::Directory {
            preopen: None,
            listing: Listing::default(),
        },
        other => Kind::File(other),
    };
    Ok(Descriptor::owned(fd, kind, is_read_only)?)
}

/// Finds the node to open in an embedded tree, where all but reading is refused as by Linux where a file system
/// is mounted read-only.
#[inline]
fn open_embedded(dir: Place, path: &[u8], flags: OFlags) -> Result<Place, Errno> {
    let creates = flags.contains(OFlags::CREATE);
    let is_exclusive = creates && flags.contains(OFlags::EXCL);
    let follow = !(is_exclusive || flags.contains(OFlags::NOFOLLOW));
    let place = match dir.look_up(path, follow, creates)? {
        Found::Place(place) => place,
        Found::Vacant if creates => return Err(Errno::ROFS),
        Found::Vacant => return Err(Errno::NOENT),
    };
    match place.file_type()? {
        _ if is_exclusive => Err(Errno::EXIST),
        FileType::SymbolicLink => Err(Errno::LOOP),
        FileType::Directory if flags.intersects(CHANGES) => Err(Errno::ISDIR),
        FileType::Directory => Ok(place),
        _ if flags.contains(OFlags::DIRECTORY) => Err(Errno::NOTDIR),
        _ if flags.intersects(CHANGES) => Err(Errno::ROFS),
        _ => Ok(place),
    }
}

/// Tells if a path ends with a symbolic link that is not to be followed.
#[inline]
fn is_refused_link(host: &Host, dir: BorrowedFd<'_>, flags: OFlags, path: &Path) -> bool {
    let is_link = |stat: Stat| fs::FileType::from_raw_mode(stat.st_mode).is_symlink();
    flags.contains(OFlags::NOFOLLOW) && stat(host, dir, LookupFlags::NONE, path).is_ok_and(is_link)
}

/// The flags of open(2) for those of `path_open`. What is asked to be created or truncated is opened
/// for writing too, and what is not asked to be written for reading, as the reference host does:
/// programs use such descriptors without having asked for the right.
#[inline]
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
#[inline]
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
    let mut text = [0; path::MAX];
    let target = match dir {
        Backing::Host(dir) => read_link_on_host(host, dir, &mut path, &mut text)?,
        Backing::Embedded(dir) => dir.place.find(path.bytes(), false)?.target()?,
    };
    if target.starts_with(b"/") {
        return Err(Errno::PERM);
    }
    let shown = &target[..target.len().min(len as usize)];
    memory.write(buffer, shown)?;
    memory.write_u32(result, shown.len() as u32)
}

#[inline]
fn read_link_on_host<'a>(
    host: &Host,
    dir: BorrowedFd<'_>,
    path: &mut Path,
    text: &'a mut [u8; path::MAX],
) -> Result<&'a [u8], Errno> {
    let parent = host.resolver.parent(dir, path)?;
    let Some(name) = parent.plain() else {
        check_directory(host, &parent)?;
        return Err(Errno::INVAL);
    };
    let len = fs::readlinkat_raw(&parent, name, text.as_mut_slice())?;
    Ok(&text[..len])
}

/// `path_remove_directory`.
#[inline]
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
#[inline]
pub fn path_unlink_file(
    host: &Host,
    memory: Memory,
    dir: u32,
    path: u32,
    path_len: u32,
) -> Result<(), Errno> {
    unlink(host, memory, dir, path, path_len, AtFlags::empty())
}

#[inline]
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
    let is_directory = flags.contains(AtFlags::REMOVEDIR);
    let dir = dir.changed_on_host(|dir| dir.refuse_removal(path.bytes(), is_directory))?;
    let parent = host.resolver.parent(dir, &mut path)?;
    Ok(fs::unlinkat(&parent, parent.name(), flags)?)
}

/// `path_rename`.
#[inline]
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
    let (old_dir, new_dir) = both_on_host(old_dir, new_dir, |old, new| {
        old.refuse_renaming(old_path.bytes(), new, new_path.bytes())
    })?;
    let old = host.resolver.parent(old_dir, &mut old_path)?;
    let new = host.resolver.parent(new_dir, &mut new_path)?;
    Ok(fs::renameat(&old, old.name(), &new, new.name())?)
}

/// `path_symlink`. The target may lead anywhere by `..`, since it is checked when it is followed;
/// an absolute one is refused, as by the reference host.
#[inline]
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
    let dir = dir.changed_on_host(|dir| dir.refuse_symlink(path.bytes()))?;
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

/// The host's descriptors of two directories of which at least one is to be changed. An embedded
/// tree is a file system of its own; where both are embedded it says why it refuses.
#[inline]
fn both_on_host<'a>(
    old: Backing<'a>,
    new: Backing<'a>,
    refuse: impl FnOnce(Place, Place) -> Errno,
) -> Result<(BorrowedFd<'a>, BorrowedFd<'a>), Errno> {
    match (old, new) {
        (Backing::Host(old), Backing::Host(new)) => Ok((old, new)),
        (Backing::Embedded(old), Backing::Embedded(new)) => Err(refuse(old.place, new.place)),
        _ => Err(Errno::XDEV),
    }
}

/// Checks that a name that is no mere name is a directory's, as it must be.
#[inline]
fn check_directory(host: &Host, parent: &Parent<'_>) -> Result<(), Errno> {
    // Its parent was found beneath the guest's directory, but not beneath itself.
    if parent.is_up() {
        return Ok(());
    }
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    let opened = host
        .resolver
        .open(parent.as_fd(), parent.name(), flags, Mode::empty());
    opened.map(drop)
}
