//! Resolution component by component, for kernels without openat2.
//!
//! Each component is opened by itself, relative to a descriptor and never following a link; links
//! are read and their text takes the component's place. `..` goes back to the descriptor it came
//! from, so it leads up the path as it was walked, never to where a directory has been moved since.

use super::MAX;
use super::rest::{MAX_LINKS, Rest};
use crate::growable::Growable;
use core::ffi::CStr;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, openat, readlinkat_raw};
use rustix::io::{Errno, Result};

/// The directories walked through, from the one given to the one reached.
struct Trail<'a> {
    root: BorrowedFd<'a>,
    below: Growable<Option<OwnedFd>, 16>,
    depth: usize,
}

impl<'a> Trail<'a> {
    #[inline]
    fn new(root: BorrowedFd<'a>) -> Self {
        Trail {
            root,
            below: Growable::new(),
            depth: 0,
        }
    }

    #[inline]
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

    #[inline]
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

    #[inline]
    fn up(&mut self) -> Result<()> {
        self.depth = self.depth.checked_sub(1).ok_or(Errno::PERM)?;
        if let Some(slot) = self.below.get_mut(self.depth) {
            *slot = None;
        }
        Ok(())
    }
}

/// The text of the link `name`, or `EINVAL` if it is none.
#[inline]
fn read_link<'a>(dir: BorrowedFd<'_>, name: &CStr, text: &'a mut [u8; MAX]) -> Result<&'a [u8]> {
    let len = readlinkat_raw(dir, name, text.as_mut_slice())?;
    Ok(&text[..len])
}

/// Opens `path` beneath `dir`.
#[inline]
pub fn open(dir: BorrowedFd<'_>, path: &CStr, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    let create = flags.contains(OFlags::CREATE);
    let exclusive = create && flags.contains(OFlags::EXCL);
    let follow = !(exclusive || flags.contains(OFlags::NOFOLLOW));
    let mut rest = Rest::new(path.to_bytes())?;
    let mut trail = Trail::new(dir);
    let mut text = [0; MAX];
    let mut links = 0;
    loop {
        if create && rest.is_slashed_name() {
            return Err(Errno::ISDIR);
        }
        let Some(component) = rest.take()? else {
            return openat(trail.here(), c".", flags, mode);
        };
        let name = component.as_c_str()?;
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
}
