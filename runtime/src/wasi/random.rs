//! Randomness.

use crate::guest::Memory;
use crate::host::Host;
use crate::sys::errno::Errno;
use crate::transfer;

/// `random_get`: fills a buffer with random bytes fit for cryptography.
#[inline]
pub fn random_get(_: &Host, memory: Memory, buffer: u32, len: u32) -> Result<(), Errno> {
    Ok(transfer::random(memory.span(buffer, len)?)?)
}
