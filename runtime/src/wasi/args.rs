//! Arguments and environment.

use crate::given_text::Text;
use crate::guest::Memory;
use crate::host::Host;
use crate::sys::errno::Errno;

/// `args_sizes_get`: how many arguments there are, and their bytes with a NUL after each.
#[inline]
pub fn args_sizes_get(host: &Host, memory: Memory, count: u32, len: u32) -> Result<(), Errno> {
    let arguments = host.config().arguments().map(|argument| argument.len() + 1);
    write_sizes(memory, count, len, arguments)
}

/// `args_get`: pointers to the arguments, and the arguments.
#[inline]
pub fn args_get(host: &Host, memory: Memory, pointers: u32, bytes: u32) -> Result<(), Errno> {
    let mut strings = Strings::new(memory, pointers, bytes);
    host.config()
        .arguments()
        .try_for_each(|argument| strings.push(&[argument]))
}

/// `environ_sizes_get`: how many variables there are, and their bytes with a NUL after each.
#[inline]
pub fn environ_sizes_get(host: &Host, memory: Memory, count: u32, len: u32) -> Result<(), Errno> {
    let variables = host.config().environment();
    write_sizes(
        memory,
        count,
        len,
        variables.map(|(name, value)| name.len() + value.len() + 2),
    )
}

/// `environ_get`: pointers to the variables, and the variables, each `NAME=VALUE`.
#[inline]
pub fn environ_get(host: &Host, memory: Memory, pointers: u32, bytes: u32) -> Result<(), Errno> {
    let mut strings = Strings::new(memory, pointers, bytes);
    let mut variables = host.config().environment();
    variables.try_for_each(|(name, value)| strings.push(&[name, Text::plain(b"="), value]))
}

#[inline]
fn write_sizes(
    memory: Memory,
    count: u32,
    len: u32,
    lens: impl Iterator<Item = usize>,
) -> Result<(), Errno> {
    let (strings, bytes) = lens.fold((0, 0), |(strings, bytes), len| (strings + 1, bytes + len));
    memory.write_u32(count, strings)?;
    memory.write_u32(len, u32::try_from(bytes).map_err(|_| Errno::OVERFLOW)?)
}

/// An array of pointers and the C strings they point to, being written.
struct Strings {
    memory: Memory,
    next_pointer: u32,
    next_byte: u32,
}

impl Strings {
    #[inline]
    fn new(memory: Memory, pointers: u32, bytes: u32) -> Self {
        Strings {
            memory,
            next_pointer: pointers,
            next_byte: bytes,
        }
    }

    /// Adds the string made of `parts`.
    #[inline]
    fn push(&mut self, parts: &[Text]) -> Result<(), Errno> {
        self.memory.write_u32(self.next_pointer, self.next_byte)?;
        self.next_pointer = self.next_pointer.wrapping_add(4);
        for part in parts {
            self.push_text(*part)?;
        }
        self.push_bytes(&[0])
    }

    #[inline]
    fn push_text(&mut self, text: Text) -> Result<(), Errno> {
        match text.as_plain() {
            Some(bytes) => self.push_bytes(bytes),
            None => text.bytes().try_for_each(|byte| self.push_bytes(&[byte])),
        }
    }

    #[inline]
    fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        self.memory.write(self.next_byte, bytes)?;
        self.next_byte = self.next_byte.wrapping_add(bytes.len() as u32);
        Ok(())
    }
}
