//! Golden tests of what is printed when programs in several languages trap, and with which status they
//! end. `expected/` holds it, a file for each language, with debug information and without;
//! `KILN_BLESS=1` writes the files anew.
//!
//! Compilers are pinned, but for Rust: of its programs only the traps and the lines of their own functions
//! are compared, without numbers.

use anyhow::{Context, Result, ensure};
use kiln_compiler::{BoundsChecks, Options, UnknownImports};
use kiln_tests::program;
use kiln_tests::toolchain::Toolchain;
use regex::Regex;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("traps")
}

/// Gives what a program prints on standard error for each of the `kinds`, and how it ends.
fn told(module: &Path, kinds: u32, mut options: Options) -> Result<String> {
    options.unknown_imports = UnknownImports::Trap;
    let folder = tempfile::tempdir()?;
    let executable = folder.path().join("program");
    program::build(module, options, &executable)?;
    let mut told = String::new();
    for kind in 0..kinds {
        let mut command = Command::new(&executable);
        command.arg(kind.to_string()).env_clear();
        let output = command.output()?;
        ensure!(output.stdout.is_empty(), "{:?}", output.stdout);
        let stderr = String::from_utf8(output.stderr)?;
        writeln!(told, "program {kind}: {}\n{stderr}", output.status)?;
    }
    Ok(told)
}

/// The lines that do not depend on the version of Rust, without what else does.
fn without_version(told: &str) -> Result<String> {
    let version = Regex::new(r"#\d+|\[\d+\]|0x[0-9a-f]+|\d+ more")?;
    let is_own = |line: &&str| match line.split(' ').next() {
        Some("program" | "error:") => true,
        _ => line.is_empty() || line.starts_with("  ...") || line.contains(" traps::"),
    };
    let lines = told.lines().filter(is_own);
    let lines = lines.map(|line| version.replace_all(line, "_").into_owned() + "\n");
    Ok(lines.collect())
}

/// Compares what a program tells with a file, and what it tells when it is stripped with another.
fn check(module: &Path, kinds: u32, name: &str, change: fn(&str) -> Result<String>) -> Result<()> {
    compare(&change(&told(module, kinds, Options::default())?)?, name)?;
    let mut options = Options::default();
    options.strip = true;
    compare(
        &change(&told(module, kinds, options)?)?,
        &format!("{name}-stripped"),
    )
}

fn compare(actual: &str, name: &str) -> Result<()> {
    let path = folder().join("expected").join(name).with_extension("txt");
    if std::env::var_os("KILN_BLESS").is_some() {
        return Ok(fs::write(path, actual)?);
    }
    let expected = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    ensure!(
        actual == expected,
        "{} differs from this (KILN_BLESS=1 accepts):\n{actual}",
        path.display()
    );
    Ok(())
}

fn same(told: &str) -> Result<String> {
    Ok(told.to_owned())
}

#[test]
fn c() -> Result<()> {
    let source = folder().join("traps.c");
    check(&Toolchain::Clang.build(&source)?, 13, "c", same)?;
    check(
        &Toolchain::Clang.build_with_debug_info(&source)?,
        13,
        "c-debug",
        same,
    )
}

#[test]
fn cpp() -> Result<()> {
    let source = folder().join("traps.cc");
    check(&Toolchain::Clang.build(&source)?, 10, "cpp", same)?;
    check(
        &Toolchain::Clang.build_with_debug_info(&source)?,
        10,
        "cpp-debug",
        same,
    )
}

#[test]
fn rust() -> Result<()> {
    let source = folder().join("traps.rs");
    check(
        &Toolchain::Rust.build(&source)?,
        10,
        "rust",
        without_version,
    )?;
    let module = Toolchain::Rust.build_with_debug_info(&source)?;
    check(&module, 10, "rust-debug", without_version)
}

// Go makes no debug information for WebAssembly.
#[test]
fn go() -> Result<()> {
    let module = Toolchain::Go.build(&folder().join("traps.go"))?;
    check(&module, 5, "go", same)
}

#[test]
fn text() -> Result<()> {
    let module = folder().join("traps.wat");
    check(&module, 20, "text", same)?;
    let mut options = Options::default();
    options.bounds_checks = BoundsChecks::Explicit;
    compare(&told(&module, 20, options)?, "text-explicit")
}
