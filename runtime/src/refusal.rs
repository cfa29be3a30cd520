//! The reasons why an instance is refused, and how people are told.

use crate::config::names;
use crate::given_text::Text;
use crate::sys::system_error::words;
use crate::sys::text;
use crate::{arch, cpu, path};
use kiln_abi::printable::escape;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{self, Errno};
use rustix::process::{Resource, getrlimit};

/// Why an instance cannot be, or cannot start.
#[derive(Debug)]
pub enum Refusal {
    /// Code and runtime are of different versions.
    Version,
    /// The code was compiled for a processor with more features.
    Processor {
        /// Those it may use, in the bits of [`kiln_abi::cpu`].
        wanted: u64,
        /// Those that are not there.
        missing: u64,
    },
    /// There is no room for so many bytes.
    AddressSpace {
        /// Their number.
        len: u64,
        /// Set where most of them would be a guard.
        is_guard: bool,
        /// The kernel's error.
        why: Errno,
    },
    /// Memories and tables start with more bytes than they may have.
    Memory {
        /// Their number.
        len: u64,
        /// The limit.
        limit: u64,
    },
    /// Something that the instance is to be given finds no descriptor free.
    Descriptors {
        /// What.
        name: Text<'static>,
    },
    /// A launch variable says nothing sensible.
    Misunderstood {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: Text<'static>,
        /// The form of a right value.
        expected: &'static str,
    },
    /// A launch variable has a name that begins like ours and is none.
    UnknownVariable {
        /// The name behind `KILN_`.
        name: &'static [u8],
        /// The one that may be meant.
        near: Option<&'static str>,
    },
    /// An entry of a launch variable cannot be what it should.
    Malformed {
        /// The variable's name.
        variable: &'static str,
        /// The entry.
        entry: Text<'static>,
        /// Why not.
        problem: &'static str,
    },
    /// The launch wants a sandbox and the program has none.
    #[cfg(feature = "standalone")]
    NoSandbox,
    /// The launch names a file for a profile and the program does not count.
    #[cfg(feature = "standalone")]
    NoProfile,
    /// The file for the profile holds something else.
    #[cfg(feature = "standalone")]
    OtherProfile {
        /// Its name.
        name: Text<'static>,
    },
    /// The kernel refused something.
    Cannot {
        /// The action that failed.
        what: &'static [u8],
        /// The system call, or those of which one it was.
        call: &'static [u8],
        /// The kernel's error.
        why: Errno,
    },
    /// Something that the instance is to be given is not to be had.
    Grant {
        /// The action that failed.
        what: &'static [u8],
        /// The system call, or those of which one it was.
        call: &'static [u8],
        /// To which it was to be done.
        name: Text<'static>,
        /// The kernel's error.
        why: Errno,
    },
}

impl Refusal {
    /// Tells it, as the parts of one line.
    pub fn tell<R>(&self, say: impl FnOnce(&[&[u8]]) -> R) -> R {
        let mut number = text::Buffer::default();
        match *self {
            Refusal::Version => say(&[b"compiled code and its runtime are of different versions"]),
            Refusal::Processor { wanted, missing } => {
                let mut names = [0; cpu::NAMES_MAX];
                let level = cpu::level(wanted).unwrap_or("native");
                say(&[
                    b"this processor lacks ",
                    cpu::names(missing, &mut names),
                    b", for which this was built (--cpu ",
                    level.as_bytes(),
                    b")\nhelp: without `--cpu` it is built for any ",
                    arch::NAME,
                    b" processor",
                ])
            }
            Refusal::AddressSpace { len, is_guard, why } => {
                tell_address_space(len, is_guard, why, say)
            }
            Refusal::Memory { len, limit } => {
                let mut allowed = text::Buffer::default();
                say(&[
                    b"the memories and tables start with ",
                    text::decimal(len, &mut number),
                    b" bytes, KILN_MAX_MEMORY allows ",
                    text::decimal(limit, &mut allowed),
                ])
            }
            Refusal::Descriptors { name } => {
                let mut buffer = [0; path::MAX];
                say(&[
                    b"cannot give the program `",
                    spelt(name, &mut buffer),
                    b"`: it may have no more descriptors (--max-open-files, KILN_MAX_OPEN_FILES)",
                ])
            }
            Refusal::Misunderstood {
                variable,
                value,
                expected,
            } => {
                let mut buffer = [0; path::MAX];
                let value = spelt(value, &mut buffer);
                let (variable, expected) = (variable.as_bytes(), expected.as_bytes());
                say(&[variable, b" is `", value, b"`, which is not ", expected])
            }
            Refusal::UnknownVariable { name, near } => {
                let mut buffer = [0; path::MAX];
                let name = spelt(Text::plain(name), &mut buffer);
                let (help, [known, known_rest]): (&[u8], _) = match near {
                    Some(near) => (b"\nhelp: there is ", names::in_full(near)),
                    None => (b"\nhelp: there are ", [names::LIST.as_bytes(), b""]),
                };
                let what = b" is no variable of Kiln's";
                say(&[names::PREFIX, name, what, help, known, known_rest])
            }
            Refusal::Malformed {
                variable,
                entry,
                problem,
            } => {
                let mut buffer = [0; path::MAX];
                let entry = spelt(entry, &mut buffer);
                let (variable, problem) = (variable.as_bytes(), problem.as_bytes());
                say(&[variable, b" has `", entry, b"`: ", problem])
            }
            #[cfg(feature = "standalone")]
            Refusal::NoSandbox => {
                say(&[b"KILN_SANDBOX is `require`, and the program was built without a sandbox"])
            }
            #[cfg(feature = "standalone")]
            Refusal::NoProfile => say(&[
                b"KILN_PROFILE_FILE is set, and the program was built without `--profile-generate`",
            ]),
            #[cfg(feature = "standalone")]
            Refusal::OtherProfile { name } => {
                let mut buffer = [0; path::MAX];
                say(&[
                    b"`",
                    spelt(name, &mut buffer),
                    b"` is no profile of this program\nhelp: remove it, or name another file by \
                      KILN_PROFILE_FILE",
                ])
            }
            Refusal::Cannot { what, call, why } => {
                let mut other = text::Buffer::default();
                let [words, code, end] = words(why, &mut number);
                let [limit, size, unit] = limit_behind(why, &mut other);
                let [help, call] = help(call, why);
                say(&[
                    b"cannot ", what, b": ", words, code, end, limit, size, unit, help, call,
                ])
            }
            Refusal::Grant {
                what,
                call,
                name,
                why,
            } => {
                let mut buffer = [0; path::MAX];
                let name = spelt(name, &mut buffer);
                let mut other = text::Buffer::default();
                let [words, code, end] = words(why, &mut number);
                let [limit, size, unit] = limit_behind(why, &mut other);
                let [help, call] = help(call, why);
                say(&[
                    b"cannot ", what, b" `", name, b"`: ", words, code, end, limit, size, unit,
                    help, call,
                ])
            }
        }
    }
}

/// A text as it is shown, in `buffer`. What has no room is cut off.
fn spelt<'a>(text: Text<'_>, buffer: &'a mut [u8; path::MAX]) -> &'a [u8] {
    let mut copy = [0; path::MAX];
    let Some(copy) = text.copy_to(&mut copy) else {
        return b"too long a text";
    };
    let mut shown = Shown {
        buffer,
        len: 0,
        is_full: false,
    };
    escape(copy, |piece| shown.put(piece));
    shown.buffer.get(..shown.len).unwrap_or_default()
}

/// Text in a buffer.
struct Shown<'a> {
    buffer: &'a mut [u8],
    len: usize,
    is_full: bool,
}

impl Shown<'_> {
    /// Adds a piece, after which nothing is added if there is no room for it. It stays a function, because
    /// there are many pieces.
    #[inline(never)]
    fn put(&mut self, piece: &str) {
        let rest = self.buffer.get_mut(self.len..).unwrap_or_default();
        match rest.get_mut(..piece.len()) {
            Some(room) if !self.is_full => {
                room.copy_from_slice(piece.as_bytes());
                self.len += piece.len();
            }
            _ => self.is_full = true,
        }
    }
}

/// Advice on an error that the kernel does not give by itself where `call` is used here: a sandbox
/// does.
fn help(call: &'static [u8], why: Errno) -> [&'static [u8]; 2] {
    let help = b"\nhelp: the sandbox (seccomp filter) that the program runs in must allow ";
    match why {
        Errno::PERM | Errno::NOSYS => [help, call],
        _ => [b""; 2],
    }
}

fn tell_address_space<R>(
    len: u64,
    is_guard: bool,
    why: Errno,
    say: impl FnOnce(&[&[u8]]) -> R,
) -> R {
    let (mut size, mut other) = Default::default();
    let sandbox = help(b"mmap", why);
    let [size, unit] = amount(len, &mut size);
    let why = match why {
        Errno::EXIST => [b"something else occupies the address", &b""[..], b""],
        Errno::NOMEM => obstacle(is_guard, &mut other),
        error => words(error, &mut other),
    };
    let [why, number, its_unit] = why;
    let help: &[u8] = if is_guard {
        b"\nhelp: what is built with `--bounds-checks explicit` needs no such reservation"
    } else {
        b""
    };
    say(&[
        b"cannot reserve ",
        size,
        unit,
        b" of address space: ",
        why,
        number,
        its_unit,
        sandbox[0],
        sandbox[1],
        help,
    ])
}

/// Returns a number of bytes with its unit.
// Inlined, it would be there for each limit.
#[inline(never)]
fn amount(bytes: u64, buffer: &mut text::Buffer) -> [&[u8]; 2] {
    let (unit, shift): (&[u8], _) = match bytes {
        0..0x10_0000 => (b" KiB", 10),
        0x10_0000..0x4000_0000 => (b" MiB", 20),
        _ => (b" GiB", 30),
    };
    [text::decimal((bytes >> shift).max(1), buffer), unit]
}

/// The limit that leaves no room for memory, and the amount it is set to if it has one. A guard
/// counts against the limit on address space alone: it is no data, and not charged where memory is
/// not overcommitted.
fn obstacle(is_guard: bool, buffer: &mut text::Buffer) -> [&[u8]; 3] {
    let space = getrlimit(Resource::As).current;
    let data = getrlimit(Resource::Data).current.filter(|_| !is_guard);
    // Where both are set, the lower one is met first.
    if let Some(data) = data
        && space.is_none_or(|space| data <= space)
    {
        let [size, unit] = amount(data, buffer);
        [
            b"the limit on data (ulimit -d, RLIMIT_DATA) is ",
            size,
            unit,
        ]
    } else if let Some(space) = space {
        let [size, unit] = amount(space, buffer);
        [b"the limit on it (ulimit -v, RLIMIT_AS) is ", size, unit]
    } else if is_overcommit_strict() {
        let what = b"this system does not overcommit memory (vm.overcommit_memory is 2)";
        [what, b"", b""]
    } else {
        [b"the system is out of memory", b"", b""]
    }
}

/// The limit behind an error of the kernel, and its amount; nothing where none is known.
fn limit_behind(why: Errno, buffer: &mut text::Buffer) -> [&[u8]; 3] {
    let limit = |resource| getrlimit(resource).current;
    if why == Errno::MFILE
        && let Some(files) = limit(Resource::Nofile)
    {
        let files = text::decimal(files, buffer);
        [
            b": the limit on them (ulimit -n, RLIMIT_NOFILE) is ",
            files,
            b"",
        ]
    } else if why == Errno::NOMEM
        && let Some(data) = limit(Resource::Data)
    {
        let [size, unit] = amount(data, buffer);
        [
            b": the limit on data (ulimit -d, RLIMIT_DATA) is ",
            size,
            unit,
        ]
    } else {
        [b"", b"", b""]
    }
}

/// See "overcommit_memory" in proc_sys_vm(5).
fn is_overcommit_strict() -> bool {
    let path = c"/proc/sys/vm/overcommit_memory";
    let mut first = [0];
    let file = openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    file.and_then(|file| io::read(file, &mut first)).is_ok() && first == *b"2"
}
