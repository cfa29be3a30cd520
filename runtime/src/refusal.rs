//! What can stand in the way of an instance, and how people are told.

use crate::config::Text;
use crate::{path, text};
use rustix::io::Errno;

/// Why an instance cannot be, or cannot start.
#[derive(Debug)]
pub enum Refusal {
    /// Code and runtime are of different versions.
    Version,
    /// There is no room for so many bytes.
    AddressSpace {
        /// How many.
        len: u64,
        /// What the kernel said.
        why: Errno,
    },
    /// The kernel refused something.
    Cannot {
        /// What could not be done.
        what: &'static [u8],
        /// What the kernel said.
        why: Errno,
    },
    /// Something that the instance is to be given is not to be had.
    Grant {
        /// What could not be done.
        what: &'static [u8],
        /// To which it was to be done.
        name: Text<'static>,
        /// What the kernel said.
        why: Errno,
    },
}

impl Refusal {
    /// Tells it, as the parts of one line.
    pub fn tell<R>(&self, say: impl FnOnce(&[&[u8]]) -> R) -> R {
        let mut number = text::Buffer::default();
        match *self {
            Refusal::Version => say(&[b"compiled code and its runtime are of different versions"]),
            Refusal::AddressSpace { len, why } => tell_address_space(len, why, say),
            Refusal::Cannot { what, why } => {
                let [why, number] = reason(why, &mut number);
                say(&[b"cannot ", what, b": ", why, number])
            }
            Refusal::Grant { what, name, why } => {
                let mut buffer = [0; path::MAX];
                let name = name.copy_to(&mut buffer);
                let name = name.map_or(&b"too long a name"[..], |name| name);
                let [why, number] = reason(why, &mut number);
                say(&[b"cannot ", what, b" `", name, b"`: ", why, number])
            }
        }
    }
}

fn tell_address_space<R>(len: u64, why: Errno, say: impl FnOnce(&[&[u8]]) -> R) -> R {
    let (mut size, mut number) = Default::default();
    let (unit, shift): (&[u8], _) = if len < 1 << 30 {
        (b" MiB", 20)
    } else {
        (b" GiB", 30)
    };
    let [why, number]: [&[u8]; 2] = match why {
        Errno::EXIST => [b"something else occupies the address", b""],
        Errno::NOMEM => [
            b"RLIMIT_AS (ulimit -v) or overcommit stands in the way",
            b"",
        ],
        other => reason(other, &mut number),
    };
    say(&[
        b"cannot reserve ",
        text::decimal((len >> shift).max(1), &mut size),
        unit,
        b" of address space: ",
        why,
        number,
    ])
}

/// An error of the kernel in words, with its number where we have none.
fn reason(why: Errno, buffer: &mut text::Buffer) -> [&[u8]; 2] {
    let words: &[u8] = match why {
        Errno::NOENT => b"no such file or directory",
        Errno::NOTDIR => b"not a directory",
        Errno::ACCESS => b"permission denied",
        Errno::ADDRINUSE => b"address in use",
        Errno::INVAL => b"not understood",
        other => {
            let number = text::decimal(other.raw_os_error() as u64, buffer);
            return [b"system error ", number];
        }
    };
    [words, b""]
}
