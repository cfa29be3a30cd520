//! Trees of files to bake into an executable: made of a directory of the host ([`Tree::read`]) or
//! piece by piece, and written as one image (`image`).

mod host;
mod image;
#[cfg(test)]
mod tests;

pub(crate) use image::image;

use crate::Error;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// A tree of directories, files and symbolic links to bake into an executable, where the program
/// finds it, read-only, as a preopened directory: see [`Options::embed`](crate::Options::embed).
///
/// Paths have components separated by `/`, none of them empty, `.` or `..`. The directories on the
/// way to what is added are made where they are missing.
///
/// ```
/// let mut tree = kiln_compiler::Tree::new();
/// tree.add_file("share/greeting.txt", "hello")?;
/// tree.add_link("greeting", "share/greeting.txt")?;
/// assert_eq!((tree.files(), tree.bytes()), (1, 5));
/// # Ok::<(), kiln_compiler::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tree {
    root: Directory,
    /// When the root was last modified.
    time: u64,
    keeps_times: bool,
}

type Directory = BTreeMap<String, Entry>;

/// Something in a directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    /// When it was last modified, in nanoseconds since 1970.
    time: u64,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Directory(Directory),
    File(Contents),
    Link(String),
}

/// The source of a file's contents.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Contents {
    Bytes(Vec<u8>),
    /// A file of the host, read when the image is written.
    Host {
        path: PathBuf,
        /// Its length when it was found.
        len: u64,
        /// When it had last changed then, by the kernel's word, in seconds and nanoseconds: so trees
        /// are equal just if their files are.
        changed: (i64, i64),
    },
}

impl Tree {
    /// An empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives what a directory of the host holds, with all below it. Symbolic links stay links, whatever
    /// they lead to. Contents are read when the module is compiled, not before.
    ///
    /// Fails where something cannot be read, is neither directory, file nor link, or has a name
    /// that is not UTF-8, by which no program could open it.
    pub fn read(directory: impl AsRef<Path>) -> Result<Self, Error> {
        host::read(directory.as_ref())
    }

    /// Keeps the times at which files on the host were last modified. Without this all times are 0,
    /// so that the same files give the same executable on any machine.
    ///
    /// CPython, for one, uses a `.pyc` file only if it notes its source's time, or none at all.
    pub fn keep_times(mut self) -> Self {
        self.keeps_times = true;
        self
    }

    /// Adds a file with these contents, in place of any that was there.
    pub fn add_file(&mut self, path: &str, contents: impl Into<Vec<u8>>) -> Result<(), Error> {
        self.add(path, Kind::File(Contents::Bytes(contents.into())))
    }

    /// Adds a symbolic link, in place of any that was there. A target that is absolute or leads out
    /// of the tree is refused when a program follows it.
    pub fn add_link(&mut self, path: &str, target: &str) -> Result<(), Error> {
        self.add(path, Kind::Link(target.to_owned()))
    }

    /// Adds a directory, unless it is there.
    pub fn add_directory(&mut self, path: &str) -> Result<(), Error> {
        self.directory(path, path).map(drop)
    }

    /// Counts the files.
    pub fn files(&self) -> usize {
        count(&self.root).0
    }

    /// Counts the bytes of the files.
    pub fn bytes(&self) -> u64 {
        count(&self.root).1
    }

    fn add(&mut self, path: &str, kind: Kind) -> Result<(), Error> {
        let (parent, name) = match path.rsplit_once('/') {
            Some((parent, name)) => (Some(parent), name),
            None => (None, path),
        };
        check_name(name, path)?;
        let parent = match parent {
            Some(parent) => self.directory(parent, path)?,
            None => &mut self.root,
        };
        if let Some(Kind::Directory(_)) = parent.get(name).map(|entry| &entry.kind) {
            return Err(cannot_add(path, "a directory is there"));
        }
        parent.insert(name.to_owned(), Entry { time: 0, kind });
        Ok(())
    }

    /// The directory at `path`, made if need be; `added` is what it is made for.
    fn directory(&mut self, path: &str, added: &str) -> Result<&mut Directory, Error> {
        let mut directory = &mut self.root;
        for name in path.split('/') {
            check_name(name, added)?;
            let entry = directory.entry(name.to_owned()).or_insert_with(|| Entry {
                time: 0,
                kind: Kind::Directory(Directory::new()),
            });
            directory = match &mut entry.kind {
                Kind::Directory(directory) => directory,
                _ => return Err(cannot_add(added, &format!("`{name}` is no directory"))),
            };
        }
        Ok(directory)
    }
}

/// Refuses what is no name of something in a directory.
fn check_name(name: &str, path: &str) -> Result<(), Error> {
    match name {
        "" | "." | ".." => Err(cannot_add(path, "a component is empty, `.` or `..`")),
        _ if name.contains('\0') => Err(cannot_add(path, "a name holds a NUL")),
        _ => Ok(()),
    }
}

fn cannot_add(path: &str, why: &str) -> Error {
    Error::new(format!("cannot embed `{path}`: {why}"))
}

/// Files in a directory and below, and their bytes.
fn count(directory: &Directory) -> (usize, u64) {
    let of_entry = |entry: &Entry| match &entry.kind {
        Kind::Directory(directory) => count(directory),
        Kind::File(contents) => (1, contents.len()),
        Kind::Link(_) => (0, 0),
    };
    let counts = directory.values().map(of_entry);
    counts.fold((0, 0), |all, (files, bytes)| (all.0 + files, all.1 + bytes))
}

impl Contents {
    fn len(&self) -> u64 {
        match self {
            Contents::Bytes(bytes) => bytes.len() as u64,
            Contents::Host { len, .. } => *len,
        }
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Contents::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Contents::Host { path, len, .. } => write!(f, "{len} bytes of {}", path.display()),
        }
    }
}
