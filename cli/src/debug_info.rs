//! The file with a module's debug information, where that is not in the module: the one that the user
//! names, or the one that the module names, in the module's directory.
//!
//! SECURITY: a module may be a stranger's. So only the last part of the name that it gives counts, and only
//! a regular file is read.

use crate::compile::{Module, is_stdio};
use crate::report;
use kiln_compiler::{DebugFile, debug_file_of};
use rustix::fs::{Mode, OFlags};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Reads the file, if there is to be one; `path` is the module's. An error is a warning to be told.
pub fn read(
    named: Option<&Path>,
    module: &Module,
    path: &Path,
) -> Result<Option<DebugFile>, String> {
    let (file, bytes) = match (named, beside(module, path)) {
        (Some(named), _) => (named.to_owned(), fs::read(named)),
        (None, Some(file)) => {
            let bytes = regular(&file);
            (file, bytes)
        }
        (None, None) => return Ok(None),
    };
    let name = report::shown(&file).to_string();
    match bytes {
        Ok(bytes) => Ok(Some(DebugFile { name, bytes })),
        Err(error) => Err(format!(
            "traps are told without lines, because {name} with the debug information cannot be read: \
             {error}"
        )),
    }
}

/// The file that a module names, beside it.
fn beside(module: &Module, path: &Path) -> Option<PathBuf> {
    let named = debug_file_of(&module.bytes).filter(|_| !is_stdio(path))?;
    // A URL may have more behind the path.
    let named = named.split(['?', '#']).next()?;
    let name = Path::new(named).file_name()?;
    Some(path.with_file_name(name))
}

/// The contents of a regular file, without waiting for a pipe's writer.
fn regular(path: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
