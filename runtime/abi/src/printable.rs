//! Text that others wrote, as it is shown: what would control a terminal, break a line or change
//! the direction of reading is written as an escape. Names from modules, paths and values of
//! variables go through here before a person sees them.

use core::fmt;

/// Text that is escaped when it is displayed. It need not be UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a>(pub &'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = Ok(());
        escape(self.0, |piece| {
            written = written.and_then(|()| f.write_str(piece));
        });
        written
    }
}

/// Gives `text` to `put`, piece by piece: a control or format character as `\n`, `\t`, `\r` or
/// `\u{1b}`, a byte that is not UTF-8 as `\xff`. No other character is changed.
pub fn escape(text: &[u8], mut put: impl FnMut(&str)) {
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid();
        let mut shown = 0;
        for (at, c) in valid.char_indices().filter(|(_, c)| is_control(*c)) {
            put(valid.get(shown..at).unwrap_or_default());
            shown = at + c.len_utf8();
            let short = match c {
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                _ => "\\u{",
            };
            put(short);
            if short.len() > 2 {
                put_hexadecimal(c.into(), &mut put);
                put("}");
            }
        }
        put(valid.get(shown..).unwrap_or_default());
        for byte in chunk.invalid() {
            // Such a byte is above 0x7f, so that it has two digits.
            put("\\x");
            put_hexadecimal((*byte).into(), &mut put);
        }
    }
}

/// The first and the last of each range of [`is_control`]. A table takes less code than comparisons.
const CONTROLS: [(u32, u32); 21] = [
    (0, 0x1f),
    (0x7f, 0x9f),
    (0xad, 0xad),
    (0x600, 0x605),
    (0x61c, 0x61c),
    (0x6dd, 0x6dd),
    (0x70f, 0x70f),
    (0x890, 0x891),
    (0x8e2, 0x8e2),
    (0x180e, 0x180e),
    (0x200b, 0x200f),
    (0x2028, 0x202e),
    (0x2060, 0x206f),
    (0xfeff, 0xfeff),
    (0xfff9, 0xfffb),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe007f),
];

/// Tells if a character is a control (category Cc), a format control (Cf: bidirectional overrides,
/// joiners, invisible tags), or a line or paragraph separator (Unicode 16, DerivedGeneralCategory).
pub fn is_control(c: char) -> bool {
    let c = u32::from(c);
    CONTROLS
        .iter()
        .any(|&(first, last)| (first..=last).contains(&c))
}

fn put_hexadecimal(value: u32, put: &mut impl FnMut(&str)) {
    const DIGITS: &str = "0123456789abcdef";
    let digits = (u32::BITS - value.leading_zeros()).div_ceil(4).max(1);
    for position in (0..digits).rev() {
        let digit = (value >> (position * 4) & 0xf) as usize;
        put(DIGITS.get(digit..=digit).unwrap_or_default());
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[track_caller]
    fn shown(text: &[u8], expected: &str) {
        assert_eq!(Printable(text).to_string(), expected);
    }

    #[test]
    fn what_controls_a_terminal_is_escaped() {
        shown(b"\x1b[31mred\x07", r"\u{1b}[31mred\u{7}");
        shown(b"a\nerror: b\r\tc\0", r"a\nerror: b\r\tc\u{0}");
        shown("\u{9b}31m\u{7f}".as_bytes(), r"\u{9b}31m\u{7f}");
    }

    #[test]
    fn what_changes_the_direction_of_reading_is_escaped() {
        let text = "a\u{202e}b\u{2066}c\u{200f}d\u{2028}e\u{feff}f\u{e0041}";
        let expected = r"a\u{202e}b\u{2066}c\u{200f}d\u{2028}e\u{feff}f\u{e0041}";
        shown(text.as_bytes(), expected);
    }

    #[test]
    fn bytes_that_are_no_text_are_escaped() {
        shown(b"a\xffb\xe2\x82", r"a\xffb\xe2\x82");
        shown(b"", "");
    }

    #[test]
    fn all_else_stays() {
        let text = r"C:\u{1b} naïve 日本 🦀 `std::fmt` \n";
        shown(text.as_bytes(), text);
    }
}
