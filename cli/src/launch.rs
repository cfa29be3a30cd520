//! Hands the process over to an executable that Kiln made.
//!
//! What the program is granted goes along in the environment (`KILN_DIRS`, `KILN_ENV` and others)
//! rather than into the executable, so that one compilation serves every launch; a sealed executable,
//! which would not heed it, has its grants baked in.

use crate::args::Run;
use crate::settings::{Grants, Limits};
use crate::values::Dir;
use std::collections::HashMap;
use std::ffi::{CString, NulError, OsStr, OsString, c_char};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{io, iter, ptr};

/// An executable to become.
pub enum Executable<'a> {
    /// A file with a name.
    At(&'a Path),
    /// A file without one.
    Open(&'a File),
}

/// Becomes the program. Returns only if that fails.
pub fn exec(executable: Executable, module: &Path, args: &Run) -> io::Error {
    let name = module.file_name().unwrap_or(module.as_os_str());
    let mut command = match executable {
        Executable::At(path) => Command::new(path),
        Executable::Open(_) => Command::new(name),
    };
    command.arg0(name);
    if !args.grants.seal {
        grant_all(&mut command, &args.grants);
        limit(&mut command, &args.limits);
    }
    command.args(&args.args);
    match executable {
        Executable::At(_) => command.exec(),
        Executable::Open(file) => exec_open(file, name, command),
    }
}

/// Executes an open file. The standard library cannot; it prepares the process (signals, standard
/// streams), and this takes its place at the last step.
fn exec_open(file: &File, name: &OsStr, mut command: Command) -> io::Error {
    let args = iter::once(name).chain(command.get_args());
    let changes: HashMap<_, _> = command.get_envs().collect();
    let inherited = std::env::vars_os().filter(|(name, _)| !changes.contains_key(name.as_os_str()));
    let changed = changes
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)));
    let vars = inherited
        .map(|(name, value)| [name, value].join(OsStr::new("=")))
        .chain(changed.map(|(name, value)| [name, value].join(OsStr::new("="))));
    let (args, vars) = match (c_strings(args), c_strings(vars)) {
        (Ok(args), Ok(vars)) => (args, vars),
        (Err(error), _) | (_, Err(error)) => return error.into(),
    };
    let file = file.as_raw_fd();
    let execute = move || {
        let (args, vars) = (pointers(&args), pointers(&vars));
        // SAFETY: both are arrays of strings that end with a zero, closed by a null pointer, and
        // what they point to lives in the closure. fexecve is execveat with AT_EMPTY_PATH, which
        // needs no /proc; only where the kernel lacks it, the C library takes the file's name there.
        unsafe { libc::fexecve(file, args.as_ptr(), vars.as_ptr()) };
        Err(io::Error::last_os_error())
    };
    // SAFETY: `exec` forks nothing, so that the closure runs in this thread and may do anything.
    unsafe { command.pre_exec(execute) };
    command.exec()
}

fn c_strings<S: AsRef<OsStr>>(texts: impl Iterator<Item = S>) -> Result<Vec<CString>, NulError> {
    texts
        .map(|text| CString::new(text.as_ref().as_bytes()))
        .collect()
}

/// The array that C takes for a list of strings.
fn pointers(texts: &[CString]) -> Vec<*const c_char> {
    let texts = texts.iter().map(|text| text.as_ptr());
    texts.chain([ptr::null()]).collect()
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
    addresses.map(|address| address.as_bytes().into()).collect()
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
