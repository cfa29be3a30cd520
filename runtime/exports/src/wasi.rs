//! What a program links: every function, and those of snapshot 0 that differ, `extern "C"`, taking
//! the instance and what the import's core type says (`i32` as `u32`, `i64` as `u64`) and giving an
//! error number.
//! Here alone the functions meet the host and the memory of an instance.

use kiln_runtime::guest::Memory;
use kiln_runtime::host::Host;
use kiln_runtime::instance::{Instance, State};
use kiln_runtime::wasi::errno::Errno;
use kiln_runtime::wasi::{args, clock, dir, fd, io, path, poll, proc, random, snapshot0, sock};

/// Acts on the host and the memory of an instance.
///
/// # Safety
///
/// `state` must be that of the instance whose compiled code calls.
#[inline(always)]
unsafe fn call(state: *mut State, act: impl FnOnce(&mut Host, Memory) -> Result<(), Errno>) -> u32 {
    // SAFETY: the caller's promise; no host function calls compiled code or another.
    let instance = unsafe { Instance::of(state) };
    let memory = instance.guest_memory();
    Errno::code(act(&mut instance.host, memory))
}

macro_rules! export {
    ($path:literal: $($family:ident::$name:ident($($arg:ident: $type:ty),*);)*) => {$(
        #[unsafe(export_name = concat!($path, stringify!($name)))]
        unsafe extern "C" fn $name(state: *mut State, $($arg: $type),*) -> u32 {
            // SAFETY: compiled code passes its instance.
            unsafe { call(state, |host, memory| $family::$name(host, memory, $($arg),*)) }
        }
    )*};
}

export! { "kiln::wasi::":
    args::args_get(pointers: u32, bytes: u32);
    args::args_sizes_get(count: u32, len: u32);
    args::environ_get(pointers: u32, bytes: u32);
    args::environ_sizes_get(count: u32, len: u32);
    clock::clock_res_get(id: u32, result: u32);
    clock::clock_time_get(id: u32, precision: u64, result: u32);
    fd::fd_advise(fd: u32, offset: u64, len: u64, advice: u32);
    fd::fd_allocate(fd: u32, offset: u64, len: u64);
    fd::fd_close(fd: u32);
    fd::fd_datasync(fd: u32);
    fd::fd_fdstat_set_flags(fd: u32, flags: u32);
    fd::fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
    fd::fd_filestat_set_size(fd: u32, size: u64);
    fd::fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, flags: u32);
    fd::fd_prestat_dir_name(fd: u32, buffer: u32, len: u32);
    fd::fd_prestat_get(fd: u32, result: u32);
    fd::fd_renumber(from: u32, to: u32);
    fd::fd_sync(fd: u32);
    io::fd_pread(fd: u32, buffers: u32, count: u32, offset: u64, result: u32);
    io::fd_pwrite(fd: u32, buffers: u32, count: u32, offset: u64, result: u32);
    io::fd_read(fd: u32, buffers: u32, count: u32, result: u32);
    io::fd_tell(fd: u32, result: u32);
    io::fd_write(fd: u32, buffers: u32, count: u32, result: u32);
    dir::fd_readdir(fd: u32, buffer: u32, len: u32, cookie: u64, result: u32);
    path::path_create_directory(dir: u32, path: u32, path_len: u32);
    path::path_filestat_set_times(
        dir: u32, flags: u32, path: u32, path_len: u32, atim: u64, mtim: u64, time_flags: u32
    );
    path::path_link(
        old_dir: u32, old_flags: u32, old_path: u32, old_path_len: u32,
        new_dir: u32, new_path: u32, new_path_len: u32
    );
    path::path_open(
        dir: u32, lookup_flags: u32, path: u32, path_len: u32, open_flags: u32,
        rights_base: u64, rights_inheriting: u64, fd_flags: u32, result: u32
    );
    path::path_readlink(
        dir: u32, path: u32, path_len: u32, buffer: u32, len: u32, result: u32
    );
    path::path_remove_directory(dir: u32, path: u32, path_len: u32);
    path::path_rename(
        old_dir: u32, old_path: u32, old_path_len: u32,
        new_dir: u32, new_path: u32, new_path_len: u32
    );
    path::path_symlink(target: u32, target_len: u32, dir: u32, path: u32, path_len: u32);
    path::path_unlink_file(dir: u32, path: u32, path_len: u32);
    proc::proc_raise(signal: u32);
    proc::sched_yield();
    random::random_get(buffer: u32, len: u32);
    sock::sock_recv(
        fd: u32, buffers: u32, count: u32, flags: u32, len: u32, out_flags: u32
    );
    sock::sock_send(fd: u32, buffers: u32, count: u32, flags: u32, len: u32);
    sock::sock_shutdown(fd: u32, how: u32);
    fd::fd_fdstat_get(fd: u32, result: u32);
    fd::fd_filestat_get(fd: u32, result: u32);
    io::fd_seek(fd: u32, offset: u64, whence: u32, result: u32);
    path::path_filestat_get(dir: u32, flags: u32, path: u32, path_len: u32, result: u32);
    poll::poll_oneoff(subscriptions: u32, events: u32, count: u32, result: u32);
    sock::sock_accept(fd: u32, flags: u32, result: u32);
}

/// What snapshot 0 has otherwise.
mod unstable {
    use super::*;
    export! { "kiln::wasi_unstable::":
        snapshot0::fd_fdstat_get(fd: u32, result: u32);
        snapshot0::fd_filestat_get(fd: u32, result: u32);
        snapshot0::fd_seek(fd: u32, offset: u64, whence: u32, result: u32);
        snapshot0::path_filestat_get(dir: u32, flags: u32, path: u32, path_len: u32, result: u32);
        snapshot0::poll_oneoff(subscriptions: u32, events: u32, count: u32, result: u32);
    }
}

/// `proc_exit`.
#[unsafe(export_name = "kiln::wasi::proc_exit")]
unsafe extern "C" fn preview1_proc_exit(state: *mut State, code: u32) -> ! {
    // SAFETY: compiled code passes its instance.
    unsafe { Instance::of(state) }.exit(code)
}
