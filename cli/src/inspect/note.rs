//! `kiln inspect`: what a file that Kiln made says of itself.

use crate::args::Inspect;
use crate::input;
use crate::output;
use crate::report::{self, Failure};
use crate::values::show_size;
use anstyle::Style;
use kiln_abi::printable::{Printable, is_control};
use kiln_compiler::Note;
use kiln_compiler::note::{Dir, Embedded, Grants, Import, Limits, Provider, Var};
use std::fmt::Write as _;

/// Runs the subcommand.
pub fn inspect(args: &Inspect) -> Result<(), Failure> {
    let name = report::shown(&args.file);
    let file = input::read(&args.file, "name a file in it that Kiln made")?;
    let note = Note::read(&file).map_err(|error| {
        let help = error.advice().map(str::to_owned);
        Failure::new(format!("{name}: {error}")).maybe_help(help)
    })?;
    let text = if args.json {
        let json = serde_json::to_string_pretty(&note);
        escaped(&json.map_err(|error| Failure::new(error.to_string()))?) + "\n"
    } else {
        table(&note).to_string()
    };
    output::print(&text)
}

/// Names and what they stand for, in two columns.
#[derive(Default)]
struct Table {
    rows: Vec<(&'static str, String)>,
}

impl Table {
    /// Adds a row for each value; the name stands in the first.
    fn rows(&mut self, name: &'static str, values: impl IntoIterator<Item = String>) {
        for (index, value) in values.into_iter().enumerate() {
            self.rows.push((if index == 0 { name } else { "" }, value));
        }
    }

    fn row(&mut self, name: &'static str, value: impl Into<String>) {
        self.rows.push((name, value.into()));
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bold = Style::new().bold();
        let width = self.rows.iter().map(|(name, _)| name.len()).max();
        let width = width.unwrap_or_default();
        for (name, value) in &self.rows {
            writeln!(
                f,
                "{bold}{name:width$}{bold:#}  {}",
                Printable(value.as_bytes())
            )?;
        }
        Ok(())
    }
}

/// JSON in which what would control a terminal is escaped, which can only be in its strings.
fn escaped(json: &str) -> String {
    let mut shown = String::new();
    for c in json.chars() {
        if c != '\n' && is_control(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// What a note says, under the names of the flags that say it to `kiln build`.
fn table(note: &Note) -> Table {
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
    table.row("bounds-checks", &*note.bounds_checks);
    table.row("stack-size", show_size(note.stack_size));
    limits(&mut table, &note.limits);
    table.rows("features", lines(&note.features));
    table.rows("imports", imports(&note.imports));
    grants(&mut table, &note.grants);
    table.row("sealed", if note.sealed { "yes" } else { "no" });
    table
}

/// A name that may be empty.
fn entry(name: &str) -> String {
    match name {
        "" => "\"\"".to_owned(),
        name => name.to_owned(),
    }
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

/// Columns that a list may take.
const WIDTH: usize = 80;

/// A list in as few lines as it fits in.
fn lines(words: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() + ", ".len() <= WIDTH => {
                // Writing to a string cannot fail.
                let _ = write!(line, ", {word}");
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}
