//! Hands the process over to an executable that Kiln made.
//!
//! What the program is granted goes along in the environment (`KILN_DIRS`, `KILN_ENV` and others)
//! rather than into the executable, so that one compilation serves every launch; a sealed executable,
//! which would not heed it, has its grants baked in.

use crate::args::Run;
use crate::settings::{Grants, Limits};
use crate::values::Dir;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Becomes the program. Returns only if that fails.
pub fn exec(executable: &Path, module: &Path, args: &Run) -> io::Error {
    let name = module.file_name().unwrap_or(module.as_os_str());
    let mut command = Command::new(executable);
    command.arg0(name);
    if !args.grants.seal {
        grant_all(&mut command, &args.grants);
        limit(&mut command, &args.limits);
    }
    command.args(&args.args).exec()
}

fn grant_all(command: &mut Command, grants: &Grants) {
    command.args(&grants.args);
    grant(command, "KILN_DIRS", dirs(grants));
    grant(command, "KILN_ENV", vars(grants));
    grant(command, "KILN_LISTEN", addresses(grants));
    let single = [
        ("KILN_ARGV0", &grants.argv0),
        ("KILN_STDIN", &grants.stdin),
        ("KILN_STDOUT", &grants.stdout),
        ("KILN_STDERR", &grants.stderr),
    ];
    for (variable, value) in single {
        if let Some(value) = value {
            command.env(variable, OsString::from_vec(escape(value)));
        }
    }
}

fn limit(command: &mut Command, limits: &Limits) {
    let milliseconds = |time: Duration| format!("{}ms", time.as_millis());
    let variables = [
        (
            "KILN_MAX_MEMORY",
            limits.max_memory.map(|bytes| bytes.to_string()),
        ),
        (
            "KILN_MAX_OPEN_FILES",
            limits.max_open_files.map(|count| count.to_string()),
        ),
        ("KILN_TIMEOUT", limits.timeout.map(milliseconds)),
    ];
    for (variable, limit) in variables {
        command.envs(limit.map(|limit| (variable, limit)));
    }
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
    let entry = |dir: &Dir| {
        let mut entry = [escape(&dir.host), escape(&dir.guest)].join(&b"::"[..]);
        if dir.is_read_only {
            entry.extend_from_slice(b":ro");
        }
        entry
    };
    grants.dirs.iter().map(entry).collect()
}

fn addresses(grants: &Grants) -> Vec<Vec<u8>> {
    let addresses = grants.listen.iter();
    addresses
        .map(|address| address.to_string().into_bytes())
        .collect()
}

/// The whole environment first where it is granted, so that single variables prevail.
fn vars(grants: &Grants) -> Vec<Vec<u8>> {
    let inherited = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| grants.inherit_env && !name.as_bytes().starts_with(b"KILN_"))
        .map(|name| escape(&name));
    let single = grants.vars.iter().map(|var| match &var.value {
        Some(value) => [escape(&var.name), escape(value)].join(&b'='),
        None => escape(&var.name),
    });
    inherited.chain(single).collect()
}

/// Text that means itself to the runtime, which takes `\` before a byte for that byte, and gives
/// meaning to `;` and `:` without.
fn escape(text: &OsStr) -> Vec<u8> {
    let mut escaped = Vec::new();
    for &byte in text.as_bytes() {
        if matches!(byte, b';' | b':' | b'\\') {
            escaped.push(b'\\');
        }
        escaped.push(byte);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_is_escaped() {
        assert_eq!(escape(OsStr::new(r"a;b\c::d")), br"a\;b\\c\:\:d");
    }
}
