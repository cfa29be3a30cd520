//! Files baked into the executable, as the guest sees them: a file system mounted read-only, without
//! a descriptor of the host. Contents are read from where the kernel mapped the executable.
//!
//! Paths are looked up in [`lookup`], under the rules of [`crate::path`]; what answers an
//! attempt to change something, in [`refusal`].

pub mod lookup;
pub mod refusal;
#[cfg(test)]
mod tests;

use crate::sys::errno::Errno;
use crate::sys::types::{FdFlags, FileStat, FileType};
use core::cell::Cell;
use core::ops::Range;
use kiln_abi::embed::{Image, Node, NodeKind};
use rustix::fs::OFlags;

/// The device that embedded files say they lie on. Linux has none of so large a number.
const DEVICE: u64 = 1 << 32;

/// A file, directory or link, and the tree it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    image: Image<'static>,
    root: u32,
    number: u32,
}

impl Place {
    /// The root of one of an image's trees.
    #[inline]
    pub fn root(image: Image<'static>, number: u32) -> Option<Self> {
        let place = Place {
            image,
            root: number,
            number,
        };
        matches!(image.node(number)?.kind, NodeKind::Directory(_)).then_some(place)
    }

    /// Returns the node there. Only a damaged image lacks a node.
    #[inline]
    fn node(self) -> Result<Node<'static>, Errno> {
        self.image.node(self.number).ok_or(Errno::IO)
    }

    /// Another place in the tree.
    #[inline]
    fn at(self, number: u32) -> Self {
        Place { number, ..self }
    }

    /// The numbers of a directory's children.
    #[inline]
    pub fn children(self) -> Result<Range<u32>, Errno> {
        match self.node()?.kind {
            NodeKind::Directory(children) => Ok(children),
            _ => Err(Errno::NOTDIR),
        }
    }

    /// A child of a directory, by its number, and its name.
    #[inline]
    pub fn child(self, number: u32) -> Result<(Place, &'static [u8]), Errno> {
        let child = self.at(number);
        Ok((child, child.node()?.name))
    }

    /// Returns what a symbolic link leads to.
    #[inline]
    pub fn target(self) -> Result<&'static [u8], Errno> {
        match self.node()?.kind {
            NodeKind::Link(target) => Ok(target),
            _ => Err(Errno::INVAL),
        }
    }

    /// Its type.
    #[inline]
    pub fn file_type(self) -> Result<FileType, Errno> {
        Ok(match self.node()?.kind {
            NodeKind::Directory(_) => FileType::Directory,
            NodeKind::File(_) => FileType::RegularFile,
            NodeKind::Link(_) => FileType::SymbolicLink,
        })
    }

    /// A number that no other file has.
    #[inline]
    pub fn serial(self) -> u64 {
        u64::from(self.number) + 1
    }

    /// Its attributes.
    #[inline]
    pub fn stat(self) -> Result<FileStat, Errno> {
        let node = self.node()?;
        let size = match node.kind {
            NodeKind::File(bytes) | NodeKind::Link(bytes) => bytes.len() as u64,
            NodeKind::Directory(_) => 0,
        };
        Ok(FileStat {
            dev: DEVICE,
            ino: self.serial(),
            file_type: self.file_type()?,
            nlink: 1,
            size,
            atim: node.time,
            mtim: node.time,
            ctim: node.time,
        })
    }
}

/// The object of an open descriptor, with what the kernel would keep of it.
#[derive(Debug)]
pub struct Open {
    /// The open node.
    pub place: Place,
    /// The offset of the next read.
    position: Cell<u64>,
    /// As fcntl(2) would give them.
    flags: Cell<OFlags>,
}

impl Open {
    /// Opens a file or directory. Of the flags only those of the descriptor stay.
    #[inline]
    pub fn new(place: Place, flags: OFlags) -> Self {
        Open {
            place,
            position: Cell::new(0),
            flags: Cell::new(FdFlags::from_linux(flags).to_linux()),
        }
    }

    /// Its flags; the access mode among them is to read.
    #[inline]
    pub fn flags(&self) -> OFlags {
        self.flags.get()
    }

    /// Changes the flags that Linux can change.
    #[inline]
    pub fn set_flags(&self, flags: OFlags) {
        let changeable = OFlags::APPEND | OFlags::NONBLOCK;
        let kept = self.flags.get().difference(changeable);
        self.flags.set(kept | flags.intersection(changeable));
    }

    /// The position.
    #[inline]
    pub fn position(&self) -> u64 {
        self.position.get()
    }

    /// Moves the position: to what a file of the host could have.
    #[inline]
    pub fn set_position(&self, position: u64) -> Result<(), Errno> {
        if i64::try_from(position).is_err() {
            return Err(Errno::INVAL);
        }
        self.position.set(position);
        Ok(())
    }

    /// A file's bytes from a position on.
    #[inline]
    pub fn bytes_from(&self, position: u64) -> Result<&'static [u8], Errno> {
        let NodeKind::File(bytes) = self.place.node()?.kind else {
            return Err(Errno::BADF);
        };
        let start = usize::try_from(position).unwrap_or(usize::MAX);
        Ok(bytes.get(start..).unwrap_or_default())
    }
}
