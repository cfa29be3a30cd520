//! The file of a program that counts how often its parts run: its pages take the place of those in the
//! state that hold the counters, before the program runs and the sandbox closes. So nothing is to be
//! done when it ends, whatever ends it, and the guest can neither reach nor name the file.

use crate::config::Config;
use crate::given_text::Text;
use crate::host::open_host;
use crate::program;
use crate::refusal::Refusal;
use core::ptr;
use core::slice;
use kiln_abi::layout::Program;
use kiln_abi::layout::here::STATE_BASE;
use kiln_abi::profile::MAGIC;
use rustix::fd::OwnedFd;
use rustix::fs::{FallocateFlags, FileType, OFlags, fallocate, fstat, ftruncate};
use rustix::io::{self, Errno};
use rustix::mm::{MapFlags, MremapFlags, ProtFlags, mmap, mremap_fixed};

/// The file where the launch names none, in the directory that the program is started in.
const DEFAULT: &[u8] = b"default.kprof";

/// Puts the file in its place, if the program counts.
pub fn open(program: &Program, config: Config) -> Result<(), Refusal> {
    match program::open_profile() {
        Some(open) => open(program, config),
        None if config.profile_file().is_some() => Err(Refusal::NoProfile),
        None => Ok(()),
    }
}

/// Puts the file in its place. A program with rights that whoever launches it has not writes no file.
#[unsafe(no_mangle)]
fn kiln_open_profile(program: &Program, config: Config) -> Result<(), Refusal> {
    let named = config.profile_file();
    if config.is_privileged() {
        return Ok(());
    }
    let name = named.unwrap_or(Text::plain(DEFAULT));
    let refused = |call| {
        move |why| Refusal::Grant {
            what: b"count in the file",
            call,
            name,
            why,
        }
    };
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NONBLOCK;
    let file = open_host(name, flags).map_err(refused(b"openat"))?;
    let stat = fstat(&file).map_err(refused(b"fstat"))?;
    let is_regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let (size, len) = (stat.st_size as u64, program.profile_len);
    if !is_regular || size != 0 && size != len {
        return Err(Refusal::OtherProfile { name });
    }
    if size == 0 {
        extend(&file, len).map_err(refused(b"fallocate or ftruncate"))?;
    }
    let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
    // SAFETY: a new mapping, which replaces none.
    let mapped = unsafe { mmap(ptr::null_mut(), len as usize, protection, flags, &file, 0) };
    let mapped = mapped.map_err(refused(b"mmap"))?;
    let place = (STATE_BASE + program.profile) as *mut u8;
    let head_len = program.profile_head_len as usize;
    // SAFETY: the compiler has planned that many bytes there, and the file has as many. Nothing else refers to
    // them yet; another process that counts in the file changes the counters alone.
    let (ours, found) = unsafe {
        let ours = slice::from_raw_parts(place, head_len);
        (
            ours,
            slice::from_raw_parts_mut(mapped.cast::<u8>(), head_len),
        )
    };
    if found.starts_with(&[0; MAGIC.len()]) {
        found.copy_from_slice(ours);
    } else if *found != *ours {
        return Err(Refusal::OtherProfile { name });
    }
    let (len, place) = (len as usize, place.cast());
    // SAFETY: the pages there hold what the file has, and counters that are 0.
    let moved = unsafe { mremap_fixed(mapped, len, len, MremapFlags::MAYMOVE, place) };
    moved.map(drop).map_err(refused(b"mremap"))
}

/// Gives a file its length, with room on the disk where its file system can tell.
fn extend(file: &OwnedFd, len: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, len) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => ftruncate(file, len),
        done => done,
    }
}
