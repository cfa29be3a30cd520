//! Snapshot 0, `wasi_unstable`: where its ABI differs from preview1's. `whence` counts otherwise,
//! `filestat` has fewer links, and a clock's `subscription` has one field more.

use super::io::{Whence, seek};
use super::poll::{self, Layout};
use super::{fd, path};
use crate::guest::Memory;
use crate::host::Host;
use crate::sys::errno::Errno;
use crate::sys::types::{FileStat, rights};

const WHENCE: [Whence; 3] = [Whence::Current, Whence::End, Whence::Set];

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

/// `fd_fdstat_get`.
#[inline]
pub fn fd_fdstat_get(host: &Host, memory: Memory, fd: u32, result: u32) -> Result<(), Errno> {
    let mut stat = fd::fd_stat(host.fds.get(fd)?)?;
    // Nothing can be accepted: there is no `sock_accept`.
    stat.rights_base &= !rights::SOCK_ACCEPT;
    stat.rights_inheriting &= !rights::SOCK_ACCEPT;
    memory.write(result, &stat.layout())
}

/// `filestat` as it lies in memory in snapshot 0.
#[inline]
fn layout(stat: &FileStat) -> [u8; 56] {
    let mut bytes = [0; 56];
    bytes[16] = stat.file_type as u8;
    let nlink = u32::try_from(stat.nlink).unwrap_or(u32::MAX);
    bytes[20..24].copy_from_slice(&nlink.to_le_bytes());
    let fields = [
        (0, stat.dev),
        (8, stat.ino),
        (24, stat.size),
        (32, stat.atim),
        (40, stat.mtim),
        (48, stat.ctim),
    ];
    for (at, field) in fields {
        bytes[at..at + 8].copy_from_slice(&field.to_le_bytes());
    }
    bytes
}

/// `fd_filestat_get`.
#[inline]
pub fn fd_filestat_get(host: &Host, memory: Memory, fd: u32, result: u32) -> Result<(), Errno> {
    memory.write(result, &layout(&fd::file_stat(host.fds.get(fd)?)?))
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
        &layout(&path::file_stat(host, memory, dir, flags, path, path_len)?),
    )
}

/// The offsets of the fields of a `subscription`: after `userdata` and the tag, a clock has its
/// `identifier` first.
const SUBSCRIPTION: Layout = Layout {
    len: 56,
    clock_id: 24,
    timeout: 32,
    clock_flags: 48,
};

/// `poll_oneoff`.
#[inline]
pub fn poll_oneoff(
    host: &Host,
    memory: Memory,
    subscriptions: u32,
    events: u32,
    count: u32,
    result: u32,
) -> Result<(), Errno> {
    poll::poll(
        host,
        memory,
        &SUBSCRIPTION,
        subscriptions,
        events,
        count,
        result,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::types::FileType;

    #[test]
    fn filestat_has_its_links_in_four_bytes() {
        let stat = FileStat {
            dev: 1,
            ino: 2,
            file_type: FileType::RegularFile,
            nlink: 1 << 40,
            size: 3,
            atim: 4,
            mtim: 5,
            ctim: 6,
        };
        let words: Vec<u64> = layout(&stat)
            .chunks_exact(8)
            .map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes")))
            .collect();
        assert_eq!(words, [1, 2, 0xffff_ffff_0000_0004, 3, 4, 5, 6]);
        let words: Vec<u64> = stat
            .layout()
            .chunks_exact(8)
            .map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes")))
            .collect();
        assert_eq!(words, [1, 2, 4, 1 << 40, 3, 4, 5, 6]);
    }
}
