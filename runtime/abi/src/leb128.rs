//! LEB128, unsigned and signed (DWARF 5, section 7.6): the variable-length integers of the formats
//! in this crate.

/// Reads an unsigned number, moving `bytes` past it; `None` at the end or beyond 64 bits.
pub fn read_unsigned(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Reads a signed number, moving `bytes` past it; `None` at the end or beyond 64 bits.
pub fn read_signed(bytes: &mut &[u8]) -> Option<i64> {
    read_unsigned(bytes).map(unzigzag)
}

// Signed numbers are stored zigzag-folded, so that one reader serves both.
fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Gives the bytes of an unsigned number, one by one, to `put`.
pub fn encode_unsigned(mut value: u64, mut put: impl FnMut(&[u8])) {
    while value >= 0x80 {
        put(&[value as u8 | 0x80]);
        value >>= 7;
    }
    put(&[value as u8]);
}

/// Appends an unsigned number.
#[cfg(feature = "alloc")]
pub fn write_unsigned(out: &mut alloc::vec::Vec<u8>, value: u64) {
    encode_unsigned(value, |bytes| out.extend_from_slice(bytes));
}

/// Appends a signed number.
#[cfg(feature = "alloc")]
pub fn write_signed(out: &mut alloc::vec::Vec<u8>, value: i64) {
    write_unsigned(out, ((value << 1) ^ (value >> 63)) as u64);
}
