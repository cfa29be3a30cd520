//! Files that the command line or a `kiln.toml` names to be read.

use crate::report::{self, Failure};
use std::fs;
use std::path::Path;

/// Reads a file. `instead` says what to name where a directory is named.
pub fn read(path: &Path, instead: &str) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        let name = report::shown(&path);
        if path.is_dir() {
            Failure::new(format!("cannot read {name}: it is a directory")).help(instead)
        } else {
            Failure::new(format!("cannot read {name}: {error}"))
        }
    })
}
