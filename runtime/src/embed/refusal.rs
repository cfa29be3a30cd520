//! Why an embedded tree cannot be changed: what Linux answers where a file system is mounted
//! read-only. That is `EROFS`, unless something else is wrong that it finds first.

use super::Place;
use super::lookup::Found;
use crate::sys::errno::Errno;

/// A path taken apart.
struct Split<'a> {
    /// The path of the directory.
    parent: &'a [u8],
    /// The last component.
    name: &'a [u8],
    /// A slash follows it.
    is_slashed: bool,
}

impl<'a> Split<'a> {
    #[inline]
    fn new(path: &'a [u8]) -> Self {
        let end = path.iter().rposition(|&byte| byte != b'/');
        let trimmed = &path[..end.map_or(0, |last| last + 1)];
        let slash = trimmed.iter().rposition(|&byte| byte == b'/');
        let (parent, name) = trimmed.split_at(slash.map_or(0, |slash| slash + 1));
        Split {
            parent: if parent.is_empty() { b"." } else { parent },
            name,
            is_slashed: trimmed.len() < path.len(),
        }
    }

    #[inline]
    fn is_dots(&self) -> bool {
        matches!(self.name, b"." | b"..")
    }
}

impl Place {
    /// Why nothing can be made here under this path. Only the name of a directory can have a slash
    /// behind.
    #[inline]
    pub fn refuse_creation(self, path: &[u8], is_directory: bool) -> Errno {
        let split = Split::new(path);
        let holder = self.holder(&split);
        match holder.and_then(|dir| dir.look_up(split.name, false, false)) {
            _ if split.is_dots() => self.find(path, true).err().unwrap_or(Errno::EXIST),
            Err(error) => error,
            Ok(Found::Place(_)) => Errno::EXIST,
            Ok(Found::Vacant) if split.is_slashed && !is_directory => Errno::NOENT,
            Ok(Found::Vacant) => Errno::ROFS,
        }
    }

    /// Why no symbolic link can be made here under this path.
    #[inline]
    pub fn refuse_symlink(self, path: &[u8]) -> Errno {
        match self.refuse_creation(path, false) {
            // A slash after a file's name is the first thing wrong, as for the reference host.
            Errno::EXIST if path.ends_with(b"/") => {
                self.find(path, true).err().unwrap_or(Errno::EXIST)
            }
            error => error,
        }
    }

    /// Why nothing can be removed here under this path.
    #[inline]
    pub fn refuse_removal(self, path: &[u8], is_directory: bool) -> Errno {
        let split = Split::new(path);
        match (self.holder(&split), split.name) {
            (Err(error), _) => error,
            (Ok(_), b"." | b"..") if !is_directory => Errno::ISDIR,
            (Ok(_), b".") => Errno::INVAL,
            (Ok(_), b"..") => Errno::NOTEMPTY,
            (Ok(_), _) => Errno::ROFS,
        }
    }

    /// Why nothing can be renamed from a path here to a path there.
    #[inline]
    pub fn refuse_renaming(self, path: &[u8], there: Place, new: &[u8]) -> Errno {
        let (old, new) = (Split::new(path), Split::new(new));
        match (self.holder(&old), there.holder(&new)) {
            (Err(error), _) | (_, Err(error)) => error,
            _ if self.root != there.root => Errno::XDEV,
            _ if old.is_dots() || new.is_dots() => Errno::BUSY,
            _ => Errno::ROFS,
        }
    }

    /// Why no link to a path here can be made there.
    #[inline]
    pub fn refuse_link(self, path: &[u8], there: Place, new: &[u8]) -> Errno {
        let holder = there.holder(&Split::new(new));
        match holder.and_then(|_| self.find(path, false)) {
            Err(error) => error,
            Ok(_) => match there.refuse_creation(new, false) {
                Errno::ROFS if self.root != there.root => Errno::XDEV,
                error => error,
            },
        }
    }

    /// Why the attributes of what a path leads to cannot be changed.
    #[inline]
    pub fn refuse_attributes(self, path: &[u8], follow: bool) -> Errno {
        self.find(path, follow).err().unwrap_or(Errno::ROFS)
    }

    /// The directory that holds a path's last component. Where that is `..`, it too must lie beneath
    /// this one.
    #[inline]
    fn holder(self, split: &Split<'_>) -> Result<Place, Errno> {
        let dir = self.find(split.parent, true)?;
        dir.children()?;
        if split.name == b".." && dir == self {
            return Err(Errno::PERM);
        }
        Ok(dir)
    }
}
