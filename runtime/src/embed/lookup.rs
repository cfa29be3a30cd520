//! Lookup of paths in an embedded tree.
//!
//! **Security-critical** only in that it must stay within the image; a tree holds nothing else. It
//! keeps the rules of [`crate::path`] all the same, so that a program meets the same errors in an
//! embedded directory as in one of the host.

use super::Place;
use crate::path::rest::{MAX_LINKS, Rest};
use crate::sys::errno::Errno;
use kiln_abi::embed::NodeKind;

/// The node that a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// This.
    Place(Place),
    /// A name that is not there, in a directory that is.
    Vacant,
}

impl Place {
    /// Finds what a path leads to beneath this directory. A link that the path ends with is followed
    /// if `follow`; any other always. A file that the lookup `creates` cannot have a slash behind.
    #[inline]
    pub fn look_up(self, path: &[u8], follow: bool, creates: bool) -> Result<Found, Errno> {
        let mut rest = Rest::new(path)?;
        let mut here = self;
        let mut links = 0;
        loop {
            if creates && rest.is_slashed_name() {
                return here.children().and(Err(Errno::ISDIR));
            }
            let Some(component) = rest.take()? else {
                return Ok(Found::Place(here));
            };
            let children = here.children()?;
            match component.name() {
                b"." => continue,
                b".." if here == self => return Err(Errno::PERM),
                b".." => {
                    here = here.at(here.node()?.parent);
                    continue;
                }
                _ => {}
            }
            let Some(number) = here.image.find(children, component.name()) else {
                return match component.is_last {
                    true => Ok(Found::Vacant),
                    false => Err(Errno::NOENT),
                };
            };
            let child = here.at(number);
            match child.node()?.kind {
                NodeKind::Link(target) if follow || !component.is_last => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Errno::LOOP);
                    }
                    rest.prepend(target)?;
                }
                _ => here = child,
            }
        }
    }

    /// Finds what is there.
    #[inline]
    pub fn find(self, path: &[u8], follow: bool) -> Result<Place, Errno> {
        match self.look_up(path, follow, false)? {
            Found::Place(place) => Ok(place),
            Found::Vacant => Err(Errno::NOENT),
        }
    }
}
