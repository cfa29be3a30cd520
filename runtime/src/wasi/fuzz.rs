//! A test that calls every function, but for `proc_exit`, with random descriptors, pointers, lengths
//! and flags: nothing may crash, write outside the guest's memory, leave its directory or leak a
//! descriptor. Beside that directory the guest has an embedded one.

use super::errno::Errno;
use super::{args, clock, dir, fd, io, path, poll, proc, random, snapshot0, sock};
use crate::config::Text;
use crate::embed::{Open, Place};
use crate::fd::Descriptor;
use crate::guest::Memory;
use crate::host::Host;
use crate::path::Method;
use crate::testing::{Guest, TempDir, image};
use kiln_abi::embed::Image;
use rustix::fs::OFlags;
use std::fs;

const ITERATIONS: u32 = 60_000;
/// Bytes of memory; as many lie before and after it, which must not change.
const LEN: usize = 8192;
const GUARD: u8 = 0xa5;

/// Where paths lie, and the paths.
const PATHS: u32 = 64;
const NAMES: [&str; 14] = [
    "a",
    "b",
    "d",
    "d/",
    "d/a",
    "l",
    "l/a",
    "d/..",
    "../x",
    "..",
    "/",
    ".",
    "",
    "d/../../x",
];

/// Vigna's xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 8) % limit
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn any(&mut self) -> u32 {
        self.next() as u32
    }

    fn descriptor(&mut self) -> u32 {
        if self.one_in(20) {
            self.any()
        } else {
            3 + self.below(12) as u32
        }
    }

    fn pointer(&mut self) -> u32 {
        match self.below(8) {
            0 => self.any(),
            1 => u32::MAX - self.below(64) as u32,
            2 => LEN as u32 - self.below(64) as u32,
            _ => 1024 + self.below(6000) as u32,
        }
    }

    fn len(&mut self) -> u32 {
        match self.below(8) {
            0 => self.any(),
            1 => u32::MAX - self.below(8) as u32,
            2 => 0,
            _ => self.below(500) as u32,
        }
    }

    fn flags(&mut self) -> u32 {
        if self.one_in(20) {
            self.any()
        } else {
            self.below(32) as u32
        }
    }

    fn offset(&mut self) -> u64 {
        if self.one_in(8) {
            self.next()
        } else {
            self.below(10_000)
        }
    }

    /// A path's pointer and length, most often those of one of [`NAMES`].
    fn path(&mut self) -> (u32, u32) {
        if self.one_in(10) {
            return (self.pointer(), self.len());
        }
        let index = self.below(NAMES.len() as u64) as usize;
        (PATHS + 16 * index as u32, NAMES[index].len() as u32)
    }
}

fn call(r: &mut Random, host: &mut Host, memory: Memory) -> Result<(), Errno> {
    let (fd, other) = (r.descriptor(), r.descriptor());
    let (p, q, len, count) = (r.pointer(), r.pointer(), r.len(), r.below(40) as u32);
    let ((path, path_len), (to, to_len)) = (r.path(), r.path());
    let (flags, offset) = (r.flags(), r.offset());
    match r.below(53) {
        0 => args::args_get(host, memory, p, q),
        1 => args::args_sizes_get(host, memory, p, q),
        2 => args::environ_get(host, memory, p, q),
        3 => args::environ_sizes_get(host, memory, p, q),
        4 => clock::clock_res_get(host, memory, flags, p),
        5 => clock::clock_time_get(host, memory, flags, offset, p),
        6 => fd::fd_advise(host, memory, fd, offset, r.offset(), flags),
        7 => fd::fd_allocate(host, memory, fd, offset % 100_000, u64::from(count)),
        8 => fd::fd_close(host, memory, fd.max(5)),
        9 => fd::fd_datasync(host, memory, fd),
        10 => fd::fd_fdstat_get(host, memory, fd, p),
        11 => fd::fd_fdstat_set_flags(host, memory, fd, flags),
        12 => fd::fd_fdstat_set_rights(host, memory, fd, offset, offset),
        13 => fd::fd_filestat_get(host, memory, fd, p),
        14 => fd::fd_filestat_set_size(host, memory, fd, offset % 100_000),
        15 => fd::fd_filestat_set_times(host, memory, fd, offset, r.offset(), flags),
        16 => io::fd_pread(host, memory, fd, p, count, offset, q),
        17 => fd::fd_prestat_get(host, memory, fd, p),
        18 => fd::fd_prestat_dir_name(host, memory, fd, p, len),
        19 => io::fd_pwrite(host, memory, fd, p, count, offset % 100_000, q),
        20 => io::fd_read(host, memory, fd, p, count, q),
        21 => dir::fd_readdir(host, memory, fd, p, len, offset, q),
        22 => fd::fd_renumber(host, memory, fd.max(5), other.max(5)),
        23 => io::fd_seek(host, memory, fd, offset, flags % 4, p),
        24 => fd::fd_sync(host, memory, fd),
        25 => io::fd_tell(host, memory, fd, p),
        26 => io::fd_write(host, memory, fd, p, count, q),
        27 => path::path_create_directory(host, memory, fd, path, path_len),
        28 => path::path_filestat_get(host, memory, fd, flags % 3, path, path_len, p),
        29 => path::path_filestat_set_times(
            host,
            memory,
            fd,
            flags % 3,
            path,
            path_len,
            offset,
            offset,
            flags,
        ),
        30 => path::path_link(
            host,
            memory,
            fd,
            flags % 2,
            path,
            path_len,
            other,
            to,
            to_len,
        ),
        31..35 => path::path_open(
            host,
            memory,
            3 + r.below(2) as u32,
            flags % 3,
            path,
            path_len,
            flags / 2,
            r.next(),
            0,
            r.flags() & !16,
            p,
        ),
        35 => path::path_readlink(host, memory, fd, path, path_len, p, len, q),
        36 => path::path_remove_directory(host, memory, fd, path, path_len),
        37 => path::path_rename(host, memory, fd, path, path_len, other, to, to_len),
        38 => path::path_symlink(host, memory, path, path_len, fd, to, to_len),
        39 => path::path_unlink_file(host, memory, fd, path, path_len),
        40 => random::random_get(host, memory, p, len % 4096),
        41 => proc::proc_raise(host, memory, flags.max(31)),
        42 => sock::sock_recv(host, memory, fd, p, count, flags, q, p),
        43 => sock::sock_send(host, memory, fd, p, count, 0, q),
        44 => snapshot0::fd_filestat_get(host, memory, fd, p),
        45 => snapshot0::path_filestat_get(host, memory, fd, flags % 3, path, path_len, p),
        46 => snapshot0::fd_fdstat_get(host, memory, fd, p),
        47 => snapshot0::fd_seek(host, memory, fd, offset, flags % 4, p),
        48 => sock::sock_accept(host, memory, fd, flags, p),
        49 => sock::sock_shutdown(host, memory, fd, flags % 4),
        50 => proc::sched_yield(host, memory),
        // A clock with a random time could wait for ever.
        51 => snapshot0::poll_oneoff(host, memory, p, q, (len as u8 as u32) << 24, p),
        _ => poll::poll_oneoff(host, memory, p, q, (len as u8 as u32) << 24, p),
    }
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("/proc").count()
}

#[test]
fn random_calls_do_no_harm() {
    let outer = TempDir::new();
    fs::write(outer.join("x"), "untouched").expect("writing a file");
    for (method, seed) in [(Method::Beneath, 0x9e37_79b9), (Method::Walk, 0x1234_5677)] {
        fs::create_dir(outer.join("jail")).expect("creating a directory");
        let mut guest = Guest::beneath(outer.join("jail"), method);
        let tree = Place::root(Image(image().leak()), 0).expect("a tree");
        let embedded = Open::new(tree, OFlags::empty());
        let embedded = Descriptor::embedded(embedded, Some(Text::plain(b"/e")));
        let embedded = guest.host.fds.insert(embedded.expect("a directory"));
        assert_eq!(embedded, Ok(4));
        let mut bytes = vec![GUARD; 3 * LEN];
        bytes[LEN..2 * LEN].fill(0);
        let memory = Memory {
            base: bytes[LEN..].as_mut_ptr(),
            len: LEN,
        };
        let mut random = Random(seed);
        let mut succeeded = 0;
        for _ in 0..ITERATIONS {
            for (index, name) in NAMES.iter().enumerate() {
                memory
                    .write(PATHS + 16 * index as u32, name.as_bytes())
                    .expect("inside");
            }
            succeeded += u32::from(call(&mut random, &mut guest.host, memory).is_ok());
        }
        assert!(
            succeeded > ITERATIONS / 20,
            "only {succeeded} calls did anything"
        );
        assert!(
            bytes[..LEN]
                .iter()
                .chain(&bytes[2 * LEN..])
                .all(|&byte| byte == GUARD)
        );
        assert_eq!(
            fs::read(outer.join("x")).expect("still there"),
            b"untouched"
        );
        let names = fs::read_dir(&outer.0).expect("still there").count();
        assert_eq!(names, 2, "something was made outside");
    }
    // Other tests open descriptors too, but not thousands.
    assert!(open_descriptors() < 200);
}
