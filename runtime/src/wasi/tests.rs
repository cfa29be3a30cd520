//! Functions called as a guest calls them.

use super::{args, dir, fd, io, path, poll, snapshot0};
use crate::config::Config;
use crate::fd::{Descriptor, Kind};
use crate::path::Method;
use crate::sys::errno::Errno;
use crate::testing::{Guest, RESULT, launch};
use kiln_abi::config::{Entry, write};
use rustix::pipe::pipe;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

const READ: u64 = 1 << 1;
const WRITE: u64 = 1 << 6;

impl Guest {
    fn open(&mut self, name: &str, open_flags: u32, rights: u64) -> Result<u32, Errno> {
        let (at, len) = self.put(100, name.as_bytes());
        let memory = self.memory();
        path::path_open(
            &mut self.host,
            memory,
            3,
            1,
            at,
            len,
            open_flags,
            rights,
            0,
            0,
            RESULT,
        )?;
        Ok(self.result())
    }

    /// Puts an array of buffers at an address.
    fn put_buffers(&mut self, at: u32, buffers: &[(u32, u32)]) {
        let words = buffers.iter().flat_map(|&(pointer, len)| [pointer, len]);
        let bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        self.put(at, &bytes);
    }

    /// Lists a directory by calls with buffers of one size, and gives the names.
    fn list(&mut self, fd: u32, size: u32) -> Vec<String> {
        let entries = self.list_from(fd, size, 0);
        entries.into_iter().map(|(_, name)| name).collect()
    }

    /// Lists a directory from a cookie on; gives each name with the cookie behind it.
    fn list_from(&mut self, fd: u32, size: u32, mut cookie: u64) -> Vec<(u64, String)> {
        let mut entries = Vec::new();
        loop {
            let memory = self.memory();
            dir::fd_readdir(&mut self.host, memory, fd, 1000, size, cookie, RESULT)
                .expect("listing");
            let used = self.result();
            let bytes = self.bytes(1000, used as usize);
            let mut rest = &bytes[..];
            while rest.len() >= 24 {
                let len = u32::from_le_bytes(rest[16..20].try_into().expect("four bytes")) as usize;
                if rest.len() < 24 + len {
                    break;
                }
                cookie = u64::from_le_bytes(rest[..8].try_into().expect("eight bytes"));
                let name = String::from_utf8_lossy(&rest[24..24 + len]).into_owned();
                entries.push((cookie, name));
                rest = &rest[24 + len..];
            }
            if used < size {
                return entries;
            }
        }
    }
}

#[test]
fn a_listing_is_complete_whatever_the_buffer() {
    let mut guest = Guest::new(Method::Automatic);
    let mut expected: Vec<String> = (0..300).map(|number| format!("file-{number}")).collect();
    for name in &expected {
        fs::write(guest.dir.join(name), "").expect("writing a file");
    }
    expected.extend([".".into(), "..".into()]);
    expected.sort();
    for size in [33, 34, 57, 100, 1000, 4096, 50_000] {
        let mut names = guest.list(3, size);
        assert_eq!(names[..2], [".", ".."]);
        names.sort();
        assert_eq!(names, expected, "with {size} bytes");
    }
}

#[test]
fn a_listing_goes_on_from_any_cookie() {
    let mut guest = Guest::new(Method::Automatic);
    for number in 0..200 {
        fs::write(guest.dir.join(&format!("{number:03}")), "").expect("writing a file");
    }
    let all = guest.list_from(3, 4096, 0);
    assert_eq!(all.len(), 202);
    for index in [150, 3, 3, 0, 201, 1, 77] {
        let (cookie, _) = all[index];
        assert!(u32::try_from(cookie).is_ok(), "wasi-libc keeps 32 bits");
        for size in [60, 4096] {
            assert_eq!(guest.list_from(3, size, cookie), all[index + 1..]);
        }
    }
}

#[test]
fn a_listing_goes_on_while_the_directory_changes() {
    let mut guest = Guest::new(Method::Automatic);
    for number in 0..100 {
        fs::write(guest.dir.join(&format!("{number:03}")), "").expect("writing a file");
    }
    let memory = guest.memory();
    dir::fd_readdir(
        &mut guest.host,
        memory,
        3,
        1000,
        24 + 1 + 24 + 2 + 27 * 10,
        0,
        RESULT,
    )
    .expect("listing");
    let bytes = guest.bytes(1000, 51 + 270);
    let listed: Vec<String> = bytes[51..]
        .chunks_exact(27)
        .map(|entry| String::from_utf8_lossy(&entry[24..]).into_owned())
        .collect();
    for name in &listed {
        fs::remove_file(guest.dir.join(name)).expect("removing a file");
    }
    let last = bytes[51 + 9 * 27..][..8].try_into().expect("eight bytes");
    let memory = guest.memory();
    dir::fd_readdir(
        &mut guest.host,
        memory,
        3,
        1000,
        8000,
        u64::from_le_bytes(last),
        RESULT,
    )
    .expect("listing");
    assert_eq!(guest.result(), 90 * 27);
}

/// More entries than a window holds, so that places before it are found anew.
#[test]
fn readers_of_one_directory_do_not_disturb_each_other() {
    let mut guest = Guest::new(Method::Automatic);
    for number in 0..1000 {
        fs::write(guest.dir.join(&format!("{number:0>100}")), "").expect("writing a file");
    }
    let all = guest.list_from(3, 50_000, 0);
    assert_eq!(all.len(), 1002);
    for step in [3, 200, 1000] {
        for index in (0..all.len()).step_by(step) {
            for at in [index, all.len() - 1 - index, index / 2] {
                let (cookie, _) = all[at];
                let memory = guest.memory();
                dir::fd_readdir(&mut guest.host, memory, 3, 1000, 200, cookie, RESULT)
                    .expect("listing");
                let expected = all.get(at + 1).map_or("", |(_, name)| name);
                let name = guest.bytes(1024, expected.len());
                assert_eq!(name, expected.as_bytes(), "after {cookie}");
            }
        }
    }
}

#[test]
fn a_time_before_1970_is_0() {
    let mut guest = Guest::new(Method::Automatic);
    let file = fs::File::create(guest.dir.join("file")).expect("creating a file");
    let before = UNIX_EPOCH - Duration::from_millis(1500);
    file.set_times(
        fs::FileTimes::new()
            .set_accessed(before)
            .set_modified(before),
    )
    .expect("setting times");
    let fd = guest.open("file", 0, READ).expect("opening");
    let memory = guest.memory();
    fd::fd_filestat_get(&guest.host, memory, fd, 1000).expect("a file");
    assert_eq!(guest.bytes(1040, 16), [0; 16]);
    assert_ne!(guest.bytes(1056, 8), [0; 8]);
}

#[test]
fn a_cookie_beyond_the_end_lists_nothing() {
    let mut guest = Guest::new(Method::Automatic);
    for cookie in [u64::MAX, u64::MAX - 2, 1 << 63, (1 << 63) + 2] {
        let memory = guest.memory();
        dir::fd_readdir(&mut guest.host, memory, 3, 1000, 100, cookie, RESULT).expect("listing");
        assert_eq!(guest.result(), 0, "{cookie}");
    }
}

#[test]
fn any_number_of_buffers_is_written_and_read() {
    let mut guest = Guest::new(Method::Automatic);
    let file = guest
        .open("file", 1, READ | WRITE)
        .expect("creating a file");
    let text: Vec<u8> = (0..3000u32)
        .map(|index| b'a' + (index % 26) as u8)
        .collect();
    guest.put(1000, &text);
    let buffers: Vec<_> = (0..3000).map(|index| (1000 + index, index % 2)).collect();
    guest.put_buffers(8000, &buffers);
    let memory = guest.memory();
    io::fd_write(&guest.host, memory, file, 8000, 3000, RESULT).expect("writing");
    assert_eq!(guest.result(), 1500);
    let written: Vec<u8> = text.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(fs::read(guest.dir.join("file")).expect("written"), written);
    // Buffers that overlap are all filled, one after the other.
    guest.put_buffers(8000, &[(4000, 0), (4000, 10), (4005, 10), (4002, 3)]);
    let memory = guest.memory();
    io::fd_pread(&guest.host, memory, file, 8000, 4, 0, RESULT).expect("reading");
    assert_eq!(guest.result(), 23);
    assert_eq!(guest.bytes(4002, 3), written[20..23]);
    assert_eq!(guest.bytes(4005, 10), written[10..20]);
}

#[test]
fn a_buffer_outside_memory_is_refused_before_anything_is_written() {
    let mut guest = Guest::new(Method::Automatic);
    let file = guest
        .open("file", 1, READ | WRITE)
        .expect("creating a file");
    for buffers in [
        &[(1000, 8), (65530, 7)][..],
        &[(u32::MAX, 1)],
        &[(0, u32::MAX)],
    ] {
        guest.put_buffers(8000, buffers);
        let (memory, count) = (guest.memory(), buffers.len() as u32);
        let written = io::fd_write(&guest.host, memory, file, 8000, count, RESULT);
        assert_eq!(written, Err(Errno::FAULT));
    }
    let memory = guest.memory();
    assert_eq!(
        io::fd_write(&guest.host, memory, file, 65532, 1, RESULT),
        Err(Errno::FAULT)
    );
    assert_eq!(
        io::fd_write(&guest.host, memory, file, 8000, 1 << 30, RESULT),
        Err(Errno::FAULT)
    );
    assert_eq!(
        io::fd_write(&guest.host, memory, file, 8000, 0, 65533),
        Err(Errno::FAULT)
    );
    assert_eq!(fs::read(guest.dir.join("file")).expect("there"), b"");
}

#[test]
fn a_read_only_directory_cannot_be_changed() {
    let mut guest = Guest::new(Method::Automatic);
    fs::write(guest.dir.join("file"), "text").expect("writing a file");
    fs::create_dir(guest.dir.join("dir")).expect("creating a directory");
    guest.host.fds.get_mut(3).expect("the preopen").is_read_only = true;
    for (open_flags, rights) in [
        (1, READ),
        (8, READ),
        (0, WRITE),
        (0, READ | WRITE),
        (1, WRITE),
    ] {
        assert_eq!(guest.open("file", open_flags, rights), Err(Errno::PERM));
    }
    let file = guest.open("file", 0, READ).expect("opening");
    let dir = guest.open("dir", 2, READ).expect("opening");
    let (a, a_len) = guest.put(200, b"file");
    let (b, b_len) = guest.put(300, b"new");
    let memory = guest.memory();
    let host = &mut guest.host;
    for at in [3, dir] {
        let refused = [
            path::path_create_directory(host, memory, at, b, b_len),
            path::path_filestat_set_times(host, memory, at, 0, a, a_len, 0, 0, 10),
            path::path_link(host, memory, at, 0, a, a_len, at, b, b_len),
            path::path_remove_directory(host, memory, at, a, a_len),
            path::path_rename(host, memory, at, a, a_len, at, b, b_len),
            path::path_symlink(host, memory, a, a_len, at, b, b_len),
            path::path_unlink_file(host, memory, at, a, a_len),
            fd::fd_filestat_set_times(host, memory, at, 0, 0, 10),
        ];
        assert_eq!(refused, [Err(Errno::PERM); 8]);
    }
    assert_eq!(
        fd::fd_filestat_set_size(host, memory, file, 0),
        Err(Errno::PERM)
    );
    assert_eq!(
        fd::fd_filestat_set_times(host, memory, file, 0, 0, 10),
        Err(Errno::PERM)
    );
}

#[test]
fn a_pipe_tells_what_is_in_it_and_when_it_is_closed() {
    let mut guest = Guest::new(Method::Automatic);
    let (reader, writer) = pipe().expect("a pipe");
    let descriptor = Descriptor::owned(reader, Kind::Input, false).expect("a descriptor");
    let fd = guest.host.fds.insert(descriptor).expect("room");
    rustix::io::write(&writer, b"12345").expect("room in the pipe");
    // Both snapshots put a descriptor at the same place.
    let mut subscription = [0; 56];
    subscription[0] = 7;
    subscription[8] = 1;
    subscription[16] = fd as u8;
    guest.put(1000, &subscription);
    for poll_oneoff in [poll::poll_oneoff, snapshot0::poll_oneoff] {
        let memory = guest.memory();
        assert_eq!(
            poll_oneoff(&guest.host, memory, 1000, 2000, 1, RESULT),
            Ok(())
        );
        assert_eq!(guest.result(), 1);
        let event = guest.bytes(2000, 32);
        assert_eq!(
            (event[0], event[8], event[10], event[16], event[24]),
            (7, 0, 1, 5, 0)
        );
    }
    drop(writer);
    let memory = guest.memory();
    // What is left is still there to be read.
    assert_eq!(
        poll::poll_oneoff(&guest.host, memory, 1000, 2000, 1, RESULT),
        Ok(())
    );
    assert_eq!(guest.bytes(2000, 32)[24], 0);
    guest.put_buffers(8000, &[(3000, 5)]);
    assert_eq!(
        io::fd_read(&guest.host, memory, fd, 8000, 1, RESULT),
        Ok(())
    );
    assert_eq!(
        poll::poll_oneoff(&guest.host, memory, 1000, 2000, 1, RESULT),
        Ok(())
    );
    assert_eq!(guest.bytes(2000, 32)[24], 1);
}

#[test]
fn clocks_lie_elsewhere_in_snapshot_0() {
    let mut guest = Guest::new(Method::Automatic);
    let mut preview1 = [0; 48];
    preview1[16..20].copy_from_slice(&1u32.to_le_bytes());
    preview1[24..32].copy_from_slice(&1000u64.to_le_bytes());
    let mut unstable = [0xff; 56];
    unstable[8] = 0;
    unstable[24..28].copy_from_slice(&1u32.to_le_bytes());
    unstable[32..40].copy_from_slice(&1000u64.to_le_bytes());
    unstable[48..50].copy_from_slice(&[0; 2]);
    guest.put(1000, &preview1);
    guest.put(1100, &unstable);
    unstable[0] = 5;
    guest.put(1156, &unstable);
    let memory = guest.memory();
    assert_eq!(
        poll::poll_oneoff(&guest.host, memory, 1000, 2000, 1, RESULT),
        Ok(())
    );
    assert_eq!(
        snapshot0::poll_oneoff(&guest.host, memory, 1100, 2000, 1, RESULT),
        Ok(())
    );
    assert_eq!(
        poll::poll_oneoff(&guest.host, memory, 1100, 2000, 1, RESULT),
        Err(Errno::INVAL)
    );
    assert_eq!(
        poll::poll_oneoff(&guest.host, memory, 1000, 2000, 0, RESULT),
        Err(Errno::INVAL)
    );
}

#[test]
fn whence_counts_otherwise_in_snapshot_0() {
    let mut guest = Guest::new(Method::Automatic);
    fs::write(guest.dir.join("file"), "0123456789").expect("writing a file");
    let file = guest.open("file", 0, READ).expect("opening");
    let memory = guest.memory();
    for (whence, position) in [(0, 4), (1, 8), (2, 14)] {
        assert_eq!(
            io::fd_seek(&guest.host, memory, file, 4, whence, RESULT),
            Ok(())
        );
        assert_eq!(guest.result(), position);
    }
    for (whence, position) in [(2, 4), (0, 8), (1, 14)] {
        assert_eq!(
            snapshot0::fd_seek(&guest.host, memory, file, 4, whence, RESULT),
            Ok(())
        );
        assert_eq!(guest.result(), position);
    }
}

#[test]
fn arguments_and_environment_are_laid_out_as_c_strings() {
    let mut baked = Vec::new();
    write(&mut baked, &Entry::Arg(b"baked"));
    let launch = launch(
        &["app", "a b", ""],
        &["KILN_ENV=X=1\\;2;Y=", "HOME=/"],
        baked,
    );
    let mut guest = Guest::new(Method::Automatic);
    guest
        .host
        .open(Config::new(launch))
        .expect("nothing can fail here");
    let memory = guest.memory();
    assert_eq!(
        args::args_sizes_get(&guest.host, memory, 1000, RESULT),
        Ok(())
    );
    assert_eq!(
        (memory.read(1000), guest.result()),
        (Ok(4u32.to_le_bytes()), 4 + 6 + 4 + 1)
    );
    assert_eq!(args::args_get(&guest.host, memory, 1000, 1016), Ok(()));
    assert_eq!(guest.bytes(1016, 15), b"app\0baked\0a b\0\0");
    assert_eq!(memory.read(1008), Ok(1026u32.to_le_bytes()));
    assert_eq!(
        args::environ_sizes_get(&guest.host, memory, 1000, RESULT),
        Ok(())
    );
    assert_eq!(
        (memory.read(1000), guest.result()),
        (Ok(2u32.to_le_bytes()), 6 + 3)
    );
    assert_eq!(args::environ_get(&guest.host, memory, 1000, 1008), Ok(()));
    assert_eq!(guest.bytes(1008, 9), b"X=1;2\0Y=\0");
    assert_eq!(
        args::args_get(&guest.host, memory, 65530, 0),
        Err(Errno::FAULT)
    );
}
