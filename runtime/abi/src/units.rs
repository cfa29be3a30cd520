//! Sizes and durations as people write them, at build and at launch.

use crate::layout::{MAX_STACK_SIZE, MIN_STACK_SIZE};

/// A number of bytes above 0, with a suffix K, M or G for powers of 1024.
pub fn parse_size(text: &[u8]) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        b"" => 1,
        b"K" | b"k" => 1 << 10,
        b"M" | b"m" => 1 << 20,
        b"G" | b"g" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// A number of bytes that a stack can have.
pub fn parse_stack_size(text: &[u8]) -> Option<u64> {
    parse_size(text).filter(|size| (MIN_STACK_SIZE..=MAX_STACK_SIZE).contains(size))
}

/// The sizes that [`parse_stack_size`] reads, in words.
pub const STACK_SIZE: &str = "a size from 64K to 128G, such as 8M";

/// A time above 0 in nanoseconds: a number with the unit `ms`, `s`, `m` or `h`.
pub fn parse_duration(text: &[u8]) -> Option<u64> {
    let (number, unit) = split(text)?;
    let milliseconds = match unit {
        b"ms" => 1,
        b"s" => 1000,
        b"m" => 60 * 1000,
        b"h" => 60 * 60 * 1000,
        _ => return None,
    };
    number.checked_mul(milliseconds * 1_000_000)
}

/// A number above 0.
pub fn parse_count(text: &[u8]) -> Option<u64> {
    split(text).and_then(|(number, unit)| unit.is_empty().then_some(number))
}

/// A number above 0 in decimal, and what follows it.
fn split(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    let (digits, unit) = text.split_at_checked(digits.count())?;
    let add = |number: u64, digit: &u8| {
        number
            .checked_mul(10)?
            .checked_add(u64::from(*digit - b'0'))
    };
    let number = digits.iter().try_fold(0, add)?;
    (number > 0).then_some((number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, size) in [
            ("65536", 65536),
            ("64K", 64 << 10),
            ("8m", 8 << 20),
            ("2G", 2 << 30),
        ] {
            assert_eq!(parse_size(text.as_bytes()), Some(size), "{text}");
        }
        for wrong in [
            "",
            "K",
            "-1",
            "+1",
            "1.5M",
            "8MB",
            "8 M",
            "0",
            "99999999999G",
        ] {
            assert_eq!(parse_size(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn stack_sizes() {
        assert_eq!(parse_stack_size(b"64K"), Some(MIN_STACK_SIZE));
        assert_eq!(parse_stack_size(b"128G"), Some(MAX_STACK_SIZE));
        for wrong in ["1", "65535", "129G", "99999999G", "many"] {
            assert_eq!(parse_stack_size(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn durations() {
        const SECOND: u64 = 1_000_000_000;
        for (text, nanoseconds) in [
            ("500ms", SECOND / 2),
            ("30s", 30 * SECOND),
            ("2m", 120 * SECOND),
            ("1h", 3600 * SECOND),
        ] {
            assert_eq!(parse_duration(text.as_bytes()), Some(nanoseconds), "{text}");
        }
        for wrong in ["", "s", "5", "0s", "1d", "1 s", "1.5s", "99999999999h"] {
            assert_eq!(parse_duration(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn counts() {
        assert_eq!(parse_count(b"12"), Some(12));
        for wrong in ["", "0", "-1", "1K", "99999999999999999999"] {
            assert_eq!(parse_count(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
