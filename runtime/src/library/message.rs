//! The text that tells a program what has become of its call.

/// Bytes a message can have, the NUL at its end included. What is more is cut off.
const ROOM: usize = 1024;

/// A C string.
#[derive(Clone, Debug)]
pub struct Message([u8; ROOM]);

impl Default for Message {
    fn default() -> Self {
        Message([0; ROOM])
    }
}

impl Message {
    /// Replaces it by `parts`, one after the other.
    pub fn set(&mut self, parts: &[&[u8]]) {
        let mut len = 0;
        for byte in parts.iter().copied().flatten().take(ROOM - 1) {
            self.0[len] = *byte;
            len += 1;
        }
        let is_cut = len < parts.iter().map(|part| part.len()).sum();
        if is_cut {
            len = whole_characters(&self.0[..len]);
        }
        self.0[len] = 0;
    }

    /// Its first byte.
    pub fn as_ptr(&self) -> *const u8 {
        self.0.as_ptr()
    }
}

/// How many of the bytes there are without the character at the end, which may be cut (UTF-8).
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
