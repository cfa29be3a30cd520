//! The WASI functions: `wasi_snapshot_preview1` (witx of `phases/snapshot`) and `wasi_unstable`
//! (`phases/old/snapshot_0`), which differ in the layout of what pointers point to, not in core types.
//!
//! [`wasi_functions`](crate::wasi_functions) is the one list of them. The compiler makes of it the types
//! that imports must have, the runtime the functions that it exports and the calls of its fuzz test.

/// Calls a macro with the WASI functions.
///
/// `preview1` lists all functions but `proc_exit`, which gives nothing: the module of the runtime's
/// `wasi` that implements it, its name, its parameters, and the groups of [`crate::syscalls`] that it
/// needs. A `u32` is an `i32` of the core type, a `u64` an
/// `i64`. Each gives an error number, an `i32`. `unstable` lists those of snapshot 0 that read or write
/// other layouts. Snapshot 0 has no `sock_accept`, which came with preview1's second printing.
#[macro_export]
macro_rules! wasi_functions {
    ($then:path) => {
        $then! {
            preview1 {
                args::args_get(pointers: u32, bytes: u32) needs [NOTHING];
                args::args_sizes_get(count_result: u32, len_result: u32) needs [NOTHING];
                args::environ_get(pointers: u32, bytes: u32) needs [NOTHING];
                args::environ_sizes_get(count_result: u32, len_result: u32) needs [NOTHING];
                clock::clock_res_get(id: u32, result: u32) needs [RESOLUTION];
                clock::clock_time_get(id: u32, precision: u64, result: u32) needs [TIME];
                fd::fd_advise(fd: u32, offset: u64, len: u64, advice: u32) needs [ADVISE];
                fd::fd_allocate(fd: u32, offset: u64, len: u64) needs [ALLOCATE];
                fd::fd_close(fd: u32) needs [CLOSE];
                fd::fd_datasync(fd: u32) needs [SYNC_DATA];
                fd::fd_fdstat_get(fd: u32, result: u32) needs [GET_FLAGS, STREAM];
                fd::fd_fdstat_set_flags(fd: u32, flags: u32) needs [GET_FLAGS, SET_FLAGS];
                fd::fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64) needs [NOTHING];
                fd::fd_filestat_get(fd: u32, result: u32) needs [STAT, STREAM];
                fd::fd_filestat_set_size(fd: u32, size: u64) needs [TRUNCATE];
                fd::fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, flags: u32) needs [SET_TIMES];
                fd::fd_prestat_dir_name(fd: u32, buffer: u32, len: u32) needs [NOTHING];
                fd::fd_prestat_get(fd: u32, result: u32) needs [NOTHING];
                fd::fd_renumber(from: u32, to: u32) needs [CLOSE];
                fd::fd_sync(fd: u32) needs [SYNC];
                io::fd_pread(fd: u32, buffers: u32, count: u32, offset: u64, result: u32) needs [READ_AT];
                io::fd_pwrite(fd: u32, buffers: u32, count: u32, offset: u64, result: u32) needs [WRITE_AT];
                io::fd_read(fd: u32, buffers: u32, count: u32, result: u32) needs [READ];
                io::fd_seek(fd: u32, offset: u64, whence: u32, result: u32) needs [SEEK];
                io::fd_tell(fd: u32, result: u32) needs [SEEK];
                io::fd_write(fd: u32, buffers: u32, count: u32, result: u32) needs [WRITE];
                dir::fd_readdir(fd: u32, buffer: u32, len: u32, cookie: u64, result: u32) needs [LIST, STAT, STAT_AT];
                path::path_create_directory(dir: u32, path: u32, path_len: u32) needs [RESOLVE, MAKE_DIRECTORY];
                path::path_filestat_get(
                    dir: u32, flags: u32, path: u32, path_len: u32, result: u32
                ) needs [RESOLVE, STAT, STAT_AT];
                path::path_filestat_set_times(
                    dir: u32, flags: u32, path: u32, path_len: u32, atim: u64, mtim: u64,
                    time_flags: u32
                ) needs [RESOLVE, SET_TIMES];
                path::path_link(
                    old_dir: u32, old_flags: u32, old_path: u32, old_path_len: u32,
                    new_dir: u32, new_path: u32, new_path_len: u32
                ) needs [RESOLVE, LINK];
                path::path_open(
                    dir: u32, lookup_flags: u32, path: u32, path_len: u32, open_flags: u32,
                    rights_base: u64, rights_inheriting: u64, fd_flags: u32, result: u32
                ) needs [RESOLVE, KEEP, STAT, STAT_AT, FILE_SYSTEM, TRUNCATE];
                path::path_readlink(
                    dir: u32, path: u32, path_len: u32, buffer: u32, len: u32, result: u32
                ) needs [RESOLVE, READ_LINK];
                path::path_remove_directory(dir: u32, path: u32, path_len: u32) needs [RESOLVE, UNLINK];
                path::path_rename(
                    old_dir: u32, old_path: u32, old_path_len: u32,
                    new_dir: u32, new_path: u32, new_path_len: u32
                ) needs [RESOLVE, RENAME];
                path::path_symlink(
                    target: u32, target_len: u32, dir: u32, path: u32, path_len: u32
                ) needs [RESOLVE, SYMLINK];
                path::path_unlink_file(dir: u32, path: u32, path_len: u32) needs [RESOLVE, UNLINK];
                poll::poll_oneoff(subscriptions: u32, events: u32, count: u32, result: u32) needs [WAIT, TIME, AVAILABLE];
                proc::proc_raise(signal: u32) needs [RAISE];
                proc::sched_yield() needs [YIELD];
                random::random_get(buffer: u32, len: u32) needs [RANDOM];
                sock::sock_accept(fd: u32, flags: u32, result: u32) needs [ACCEPT, KEEP, SOCKET_TYPE];
                sock::sock_recv(
                    fd: u32, buffers: u32, count: u32, flags: u32, len_result: u32,
                    flags_result: u32
                ) needs [RECEIVE, SOCKET_TYPE];
                sock::sock_send(fd: u32, buffers: u32, count: u32, flags: u32, len_result: u32) needs [SEND];
                sock::sock_shutdown(fd: u32, how: u32) needs [SHUTDOWN];
            }
            unstable {
                snapshot0::fd_fdstat_get(fd: u32, result: u32) needs [GET_FLAGS, STREAM];
                snapshot0::fd_filestat_get(fd: u32, result: u32) needs [STAT, STREAM];
                snapshot0::fd_seek(fd: u32, offset: u64, whence: u32, result: u32) needs [SEEK];
                snapshot0::path_filestat_get(
                    dir: u32, flags: u32, path: u32, path_len: u32, result: u32
                ) needs [RESOLVE, STAT, STAT_AT];
                snapshot0::poll_oneoff(subscriptions: u32, events: u32, count: u32, result: u32) needs [WAIT, TIME, AVAILABLE];
            }
        }
    };
}

/// The one function that gives nothing. Its parameter is a `u32`.
pub const PROC_EXIT: &str = "proc_exit";

use crate::syscalls::Call;

/// A WASI function other than [`PROC_EXIT`].
#[derive(Clone, Copy, Debug)]
pub struct WasiFunction {
    /// Its name as an import has it.
    pub name: &'static str,
    /// The sizes of its parameters in bytes: 4 or 8.
    pub params: &'static [usize],
    /// The system calls that it needs, in groups.
    pub calls: &'static [&'static [Call]],
}

macro_rules! lists {
    (preview1 { $($preview1:tt)* } unstable { $($unstable:tt)* }) => {
        /// The functions of preview1.
        pub const PREVIEW1: &[WasiFunction] = list!($($preview1)*);
        /// Those of snapshot 0 that differ.
        pub const UNSTABLE: &[WasiFunction] = list!($($unstable)*);
    };
}

macro_rules! list {
    ($($module:ident::$name:ident($($arg:ident: $type:ty),*) needs [$($calls:ident),*];)*) => {
        &[$(WasiFunction {
            name: stringify!($name),
            params: &[$(size_of::<$type>()),*],
            calls: &[$(crate::syscalls::$calls),*],
        }),*]
    };
}

wasi_functions!(lists);

#[cfg(test)]
mod tests {
    use super::{PREVIEW1, UNSTABLE};

    #[test]
    fn functions_of_snapshot_0_have_the_core_types_of_preview1() {
        for function in UNSTABLE {
            let same = PREVIEW1.iter().find(|other| other.name == function.name);
            assert_eq!(
                same.map(|other| other.params),
                Some(function.params),
                "{}",
                function.name
            );
        }
    }
}
