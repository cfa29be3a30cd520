//! The text that tells a program what has become of its call.

use crate::report::Report;

/// Bytes a message can have, the NUL at its end included. What is more is cut off.
const ROOM: usize = 1024;

/// A C string.
#[derive(Clone, Debug)]
pub struct Message {
    /// With zeros behind the text.
    bytes: [u8; ROOM],
    len: usize,
    /// Set where something did not fit, after which nothing is added.
    is_cut: bool,
}

impl Default for Message {
    fn default() -> Self {
        Message {
            bytes: [0; ROOM],
            len: 0,
            is_cut: false,
        }
    }
}

impl Message {
    /// Makes it empty.
    pub fn clear(&mut self) {
        self.bytes[..self.len].fill(0);
        self.len = 0;
        self.is_cut = false;
    }

    /// Replaces it by `parts`, one after the other.
    pub fn set(&mut self, parts: &[&[u8]]) {
        self.clear();
        for part in parts {
            self.put(part);
        }
    }

    /// Its first byte.
    pub fn as_ptr(&self) -> *const u8 {
        self.bytes.as_ptr()
    }
}

impl Report for Message {
    fn put(&mut self, bytes: &[u8]) {
        if self.is_cut {
            return;
        }
        let room = ROOM - 1 - self.len;
        let fits = match bytes.get(..room) {
            Some(part) if bytes.len() > room => &part[..whole_characters(part)],
            _ => bytes,
        };
        self.bytes[self.len..self.len + fits.len()].copy_from_slice(fits);
        self.len += fits.len();
        if fits.len() < bytes.len() {
            self.is_cut = true;
        }
    }
}

/// Counts the bytes without the character at the end, which may be cut (UTF-8).
fn whole_characters(bytes: &[u8]) -> usize {
    let is_start = |byte: &u8| byte & 0xc0 != 0x80;
    bytes.iter().rposition(is_start).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    fn text(message: &Message) -> &str {
        // SAFETY: a message ends with a NUL.
        let text = unsafe { CStr::from_ptr(message.as_ptr().cast()) };
        text.to_str().expect("UTF-8")
    }

    #[test]
    fn a_message_is_its_parts() {
        let mut message = Message::default();
        assert_eq!(text(&message), "");
        message.set(&[b"wasm trap: ", b"", b"integer overflow"]);
        assert_eq!(text(&message), "wasm trap: integer overflow");
        message.set(&[b"short"]);
        assert_eq!(text(&message), "short");
    }

    #[test]
    fn a_message_that_is_too_long_is_cut_between_characters() {
        let mut message = Message::default();
        let full = "x".repeat(ROOM - 1);
        message.set(&[full.as_bytes()]);
        assert_eq!(text(&message), full);
        for before in ROOM - 8..ROOM {
            let name = "x".repeat(before) + "\u{1f9f1}\u{1f9f1}";
            message.set(&[name.as_bytes()]);
            let told = text(&message);
            assert!(name.starts_with(told) && told.len() > ROOM - 6, "{before}");
        }
    }
}
