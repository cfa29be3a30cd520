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
    /// Its name, which has a number on each architecture.
    pub name: &'static str,
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

/// The architectures of system calls, as a filter sees them (linux/audit.h).
pub mod architecture {
    /// `AUDIT_ARCH_X86_64`.
    pub const X86_64: u32 = 0xc000_003e;
    /// `AUDIT_ARCH_AARCH64`.
    pub const AARCH64: u32 = 0xc000_00b7;
    /// `AUDIT_ARCH_RISCV64`.
    pub const RISCV64: u32 = 0xc000_00f3;

    #[cfg(target_arch = "aarch64")]
    pub use self::AARCH64 as HERE;
    #[cfg(target_arch = "riscv64")]
    pub use self::RISCV64 as HERE;
    #[cfg(target_arch = "x86_64")]
    pub use self::X86_64 as HERE;
}

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
            tests: &[$($($test),*)?],
        }),*];)*
    };
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
