//! LEB128, unsigned and signed (DWARF 5, section 7.6): the variable-length integers of the formats
//! in this crate, and strings, which are their length as such a number, and their bytes.

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

/// Reads a string, moving `bytes` past it.
pub fn read_string<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = read_unsigned(bytes)? as usize;
    let (string, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(string)
}

/// Reads the string with this index of some that follow one another.
pub fn nth_string(mut bytes: &[u8], index: u32) -> Option<&[u8]> {
    for _ in 0..index {
        read_string(&mut bytes)?;
    }
    read_string(&mut bytes)
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

/// Appends a string.
#[cfg(feature = "alloc")]
pub fn write_string(out: &mut alloc::vec::Vec<u8>, string: &[u8]) {
    write_unsigned(out, string.len() as u64);
    out.extend_from_slice(string);
}

/// Appends a signed number.
#[cfg(feature = "alloc")]
pub fn write_signed(out: &mut alloc::vec::Vec<u8>, value: i64) {
    write_unsigned(out, ((value << 1) ^ (value >> 63)) as u64);
}
