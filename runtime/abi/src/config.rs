//! The configuration baked into an executable ([`crate::symbols::CONFIG`]): a run of entries, each
//! a tag byte and one or two strings, a string being its length in LEB128 and its bytes. Order is
//! the order given at build; host paths and values are bytes, not necessarily UTF-8.

use crate::leb128;

/// One thing baked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry<'a> {
    /// A preopened directory: its path on the host (relative ones are resolved when the program
    /// starts) and the name the guest knows it by.
    Dir {
        /// Path on the host.
        host: &'a [u8],
        /// Name in the guest.
        guest: &'a [u8],
    },
    /// An environment variable with its value.
    Env {
        /// Its name.
        name: &'a [u8],
        /// Its value.
        value: &'a [u8],
    },
    /// An environment variable whose value is taken from the environment at launch, if there.
    InheritVar(&'a [u8]),
    /// Every environment variable at launch is the guest's, but those named `KILN_…`.
    InheritEnv,
    /// The guest's `argv[0]`, in place of the executable's own.
    Argv0(&'a [u8]),
    /// An argument put before those of the command line.
    Arg(&'a [u8]),
    /// A preopened directory in which nothing may be changed.
    ReadOnlyDir {
        /// Path on the host.
        host: &'a [u8],
        /// Name in the guest.
        guest: &'a [u8],
    },
    /// The file that the guest reads as standard input; `&N` is descriptor N at launch.
    Stdin(&'a [u8]),
    /// The file that the guest writes as standard output.
    Stdout(&'a [u8]),
    /// The file that the guest writes as standard error.
    Stderr(&'a [u8]),
    /// An address, `IP:PORT`, at which to listen for the guest.
    Listen(&'a [u8]),
    /// A preopened directory that is a tree of [`crate::embed`], by its name in the guest. The first
    /// such entry stands for the image's first tree, the next for the next. The compiler bakes it
    /// with its tree.
    Embedded(&'a [u8]),
    /// Nothing is given at launch: `KILN_…` and `LISTEN_FDS` count for nothing.
    Sealed,
    /// A trap or an uncaught exception ends the program by SIGABRT, not by an exit status.
    TrapSignal,
    /// Core dumps hold nothing of the guest's.
    HostDump,
}

const DIR: u8 = 1;
const ENV: u8 = 2;
const INHERIT_VAR: u8 = 3;
const INHERIT_ENV: u8 = 4;
const ARGV0: u8 = 5;
const ARG: u8 = 6;
const READ_ONLY_DIR: u8 = 7;
const STDIN: u8 = 8;
const STDOUT: u8 = 9;
const STDERR: u8 = 10;
const LISTEN: u8 = 11;
const EMBEDDED: u8 = 12;
const SEALED: u8 = 13;
const TRAP_SIGNAL: u8 = 14;
const HOST_DUMP: u8 = 15;

/// Reads entries until the end, or until bytes that are no entry.
#[derive(Clone, Debug)]
pub struct Entries<'a>(pub &'a [u8]);

impl<'a> Entries<'a> {
    fn string(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(leb128::read_unsigned(&mut self.0)?).ok()?;
        let (string, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(string)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(match tag {
            DIR => Entry::Dir {
                host: self.string()?,
                guest: self.string()?,
            },
            ENV => Entry::Env {
                name: self.string()?,
                value: self.string()?,
            },
            INHERIT_VAR => Entry::InheritVar(self.string()?),
            INHERIT_ENV => Entry::InheritEnv,
            ARGV0 => Entry::Argv0(self.string()?),
            ARG => Entry::Arg(self.string()?),
            READ_ONLY_DIR => Entry::ReadOnlyDir {
                host: self.string()?,
                guest: self.string()?,
            },
            STDIN => Entry::Stdin(self.string()?),
            STDOUT => Entry::Stdout(self.string()?),
            STDERR => Entry::Stderr(self.string()?),
            LISTEN => Entry::Listen(self.string()?),
            EMBEDDED => Entry::Embedded(self.string()?),
            SEALED => Entry::Sealed,
            TRAP_SIGNAL => Entry::TrapSignal,
            HOST_DUMP => Entry::HostDump,
            _ => return None,
        })
    }
}

/// Appends an entry.
#[cfg(feature = "alloc")]
pub fn write(out: &mut alloc::vec::Vec<u8>, entry: &Entry) {
    encode(entry, |bytes| out.extend_from_slice(bytes));
}

/// Gives an entry's bytes, piece by piece, to `put`.
pub fn encode(entry: &Entry, mut put: impl FnMut(&[u8])) {
    let (tag, strings) = entry.parts();
    put(&[tag]);
    for string in strings.into_iter().flatten() {
        leb128::encode_unsigned(string.len() as u64, &mut put);
        put(string);
    }
}

impl<'a> Entry<'a> {
    /// The strings in it.
    pub fn strings(&self) -> impl Iterator<Item = &'a [u8]> {
        self.parts().1.into_iter().flatten()
    }

    fn parts(&self) -> (u8, [Option<&'a [u8]>; 2]) {
        match *self {
            Entry::Dir { host, guest } => (DIR, [Some(host), Some(guest)]),
            Entry::Env { name, value } => (ENV, [Some(name), Some(value)]),
            Entry::InheritVar(name) => (INHERIT_VAR, [Some(name), None]),
            Entry::InheritEnv => (INHERIT_ENV, [None, None]),
            Entry::Argv0(name) => (ARGV0, [Some(name), None]),
            Entry::Arg(arg) => (ARG, [Some(arg), None]),
            Entry::ReadOnlyDir { host, guest } => (READ_ONLY_DIR, [Some(host), Some(guest)]),
            Entry::Stdin(file) => (STDIN, [Some(file), None]),
            Entry::Stdout(file) => (STDOUT, [Some(file), None]),
            Entry::Stderr(file) => (STDERR, [Some(file), None]),
            Entry::Listen(address) => (LISTEN, [Some(address), None]),
            Entry::Embedded(guest) => (EMBEDDED, [Some(guest), None]),
            Entry::Sealed => (SEALED, [None, None]),
            Entry::TrapSignal => (TRAP_SIGNAL, [None, None]),
            Entry::HostDump => (HOST_DUMP, [None, None]),
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn entries_are_read_as_written() {
        let entries = [
            Entry::Dir {
                host: b"/srv/\xff",
                guest: b"/",
            },
            Entry::Env {
                name: b"A",
                value: b"",
            },
            Entry::InheritVar(b"HOME"),
            Entry::InheritEnv,
            Entry::Argv0(b"app"),
            Entry::ReadOnlyDir {
                host: b".",
                guest: b"/",
            },
            Entry::Stdin(b"in"),
            Entry::Stdout(b"out"),
            Entry::Stderr(b"&1"),
            Entry::Listen(b"127.0.0.1:80"),
            Entry::Embedded(b"/usr"),
            Entry::Sealed,
            Entry::TrapSignal,
            Entry::HostDump,
            Entry::Arg(&[b'x'; 300]),
        ];
        let mut bytes = Vec::new();
        for entry in &entries {
            write(&mut bytes, entry);
        }
        assert_eq!(Entries(&bytes).collect::<Vec<_>>(), entries);
        assert_eq!(
            Entries(&bytes[..bytes.len() - 1]).count(),
            entries.len() - 1
        );
    }
}
