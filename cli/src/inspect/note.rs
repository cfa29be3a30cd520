//! The note of a file that Kiln made, as a table.

use super::table::{Table, lines};
use crate::values::show_size;
use kiln_compiler::Note;
use kiln_compiler::note::{Debugging, Dir, Embedded, Grants, Import, Limits, Provider, Var};
use kiln_compiler::sandbox::Profile;

/// Lists what a note says, under the names of the flags that say it to `kiln build`.
pub fn table(note: &Note, debugging: &Debugging, profile: &Profile) -> Table {
    let mut table = Table::default();
    let module = &note.module;
    table.row("made by", format!("Kiln {}", note.kiln));
    table.row("module", format!("sha256 {}", module.sha256));
    table.row("", format!("{} bytes", module.size));
    table.rows("entry", note.entry.as_deref().map(entry));
    table.row("target", &*note.target);
    table.row("cpu", &*note.cpu);
    table.rows("", lines(&note.cpu_features));
    table.row("opt-level", &*note.opt_level);
    table.rows("profile", self::profile(note));
    table.row("bounds-checks", &*note.bounds_checks);
    table.row("spectre", if note.spectre { "on" } else { "off" });
    table.row("stack-size", show_size(note.stack_size));
    limits(&mut table, &note.limits);
    table.rows("trap-signal", note.trap_signal.then(|| "yes".to_owned()));
    table.rows("core-dump", note.host_dump.then(|| "host".to_owned()));
    table.rows("traps tell", note.traps_tell.clone());
    table.rows("debugging", self::debugging(debugging));
    table.rows("features", lines(&note.features));
    table.rows("imports", imports(&note.imports));
    grants(&mut table, &note.grants);
    table.row("sealed", if note.sealed { "yes" } else { "no" });
    table.row(
        "sandbox",
        match (note.sandbox, note.sandbox_required) {
            (false, _) => "off",
            (true, false) => "on",
            (true, true) => "required",
        },
    );
    table.rows("syscalls", lines(&profile.allowed));
    table
}

/// Tells of a profile that is made or used.
fn profile(note: &Note) -> Option<String> {
    match note.profile_use {
        Some((known, all)) => Some(format!("used: knows {known} of {all} functions")),
        None => note.profile_generate.then(|| "generated".to_owned()),
    }
}

/// A name that may be empty.
fn entry(name: &str) -> String {
    match name {
        "" => "\"\"".to_owned(),
        name => name.to_owned(),
    }
}

/// Lists what debuggers find.
fn debugging(found: &Debugging) -> Vec<String> {
    let file = found.file.as_ref();
    let mut all: Vec<String> = [
        found.symbols.then(|| "symbols".to_owned()),
        found.dwarf.then(|| "debug information".to_owned()),
        file.map(|file| format!("debug information in {file}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if all.is_empty() {
        all.push("nothing".to_owned());
    }
    all
}

fn limits(table: &mut Table, limits: &Limits) {
    table.rows("max-memory", limits.max_memory.map(show_size));
    let files = limits.max_open_files;
    table.rows("max-open-files", files.map(|files| files.to_string()));
    let timeout = limits.timeout;
    table.rows("timeout", timeout.map(|seconds| format!("{seconds} s")));
}

fn grants(table: &mut Table, grants: &Grants) {
    if *grants == Grants::default() {
        table.row("grants", "none");
    }
    table.rows("dir", grants.dirs.iter().map(dir));
    table.rows("embed", grants.embedded.iter().map(embedded));
    let inherited = grants
        .inherit_env
        .then(|| "all there are at launch".to_owned());
    table.rows(
        "env",
        inherited.into_iter().chain(grants.env.iter().map(var)),
    );
    table.rows("argv0", grants.argv0.clone());
    table.rows("arg", grants.args.clone());
    table.rows("listen", grants.listen.clone());
    table.rows("stdin", grants.stdin.clone());
    table.rows("stdout", grants.stdout.clone());
    table.rows("stderr", grants.stderr.clone());
}

fn dir(dir: &Dir) -> String {
    let access = if dir.read_only { ", read-only" } else { "" };
    format!("{} as {}{access}", dir.host, dir.guest)
}

fn embedded(embedded: &Embedded) -> String {
    let files = match embedded.files {
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    };
    format!("{files}, {} bytes, as {}", embedded.bytes, embedded.guest)
}

fn var(var: &Var) -> String {
    match &var.value {
        Some(value) => format!("{}={value}", var.name),
        None => format!("{}, as it is at launch", var.name),
    }
}

/// The imports of each module and provider together.
fn imports(imports: &[Import]) -> Vec<String> {
    let group = |import: &Import| (import.module.clone(), import.provider);
    let mut groups: Vec<(_, Vec<String>)> = Vec::new();
    for import in imports {
        match groups.iter_mut().find(|(key, _)| *key == group(import)) {
            Some((_, names)) => names.push(import.name.clone()),
            None => groups.push((group(import), vec![import.name.clone()])),
        }
    }
    let mut shown = Vec::new();
    for ((module, provider), names) in groups {
        shown.push(match provider {
            Provider::Wasi => module,
            Provider::User => format!("{module}, linked in"),
            Provider::NoOp => format!("{module}: calls do nothing"),
            _ => format!("{module}, which nothing provides: calls trap"),
        });
        shown.extend(lines(&names).into_iter().map(|line| format!("  {line}")));
    }
    shown
}
