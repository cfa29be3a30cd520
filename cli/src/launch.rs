//! Hands the process over to an executable that Kiln made.
//!
//! What the program is granted goes along in the environment (`KILN_DIRS`, `KILN_ENV`,
//! `KILN_ARGV0`) rather than into the executable, so that one compilation serves every launch.

use crate::args::{Grants, Run};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Becomes the program. Returns only if that fails.
pub fn exec(executable: &Path, args: &Run) -> io::Error {
    let grants = &args.grants;
    let name = args.module.file_name().unwrap_or(args.module.as_os_str());
    let mut command = Command::new(executable);
    command.arg0(name).args(&grants.args).args(&args.args);
    grant(&mut command, "KILN_DIRS", dirs(grants));
    grant(&mut command, "KILN_ENV", vars(grants));
    if let Some(argv0) = &grants.argv0 {
        command.env("KILN_ARGV0", argv0);
    }
    command.exec()
}

/// Adds entries to a variable after those it has already, which they override.
fn grant(command: &mut Command, variable: &str, entries: Vec<Vec<u8>>) {
    if entries.is_empty() {
        return;
    }
    let existing = std::env::var_os(variable).filter(|list| !list.is_empty());
    let lists: Vec<_> = existing
        .map(OsString::into_vec)
        .into_iter()
        .chain(entries)
        .collect();
    command.env(variable, OsString::from_vec(lists.join(&b';')));
}

fn dirs(grants: &Grants) -> Vec<Vec<u8>> {
    let entry = |host: &OsStr, guest: &OsStr| escape(&[host.as_bytes(), b"::", guest.as_bytes()]);
    let dirs = grants.dirs.iter();
    dirs.map(|dir| entry(&dir.host, &dir.guest)).collect()
}

/// The whole environment first where it is granted, so that single variables prevail.
fn vars(grants: &Grants) -> Vec<Vec<u8>> {
    let inherited = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| grants.inherit_env && !name.as_bytes().starts_with(b"KILN_"))
        .map(|name| escape(&[name.as_bytes()]));
    let single = grants.vars.iter().map(|var| match &var.value {
        Some(value) => escape(&[var.name.as_bytes(), b"=", value.as_bytes()]),
        None => escape(&[var.name.as_bytes()]),
    });
    inherited.chain(single).collect()
}

/// An entry of a list whose separator is `;` and whose escape is `\`.
fn escape(parts: &[&[u8]]) -> Vec<u8> {
    let mut entry = Vec::new();
    for &byte in parts.iter().copied().flatten() {
        if matches!(byte, b';' | b'\\') {
            entry.push(b'\\');
        }
        entry.push(byte);
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_escapes_are_escaped() {
        assert_eq!(escape(&[b"A", b"=", br"x;y\z"]), br"A=x\;y\\z");
    }
}
