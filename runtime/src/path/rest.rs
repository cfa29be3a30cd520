//! The rest of a path, which is still to be walked component by component, with the text of the links on the
//! way put in front.

use super::MAX;
use core::ffi::CStr;
use rustix::io::{Errno, Result};

/// Symbolic links a path may go through, as many as Linux allows.
pub const MAX_LINKS: u32 = 40;

/// The rest of a path, at the end of its buffer so that a link's text fits in front.
pub struct Rest {
    bytes: [u8; 2 * MAX],
    start: usize,
}

/// A component taken off the path.
pub struct Component {
    text: [u8; 256],
    len: usize,
    /// Nothing follows it, not even a slash.
    pub is_last: bool,
}

impl Component {
    /// Its bytes.
    #[inline]
    pub fn name(&self) -> &[u8] {
        &self.text[..self.len]
    }

    /// As a C string.
    #[inline]
    pub fn as_c_str(&self) -> Result<&CStr> {
        CStr::from_bytes_until_nul(&self.text).map_err(|_| Errno::NAMETOOLONG)
    }
}

impl Rest {
    /// All of a path.
    #[inline]
    pub fn new(path: &[u8]) -> Result<Self> {
        let mut rest = Rest {
            bytes: [0; 2 * MAX],
            start: 2 * MAX,
        };
        rest.prepend(path)?;
        Ok(rest)
    }

    /// Puts a path in front of the rest, which must be empty or begin with a slash.
    #[inline]
    pub fn prepend(&mut self, path: &[u8]) -> Result<()> {
        match path {
            [] => return Err(Errno::NOENT),
            [b'/', ..] => return Err(Errno::PERM),
            _ => {}
        }
        let start = self
            .start
            .checked_sub(path.len())
            .ok_or(Errno::NAMETOOLONG)?;
        self.bytes[start..self.start].copy_from_slice(path);
        self.start = start;
        Ok(())
    }

    /// Tells if what is left is one name with slashes behind, neither `.` nor `..`. No file can be created by
    /// it, which the kernel says (`EISDIR`) once it has walked there and before it looks at the name.
    #[inline]
    pub fn is_slashed_name(&self) -> bool {
        let rest = &self.bytes[self.start..];
        let mut names = rest
            .split(|&byte| byte == b'/')
            .filter(|name| !name.is_empty());
        match (names.next(), names.next()) {
            (None | Some(b"." | b".."), _) | (_, Some(_)) => false,
            (Some(_), None) => rest.ends_with(b"/"),
        }
    }

    /// Takes the first component, but not the slash after it. A path that ends with a slash ends
    /// with the component `.`, as pathname resolution has it (path_resolution(7)).
    #[inline]
    pub fn take(&mut self) -> Result<Option<Component>> {
        let rest = &self.bytes[self.start..];
        if rest.is_empty() {
            return Ok(None);
        }
        let slashes = rest.iter().take_while(|&&byte| byte == b'/').count();
        let path = &rest[slashes..];
        let len = path
            .iter()
            .position(|&byte| byte == b'/')
            .unwrap_or(path.len());
        let name = if len == 0 {
            b".".as_slice()
        } else {
            &path[..len]
        };
        let mut component = Component {
            text: [0; 256],
            len: name.len(),
            is_last: len == path.len(),
        };
        // With room for a NUL.
        let text = component
            .text
            .get_mut(..=name.len())
            .ok_or(Errno::NAMETOOLONG)?;
        text[..name.len()].copy_from_slice(name);
        self.start += slashes + len;
        Ok(Some(component))
    }
}
