//! Numbers as text, without `core::fmt`, which would outweigh the rest of the runtime.

/// Room for the longest number in any of this module's forms.
pub type Buffer = [u8; 20];

/// `value` in decimal.
pub fn decimal(mut value: u64, buffer: &mut Buffer) -> &[u8] {
    let mut start = buffer.len();
    loop {
        start -= 1;
        buffer[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return &buffer[start..];
        }
    }
}

/// `value` in hexadecimal, after `0x`.
pub fn hexadecimal(mut value: u64, buffer: &mut Buffer) -> &[u8] {
    let mut start = buffer.len();
    loop {
        start -= 1;
        buffer[start] = b"0123456789abcdef"[(value % 16) as usize];
        value /= 16;
        if value == 0 {
            buffer[start - 2..start].copy_from_slice(b"0x");
            return &buffer[start - 2..];
        }
    }
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
