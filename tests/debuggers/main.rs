//! Debuggers, profilers and binutils on executables and libraries: they name the functions
//! of the guest, whatever its language, and of the runtime, and walk from any of them to where the
//! process starts.

mod cores;
mod gdb;
mod libraries;
mod lines;
mod lldb;
mod profilers;
mod sources;
mod split;
mod symbols;
mod variables;

use anyhow::{Context, Result, ensure};
use kiln_compiler::{Compiler, Emit, Options};
use kiln_tests::toolchain::Toolchain;
use kiln_tests::tools::{debian, run};
use kiln_tests::{options, program};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Debian's packages of the tools, and what each brings.
const TOOLS: [(&str, &str); 5] = [
    ("binutils", "/usr/bin/nm"),
    ("gdb", "/usr/bin/gdb"),
    ("lldb", "/usr/bin/lldb"),
    ("linux-perf", "/usr/bin/perf"),
    ("valgrind", "/usr/bin/valgrind"),
];

/// A tool that works on files in a program's folder.
fn tool(name: &str, program: &Program) -> Result<Command> {
    let (packages, files): (Vec<_>, Vec<_>) = TOOLS.into_iter().unzip();
    debian(&packages, &files)?;
    let mut command = Command::new(name);
    command
        .current_dir(program.folder.path())
        .env_remove("DEBUGINFOD_URLS")
        .env_remove("KILN_BLESS")
        .env("LC_ALL", "C");
    Ok(command)
}

/// Gives what a tool prints on both streams.
fn printed(command: &mut Command) -> Result<String> {
    let output = run(
        command,
        "a tool of Debian's gdb, lldb, valgrind, linux-perf or binutils",
    )?;
    Ok(text(&output))
}

fn text(output: &Output) -> String {
    let streams = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8_lossy(&streams).into_owned()
}

/// The path of a file beside this one.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("debuggers")
        .join(name)
}

/// An executable named `program`, in a folder of its own.
struct Program {
    folder: TempDir,
}

impl Program {
    /// Builds it from one of the sources here.
    fn new(name: &str, change: impl FnOnce(&mut Options)) -> Result<Self> {
        let source = source(name);
        let module = match source.extension().and_then(OsStr::to_str) {
            Some("rs") => Toolchain::Rust.build(&source)?,
            Some("go") => Toolchain::Go.build(&source)?,
            Some("wat") => source,
            _ => Toolchain::Clang.build(&source)?,
        };
        let folder = tempfile::tempdir()?;
        let mut options = options::options();
        change(&mut options);
        program::build(&module, options, &folder.path().join("program"))?;
        Ok(Self { folder })
    }

    /// Builds it from one of the sources here with debug information.
    fn debugged(name: &str, change: impl FnOnce(&mut Options)) -> Result<Self> {
        let module = Toolchain::Debug.build(&source(name))?;
        let folder = tempfile::tempdir()?;
        let mut options = options::options();
        options.debug = true;
        change(&mut options);
        program::build(&module, options, &folder.path().join("program"))?;
        Ok(Self { folder })
    }

    /// Builds it of a host in C and a library made of a module here, of which it calls `_start`.
    fn hosted(name: &str, kind: Emit) -> Result<Self> {
        Self::hosted_with(&source(name), kind, |_| {})
    }

    /// The same, of any module.
    fn hosted_with(module: &Path, kind: Emit, change: impl FnOnce(&mut Options)) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut options = options::options();
        options.emit = kind;
        options.name = "names".to_owned();
        change(&mut options);
        let compiler = Compiler::new(options)?;
        let module = fs::read(module)?;
        let library = folder.path().join("libnames.so");
        fs::write(&library, compiler.compile(&module)?.bytes)?;
        fs::write(folder.path().join("names.h"), compiler.header(&module)?)?;
        let mut gcc = Command::new("gcc");
        gcc.current_dir(&folder)
            .args(["-g", "-I."])
            .arg(source("host.c"));
        gcc.args(["-o", "program", "-Wl,-rpath,$ORIGIN"])
            .arg(&library);
        run(&mut gcc, "gcc")?;
        Ok(Self { folder })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    /// Gives what it prints, when it succeeds.
    fn output(&self) -> Result<String> {
        printed(&mut Command::new(self.path()))
    }
}

/// Asserts that a tool told of something.
fn tells(told: &str, expected: &str) -> Result<()> {
    ensure!(told.contains(expected), "no `{expected}` in:\n{told}");
    Ok(())
}

/// The rest of a text from a line on that contains this.
fn from_line<'a>(text: &'a str, part: &str) -> Result<&'a str> {
    let at = text.find(part);
    let at = at.with_context(|| format!("no `{part}` in:\n{text}"))?;
    Ok(&text[at..])
}
