//! The system calls that an executable makes once its sandbox is up: for each WASI function those of
//! its row in [`crate::contract`], for the runtime itself [`RUNTIME`] and what stands beside it.
//!
//! Each name here stands for a group of calls. Where an argument says what a call does, the group says
//! which values it takes. The compiler makes the filter of these ([seccomp(2)]), and lists them.
//!
//! [seccomp(2)]: https://man7.org/linux/man-pages/man2/seccomp.2.html

use linux_raw_sys::general as linux;
use linux_raw_sys::ioctl::{FIONREAD, TIOCGWINSZ};

/// A system call, with what its arguments must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    pub number: u32,
    /// All that must hold of its arguments.
    pub tests: &'static [Test],
}

/// A condition on an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Test {
    /// The argument's index, from 0.
    pub argument: u8,
    /// The bits that count, of the lower 32: the kernel takes no more of the arguments tested here, or
    /// gives the upper ones no meaning.
    pub mask: u32,
    /// The value that these bits must have.
    pub value: u32,
}

/// A value in a [`Test`] that stands for the number of the process, which is known at launch.
/// No other test compares with it.
pub const OWN_PROCESS: u32 = u32::MAX;

/// An instruction of a filter: `struct sock_filter` of linux/filter.h.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "alloc", derive(bytemuck::NoUninit))]
pub struct Instruction {
    /// The operation.
    pub code: u16,
    /// Instructions to skip where its test holds.
    pub jump_true: u8,
    /// Instructions to skip where it does not.
    pub jump_false: u8,
    /// Its operand.
    pub operand: u32,
}

/// [`Instruction::code`] of a comparison for equality with the operand: `BPF_JMP | BPF_JEQ | BPF_K`.
pub const IF_EQUAL: u16 = 0x15;
/// [`Instruction::code`] of the end: `BPF_RET | BPF_K`.
pub const RETURN: u16 = 0x06;
/// Operand of [`RETURN`]: the call is made (`SECCOMP_RET_ALLOW`).
pub const ALLOW: u32 = 0x7fff_0000;
/// Operand of [`RETURN`]: the process is sent SIGSYS (`SECCOMP_RET_TRAP`).
pub const STOP: u32 = 0x0003_0000;
/// Operand of [`RETURN`]: the call fails with EPERM (`SECCOMP_RET_ERRNO`).
pub const REFUSE: u32 = 0x0005_0001;

/// The most instructions of a filter: the runtime copies it to its stack.
pub const FILTER_MAX: usize = 1024;

/// The names of system calls in a row, each character five bits, its place in [`ALPHABET`], and each name
/// ended by a zero. It takes five eighths of what bytes would.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a>(pub &'a [u8]);

/// The characters of names: no system call has others. The first ends a name.
const ALPHABET: &[u8; 32] = b"\0abcdefghijklmnopqrstuvwxy_12346";

impl Names<'_> {
    /// The name with an index, in `buffer`; empty where there is none. What has no room is cut off.
    pub fn find(self, mut index: usize, buffer: &mut [u8; 32]) -> &[u8] {
        let (mut bits, mut count, mut len) = (0, 0, 0);
        for byte in self.0 {
            bits |= u32::from(*byte) << count;
            count += 8;
            while count >= 5 {
                let character = ALPHABET[(bits & 31) as usize];
                bits >>= 5;
                count -= 5;
                match character {
                    0 if index == 0 => return buffer.get(..len).unwrap_or_default(),
                    0 => index -= 1,
                    _ if index > 0 => {}
                    _ => {
                        if let Some(place) = buffer.get_mut(len) {
                            *place = character;
                            len += 1;
                        }
                    }
                }
            }
        }
        b""
    }

    /// Writes names. A character that none has becomes an underscore.
    #[cfg(feature = "alloc")]
    pub fn write<'a>(names: impl Iterator<Item = &'a str>) -> alloc::vec::Vec<u8> {
        let place = |byte| ALPHABET.iter().position(|known| *known == byte);
        let symbol = |byte| place(byte).or(place(b'_')).unwrap_or_default();
        let symbols = names.flat_map(|name| name.bytes().chain([0]).map(symbol));
        let mut bytes = alloc::vec::Vec::new();
        let (mut bits, mut count) = (0u32, 0);
        for symbol in symbols {
            bits |= (symbol as u32) << count;
            count += 5;
            while count >= 8 {
                bytes.push(bits as u8);
                bits >>= 8;
                count -= 8;
            }
        }
        // A zero more ends the last name where its own does not fill a byte.
        bytes.push(bits as u8);
        bytes
    }
}

/// The machine instruction set of the filter's system calls: `AUDIT_ARCH_X86_64` of linux/audit.h.
pub const ARCHITECTURE: u32 = 0xc000_003e;

/// Exit status of a program that its sandbox ended: what a shell shows for SIGSYS.
pub const STATUS_SANDBOX: i32 = 128 + 31;

/// Bit of [`crate::layout::Program::sandbox`]: the program can move or link files between directories.
pub const MOVES_FILES: u64 = 1;
/// Bit of [`crate::layout::Program::sandbox`]: the program does not start without its sandbox.
pub const REQUIRED: u64 = 4;
/// Bit of [`crate::layout::Program::sandbox`]: files of procfs and its like are as good as others.
pub const SYSTEM_FILES: u64 = 2;

const fn is(argument: u8, value: u32) -> Test {
    masked(argument, u32::MAX, value)
}

const fn masked(argument: u8, mask: u32, value: u32) -> Test {
    Test {
        argument,
        mask,
        value,
    }
}

macro_rules! groups {
    ($($(#[$doc:meta])* $group:ident = [$($name:ident $(($($test:expr),*))?),* $(,)?];)*) => {
        $($(#[$doc])* pub const $group: &[Call] = &[$(Call {
            name: stringify!($name),
            number: number::$name,
            tests: &[$($($test),*)?],
        }),*];)*
    };
}

/// Numbers by name.
#[allow(missing_docs, non_upper_case_globals)]
mod number {
    use super::linux::*;

    macro_rules! numbers {
        ($($name:ident = $number:ident),* $(,)?) => { $(pub const $name: u32 = $number;)* };
    }

    numbers! {
        accept4 = __NR_accept4,
        arch_prctl = __NR_arch_prctl,
        bind = __NR_bind,
        clock_getres = __NR_clock_getres,
        clock_gettime = __NR_clock_gettime,
        close = __NR_close,
        close_range = __NR_close_range,
        execve = __NR_execve,
        exit = __NR_exit,
        exit_group = __NR_exit_group,
        fadvise64 = __NR_fadvise64,
        fallocate = __NR_fallocate,
        fcntl = __NR_fcntl,
        fdatasync = __NR_fdatasync,
        fstat = __NR_fstat,
        fstatfs = __NR_fstatfs,
        fsync = __NR_fsync,
        ftruncate = __NR_ftruncate,
        futex = __NR_futex,
        getdents64 = __NR_getdents64,
        getpid = __NR_getpid,
        getrandom = __NR_getrandom,
        getsockopt = __NR_getsockopt,
        gettid = __NR_gettid,
        ioctl = __NR_ioctl,
        kill = __NR_kill,
        landlock_add_rule = __NR_landlock_add_rule,
        landlock_create_ruleset = __NR_landlock_create_ruleset,
        landlock_restrict_self = __NR_landlock_restrict_self,
        linkat = __NR_linkat,
        listen = __NR_listen,
        lseek = __NR_lseek,
        madvise = __NR_madvise,
        mkdirat = __NR_mkdirat,
        mmap = __NR_mmap,
        mprotect = __NR_mprotect,
        mremap = __NR_mremap,
        munmap = __NR_munmap,
        newfstatat = __NR_newfstatat,
        openat = __NR_openat,
        openat2 = __NR_openat2,
        ppoll = __NR_ppoll,
        prctl = __NR_prctl,
        pread64 = __NR_pread64,
        preadv = __NR_preadv,
        prlimit64 = __NR_prlimit64,
        pwrite64 = __NR_pwrite64,
        pwritev = __NR_pwritev,
        read = __NR_read,
        readlinkat = __NR_readlinkat,
        readv = __NR_readv,
        recvmsg = __NR_recvmsg,
        renameat = __NR_renameat,
        restart_syscall = __NR_restart_syscall,
        rt_sigaction = __NR_rt_sigaction,
        rt_sigprocmask = __NR_rt_sigprocmask,
        rt_sigreturn = __NR_rt_sigreturn,
        sched_yield = __NR_sched_yield,
        seccomp = __NR_seccomp,
        sendmsg = __NR_sendmsg,
        setitimer = __NR_setitimer,
        setsockopt = __NR_setsockopt,
        shutdown = __NR_shutdown,
        sigaltstack = __NR_sigaltstack,
        socket = __NR_socket,
        symlinkat = __NR_symlinkat,
        tgkill = __NR_tgkill,
        unlinkat = __NR_unlinkat,
        utimensat = __NR_utimensat,
        write = __NR_write,
        writev = __NR_writev,
    }
}

const ANONYMOUS: Test = masked(3, linux::MAP_ANONYMOUS, linux::MAP_ANONYMOUS);
const SOL_SOCKET: u32 = 1;
const GETS_FLAGS: Test = is(1, linux::F_GETFL);
const DUPLICATES: Test = is(1, linux::F_DUPFD_CLOEXEC);

/// No access but these two, and no flag besides.
const fn reads_and_writes(argument: u8) -> Test {
    masked(argument, !(linux::PROT_READ | linux::PROT_WRITE), 0)
}

groups! {
    /// The calls of each executable: it ends, with last words on standard error, and uses memory. No memory
    /// becomes executable, and none is a file's.
    RUNTIME = [
        write(is(0, 2)),
        exit_group,
        exit,
        rt_sigreturn,
        // The kernel has it made when a call that waits goes on after the process was stopped.
        restart_syscall,
        mmap(reads_and_writes(2), ANONYMOUS),
        mprotect(reads_and_writes(2)),
        munmap,
        mremap,
        madvise(is(2, linux::MADV_DONTDUMP)),
        madvise(is(2, linux::MADV_DODUMP)),
        getpid,
        gettid,
        // A fault that is no trap is sent again, and KILN_TRAP=abort raises SIGABRT.
        kill(is(0, OWN_PROCESS)),
        tgkill(is(0, OWN_PROCESS)),
        rt_sigprocmask,
        rt_sigaction(is(0, linux::SIGABRT)),
        // The last words of a program whose time is up.
        rt_sigaction(is(0, linux::SIGALRM)),
    ];
    /// The calls that the runtime makes besides before the sandbox is up. The filter has none of them.
    START = [
        execve,
        mprotect(is(2, 0)),
        arch_prctl,
        prlimit64,
        sigaltstack,
        rt_sigaction,
        setitimer,
        openat,
        read,
        close,
        fcntl,
        socket,
        setsockopt,
        getsockopt,
        bind,
        listen,
        close_range,
        prctl,
        landlock_create_ruleset,
        landlock_add_rule,
        landlock_restrict_self,
        seccomp,
    ];
    /// Waiting on and waking by addresses, of modules with threads' instructions.
    ATOMICS = [futex];

    /// Nothing.
    NOTHING = [];
    /// Closing.
    CLOSE = [close];
    /// Keeping a descriptor: its number must be above those of the standard streams.
    KEEP = [fcntl(DUPLICATES), close];
    /// Resolving a path, by `openat2` or, on kernels without, component by component.
    RESOLVE = [openat2, openat, readlinkat, close];
    /// Reading at the position.
    READ = [read, readv, ppoll];
    /// Reading elsewhere.
    READ_AT = [pread64, preadv];
    /// Writing at the position.
    WRITE = [write, writev, ppoll];
    /// Writing elsewhere.
    WRITE_AT = [pwrite64, pwritev];
    /// The position.
    SEEK = [lseek];
    /// Attributes by descriptor.
    STAT = [fstat];
    /// Attributes by name.
    STAT_AT = [newfstatat];
    /// The file system of a descriptor.
    FILE_SYSTEM = [fstatfs];
    /// The test of a standard stream for a terminal.
    STREAM = [ioctl(is(1, TIOCGWINSZ))];
    /// Flags of a descriptor.
    GET_FLAGS = [fcntl(GETS_FLAGS)];
    /// Setting flags of a descriptor.
    SET_FLAGS = [fcntl(is(1, linux::F_SETFL))];
    /// Advice about reading.
    ADVISE = [fadvise64];
    /// Room for a file.
    ALLOCATE = [fallocate];
    /// Data to disk.
    SYNC_DATA = [fdatasync];
    /// Data and attributes to disk.
    SYNC = [fsync];
    /// A file's length.
    TRUNCATE = [ftruncate];
    /// A file's times.
    SET_TIMES = [utimensat];
    /// A directory's entries.
    LIST = [getdents64, lseek];
    /// A new directory.
    MAKE_DIRECTORY = [mkdirat];
    /// A hard link.
    LINK = [linkat];
    /// A link's target.
    READ_LINK = [readlinkat];
    /// A name's end.
    UNLINK = [unlinkat];
    /// Another name.
    RENAME = [renameat];
    /// A symbolic link.
    SYMLINK = [symlinkat];
    /// Waiting for descriptors and times.
    WAIT = [ppoll];
    /// The count of bytes that can be read without waiting.
    AVAILABLE = [ioctl(is(1, FIONREAD)), fstat, lseek];
    /// Time, where the kernel maps no vDSO.
    TIME = [clock_gettime];
    /// A clock's resolution.
    RESOLUTION = [clock_getres];
    /// A signal to itself.
    RAISE = [getpid, kill(is(0, OWN_PROCESS))];
    /// The processor to others.
    YIELD = [sched_yield];
    /// Random numbers.
    RANDOM = [getrandom];
    /// The kind of a socket.
    SOCKET_TYPE = [getsockopt(is(1, SOL_SOCKET))];
    /// A connection that has come in.
    ACCEPT = [accept4, ppoll];
    /// Receiving.
    RECEIVE = [recvmsg, ppoll];
    /// Sending.
    SEND = [sendmsg, ppoll];
    /// The end of a connection.
    SHUTDOWN = [shutdown];
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::Names;

    #[test]
    fn names_are_found_by_their_index() {
        let names = ["read", "", "_sysctl", "pread64", "x"];
        let bytes = Names::write(names.into_iter());
        for (index, name) in names.iter().enumerate() {
            assert_eq!(Names(&bytes).find(index, &mut [0; 32]), name.as_bytes());
        }
        assert_eq!(Names(&bytes).find(99, &mut [0; 32]), b"");
    }
}
