//! Reads a directory of the host into a tree.

use super::{Contents, Directory, Entry, Kind, Tree};
use crate::Error;
use kiln_abi::printable::Printable;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Gives what a directory holds, with all below it.
pub(super) fn read(path: &Path) -> Result<Tree, Error> {
    // The directory itself may be named by a link.
    let metadata = fs::metadata(path).map_err(cannot_read(path))?;
    Ok(Tree {
        root: directory(path)?,
        time: time(&metadata),
        keeps_times: false,
    })
}

fn directory(path: &Path) -> Result<Directory, Error> {
    let mut directory = Directory::new();
    for found in fs::read_dir(path).map_err(cannot_read(path))? {
        let found = found.map_err(cannot_read(path))?;
        let path = found.path();
        let metadata = found.metadata().map_err(cannot_read(&path))?;
        let entry = Entry {
            time: time(&metadata),
            kind: kind(&path, &metadata)?,
        };
        directory.insert(text(&found.file_name(), &path, "its name")?, entry);
    }
    Ok(directory)
}

fn kind(path: &Path, metadata: &Metadata) -> Result<Kind, Error> {
    let file_type = metadata.file_type();
    if file_type.is_dir() {
        Ok(Kind::Directory(directory(path)?))
    } else if file_type.is_file() {
        Ok(Kind::File(Contents::Host {
            path: path.to_owned(),
            len: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }))
    } else if file_type.is_symlink() {
        let target = fs::read_link(path).map_err(cannot_read(path))?;
        Ok(Kind::Link(text(target.as_os_str(), path, "its target")?))
    } else {
        let message = format!(
            "cannot embed `{}`: it is neither a directory, a file nor a symbolic link",
            shown(path)
        );
        Err(Error::new(message).help("take it out of the directory that is embedded"))
    }
}

fn text(text: &OsStr, path: &Path, what: &str) -> Result<String, Error> {
    text.to_str().map(str::to_owned).ok_or_else(|| {
        let message = format!("cannot embed `{}`: {what} is not UTF-8", shown(path));
        Error::new(message).help("rename it: programs name files in UTF-8")
    })
}

// As the runtime tells of a file on the host: a time before 1970 is 0.
fn time(metadata: &Metadata) -> u64 {
    let nanoseconds = metadata.mtime_nsec() as u64;
    match u64::try_from(metadata.mtime()) {
        Ok(seconds) => seconds
            .saturating_mul(1_000_000_000)
            .saturating_add(nanoseconds),
        Err(_) => 0,
    }
}

fn shown(path: &Path) -> Printable<'_> {
    Printable(path.as_os_str().as_bytes())
}

pub(super) fn cannot_read(path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| Error::new(format!("cannot embed `{}`: {error}", shown(path)))
}
