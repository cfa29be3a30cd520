//! Long messages of the runtime, without an allocator: text that goes somewhere bit by bit.

use crate::program::Linked;
use crate::stack::Stack;
use crate::sys::text;

/// Text that is being written.
pub trait Report {
    /// Adds bytes.
    fn put(&mut self, bytes: &[u8]);

    /// Adds a number.
    // Inlined, it would be there for each number.
    #[inline(never)]
    fn decimal(&mut self, number: u64) {
        self.put(text::decimal(number, &mut text::Buffer::default()));
    }

    /// Adds a number, after `0x`.
    // As above.
    #[inline(never)]
    fn hexadecimal(&mut self, number: u64) {
        self.put(text::hexadecimal(number, &mut text::Buffer::default()));
    }
}

/// The reason why an instance ends, which is told with the functions at work on its stack.
pub trait Reason {
    /// Tells it, without a newline at the end.
    fn tell(&self, linked: &Linked, stack: &Stack, report: &mut impl Report);
}
