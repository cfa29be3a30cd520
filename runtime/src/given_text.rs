//! Text that was given at a launch or when a program was built, perhaps with escapes, and lists of it.

/// Bytes as they were given: perhaps with `\` before those that would mean something.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    raw: &'a [u8],
    is_escaped: bool,
}

impl<'a> Text<'a> {
    /// Bytes that mean themselves.
    pub const fn plain(raw: &'a [u8]) -> Self {
        let is_escaped = false;
        Text { raw, is_escaped }
    }

    /// Bytes in which `\` makes the byte after it mean itself.
    pub const fn escaped(raw: &'a [u8]) -> Self {
        let is_escaped = true;
        Text { raw, is_escaped }
    }

    /// Returns the bytes that it means.
    pub fn bytes(self) -> impl Iterator<Item = u8> + Clone + 'a {
        let mut rest = self.raw.iter();
        core::iter::from_fn(move || match rest.next() {
            Some(b'\\') if self.is_escaped => Some(*rest.next().unwrap_or(&b'\\')),
            byte => byte.copied(),
        })
    }

    /// Its bytes as they lie, if they mean themselves.
    pub fn as_plain(self) -> Option<&'a [u8]> {
        (!self.is_escaped).then_some(self.raw)
    }

    /// The same with `raw` in the place of its bytes as they lie.
    pub(crate) fn with_raw(self, raw: &'a [u8]) -> Self {
        Text { raw, ..self }
    }

    /// Tells if `\\` makes the byte after it mean itself.
    pub(crate) fn is_escaped(self) -> bool {
        self.is_escaped
    }

    /// Its bytes as they lie, perhaps with `\` before some.
    pub(crate) fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// Counts the bytes that it means.
    pub fn len(self) -> usize {
        if self.is_escaped {
            self.bytes().count()
        } else {
            self.raw.len()
        }
    }

    /// Tells if it means no bytes.
    pub fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// Copies what it means to the start of `buffer`; `None` where that is too small.
    pub fn copy_to(self, buffer: &mut [u8]) -> Option<&mut [u8]> {
        let len = self.len();
        let copy = buffer.get_mut(..len)?;
        copy.iter_mut()
            .zip(self.bytes())
            .for_each(|(to, byte)| *to = byte);
        Some(copy)
    }

    /// Splits at the first `separator` that is not escaped.
    pub(crate) fn split_once(self, separator: &[u8]) -> Option<(Text<'a>, Text<'a>)> {
        let mut at = 0;
        loop {
            let (before, rest) = self.raw.split_at_checked(at)?;
            if let Some(after) = rest.strip_prefix(separator) {
                let part = |raw| Text { raw, ..self };
                return Some((part(before), part(after)));
            }
            at += match rest.first()? {
                b'\\' if self.is_escaped => 2,
                _ => 1,
            };
        }
    }
}

/// The parts of a text between separators `;`, without empty ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    rest: Option<Text<'a>>,
}

impl<'a> Parts<'a> {
    /// The parts of a text, if there is one.
    pub(crate) fn of(text: Option<Text<'a>>) -> Self {
        Parts { rest: text }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        loop {
            let rest = self.rest?;
            let (first, after) = match rest.split_once(b";") {
                Some((first, after)) => (first, Some(after)),
                None => (rest, None),
            };
            self.rest = after;
            if !first.is_empty() {
                return Some(first);
            }
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Text) -> bool {
        self.bytes().eq(other.bytes())
    }
}
