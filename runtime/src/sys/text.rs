//! Numbers as text, without `core::fmt`, which would outweigh the rest of the runtime.

/// Room for the longest number in any of this module's forms.
pub type Buffer = [u8; 20];

/// Returns `value` in decimal.
// Inlined, it would be there for each number of a message.
#[inline(never)]
pub fn decimal(value: u64, buffer: &mut Buffer) -> &[u8] {
    digits(value, 10, b"", buffer)
}

/// Returns `value` in hexadecimal, after `0x`.
// As above.
#[inline(never)]
pub fn hexadecimal(value: u64, buffer: &mut Buffer) -> &[u8] {
    digits(value, 16, b"x0", buffer)
}

/// Writes `value` to the end of `buffer`, and before it a prefix, given backwards. It does not panic,
/// because it tells where a panic was.
fn digits<'a>(mut value: u64, base: u64, prefix: &[u8], buffer: &'a mut Buffer) -> &'a [u8] {
    let mut start = buffer.len();
    let mut put = |byte| {
        if let Some(place) = buffer.get_mut(start.wrapping_sub(1)) {
            *place = byte;
            start -= 1;
        }
    };
    loop {
        put(b"0123456789abcdef"[(value % base % 16) as usize]);
        value /= base;
        if value == 0 {
            break;
        }
    }
    prefix.iter().for_each(|&byte| put(byte));
    buffer.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_the_standard_library_writes_them() {
        for value in [0, 1, 9, 10, 15, 16, 0x1234, u64::from(u32::MAX), u64::MAX] {
            let mut buffer = Buffer::default();
            assert_eq!(decimal(value, &mut buffer), value.to_string().as_bytes());
            let hex = format!("{value:#x}");
            assert_eq!(hexadecimal(value, &mut buffer), hex.as_bytes());
        }
    }
}
