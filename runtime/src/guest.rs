//! The guest's linear memory as host functions see it.

/// Linear memory at the moment a host function was called.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Address of byte 0.
    pub base: *mut u8,
    /// Its length in bytes.
    pub len: usize,
}
