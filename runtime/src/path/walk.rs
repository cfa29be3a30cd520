//! Resolution component by component, for kernels without openat2.
//!
//! Each component is opened by itself, relative to a descriptor and never following a link; links
//! are read and their text takes the component's place. `..` goes back to the descriptor it came
//! from, so it leads up the path as it was walked, never to where a directory has been moved since.

use super::MAX;
use crate::growable::Growable;
use core::ffi::CStr;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, openat, readlinkat_raw};
use rustix::io::{Errno, Result};

/// Symbolic links a path may go through, as many as Linux allows.
const MAX_LINKS: u32 = 40;

/// What is still to be walked, at the end of its buffer so that a link's text fits in front.
struct Rest {
    bytes: [u8; 2 * MAX],
    start: usize,
}

/// A component taken off the path.
struct Component {
    name: [u8; 256],
    /// Nothing follows it, not even a slash.
    is_last: bool,
}

impl Component {
    fn name(&self) -> Result<&CStr> {
        CStr::from_bytes_until_nul(&self.name).map_err(|_| Errno::NAMETOOLONG)
    }
}

impl Rest {
    fn new(path: &CStr) -> Result<Self> {
        let mut rest = Rest {
            bytes: [0; 2 * MAX],
            start: 2 * MAX,
        };
        rest.prepend(path.to_bytes())?;
        Ok(rest)
    }

    /// Puts a path in front of the rest, which must be empty or begin with a slash.
    fn prepend(&mut self, path: &[u8]) -> Result<()> {
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

    /// Takes the first component, but not the slash after it. A path that ends with a slash ends
    /// with the component `.`, as pathname resolution has it (path_resolution(7)).
    fn take(&mut self) -> Result<Option<Component>> {
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
        let text = if len == 0 {
            b".".as_slice()
        } else {
            &path[..len]
        };
        let mut component = Component {
            name: [0; 256],
            is_last: len == path.len(),
        };
        let name = component
            .name
            .get_mut(..text.len())
            .ok_or(Errno::NAMETOOLONG)?;
        name.copy_from_slice(text);
        self.start += slashes + len;
        Ok(Some(component))
    }
}

/// The directories walked through, from the one given to the one reached.
struct Trail<'a> {
    root: BorrowedFd<'a>,
    below: Growable<Option<OwnedFd>, 16>,
    depth: usize,
}

impl<'a> Trail<'a> {
    fn new(root: BorrowedFd<'a>) -> Self {
        Trail {
            root,
            below: Growable::new(),
            depth: 0,
        }
    }

    fn here(&self) -> BorrowedFd<'_> {
        let top = self
            .depth
            .checked_sub(1)
            .and_then(|top| self.below.get(top));
        match top {
            Some(Some(dir)) => dir.as_fd(),
            _ => self.root,
        }
    }

    fn down(&mut self, dir: OwnedFd) -> Result<()> {
        if self.depth == self.below.len() {
            self.below.grow()?;
        }
        if let Some(slot) = self.below.get_mut(self.depth) {
            *slot = Some(dir);
            self.depth += 1;
        }
        Ok(())
    }

    fn up(&mut self) -> Result<()> {
        self.depth = self.depth.checked_sub(1).ok_or(Errno::PERM)?;
        if let Some(slot) = self.below.get_mut(self.depth) {
            *slot = None;
        }
        Ok(())
    }
}

/// The text of the link `name`, or `EINVAL` if it is none.
fn read_link<'a>(dir: BorrowedFd<'_>, name: &CStr, text: &'a mut [u8; MAX]) -> Result<&'a [u8]> {
    let len = readlinkat_raw(dir, name, text.as_mut_slice())?;
    Ok(&text[..len])
}

/// Opens `path` beneath `dir`.
pub fn open(dir: BorrowedFd<'_>, path: &CStr, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    let create = flags.contains(OFlags::CREATE);
    let exclusive = create && flags.contains(OFlags::EXCL);
    let follow = !(exclusive || flags.contains(OFlags::NOFOLLOW));
    if create && path.to_bytes().ends_with(b"/") {
        return Err(Errno::ISDIR);
    }
    let mut rest = Rest::new(path)?;
    let mut trail = Trail::new(dir);
    let mut text = [0; MAX];
    let mut links = 0;
    while let Some(component) = rest.take()? {
        let name = component.name()?;
        match name.to_bytes() {
            b"." => continue,
            b".." => {
                trail.up()?;
                continue;
            }
            _ => {}
        }
        let link = if !component.is_last {
            let directory = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            match openat(trail.here(), name, directory, Mode::empty()) {
                Ok(dir) => {
                    trail.down(dir)?;
                    continue;
                }
                Err(Errno::NOTDIR) => {
                    read_link(trail.here(), name, &mut text).map_err(|_| Errno::NOTDIR)?
                }
                Err(error) => return Err(error),
            }
        } else {
            let link = if follow {
                read_link(trail.here(), name, &mut text).ok()
            } else {
                None
            };
            match link {
                Some(link) => link,
                None => return openat(trail.here(), name, flags | OFlags::NOFOLLOW, mode),
            }
        };
        links += 1;
        if links > MAX_LINKS {
            return Err(Errno::LOOP);
        }
        rest.prepend(link)?;
    }
    openat(trail.here(), c".", flags, mode)
}
