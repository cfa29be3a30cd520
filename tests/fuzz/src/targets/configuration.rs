//! Damaged executables, a `kiln.toml` of anything and variables of anything at launch give errors.

use super::one_of;
use crate::once;
use anyhow::{Context, Result, ensure};
use arbitrary::Unstructured;
use kiln_compiler::{Compiler, ConfigEntry, Note, Options, Sizes};
use kiln_tests::{program, tools};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

const HELLO: &str = r#"(module
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $environ_sizes_get (i32.const 0) (i32.const 4)))))"#;

/// Statuses of an executable that ran, refused to, or was stopped by its time limit.
const STATUSES: [i32; 4] = [0, 1, 2, 124];

const KEYS: [&str; 25] = [
    "module",
    "output",
    "opt-level",
    "cpu",
    "dir",
    "env",
    "arg",
    "embed",
    "listen",
    "max-memory",
    "stack-size",
    "timeout",
    "seal",
    "strip",
    "debug",
    "link",
    "emit",
    "bounds-checks",
    "spectre",
    "unknown-imports",
    "stdin",
    "inherit-env",
    "entry",
    "name",
    "argv0",
];
const VALUES: [&str; 16] = [
    "true",
    "1",
    "-1",
    "\"a\"",
    "\"\"",
    "[]",
    "[\"a\", \"b=c\"]",
    "\".::/x:ro\"",
    "\"64K\"",
    "\"99999999999999999999G\"",
    "{a = 1}",
    "[[1]]",
    "1979-05-27",
    "1e400",
    "\"\\u0000\"",
    "\"2\"",
];
const VARIABLES: [&str; 13] = [
    "KILN_DIRS",
    "KILN_ENV",
    "KILN_ARGV0",
    "KILN_STDIN",
    "KILN_STDOUT",
    "KILN_STDERR",
    "KILN_LISTEN",
    "KILN_MAX_MEMORY",
    "KILN_STACK_SIZE",
    "KILN_MAX_OPEN_FILES",
    "KILN_TIMEOUT",
    "KILN_BACKTRACE",
    "LISTEN_FDS",
];
const PIECES: [&[u8]; 18] = [
    b".",
    b"::",
    b";",
    b"\\",
    b":ro",
    b"/",
    b"127.0.0.1:0",
    b"[::1]:0",
    b",block",
    b"A=b",
    b"=",
    b"&1",
    b"&99999999999",
    b"64K",
    b"5ms",
    b"18446744073709551616",
    b"\xff\xfe",
    b"/dev/null",
];

pub fn check(input: &[u8]) -> Result<bool> {
    let mut input = Unstructured::new(input);
    match input.int_in_range(0..=3)? {
        0 | 1 => executable(&mut input),
        2 => config_file(&mut input),
        _ => launch(&mut input),
    }
}

fn hello() -> Result<&'static [u8]> {
    static HELLO_BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = once(&HELLO_BYTES, || {
        let mut options = Options::default();
        options.bake(ConfigEntry::Arg(b"argument"));
        options.max_memory = Some(1 << 30);
        Ok(Compiler::new(options)?.compile(HELLO.as_bytes())?.bytes)
    })?;
    Ok(bytes)
}

/// Reads an executable with some bytes changed: anywhere, or in its headers and its note.
fn executable(input: &mut Unstructured) -> Result<bool> {
    let mut bytes = hello()?.to_vec();
    let note = bytes
        .windows(4)
        .position(|bytes| bytes == b"Kiln")
        .unwrap_or(0);
    let regions = [0..64, 64..600, note..note + 700, 0..bytes.len()];
    for _ in 0..input.int_in_range(1..=6)? {
        let region = one_of(input, &regions)?.clone();
        let place = input.int_in_range(region.start..=region.end.min(bytes.len()) - 1)?;
        bytes[place] = input.arbitrary()?;
    }
    if input.ratio(1, 8)? {
        let len = input.int_in_range(0..=bytes.len())?;
        bytes.truncate(len);
    }
    let note = Note::read(&bytes);
    let _ = Sizes::of(&bytes);
    Ok(note.is_ok())
}

/// Runs the command on a file of settings.
fn config_file(input: &mut Unstructured) -> Result<bool> {
    let mut text = Vec::new();
    for _ in 0..input.int_in_range(0..=6)? {
        text.extend_from_slice(one_of(input, &KEYS)?.as_bytes());
        text.extend_from_slice(b" = ");
        text.extend_from_slice(one_of(input, &VALUES)?.as_bytes());
        text.push(b'\n');
    }
    if input.ratio(1, 4)? {
        text.extend_from_slice(input.bytes(input.len().min(40))?);
    }
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("kiln.toml"), &text)?;
    fs::write(folder.path().join("hello.wat"), HELLO)?;
    let mut command = Command::new(kiln()?);
    command.current_dir(&folder).args(["inspect", "hello.wat"]);
    if input.arbitrary()? {
        command = Command::new(kiln()?);
        command
            .current_dir(&folder)
            .args(["build", "hello.wat", "--config", "kiln.toml"]);
    }
    let output = command.output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(
        matches!(output.status.code(), Some(0..=2)) && !told.contains("panicked"),
        "{}: {told}\n{}",
        output.status,
        text.escape_ascii()
    );
    Ok(output.status.success())
}

/// Starts an executable with variables.
fn launch(input: &mut Unstructured) -> Result<bool> {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = once(&FOLDER, || {
        let folder = tempfile::tempdir()?;
        program::install(hello()?, &folder.path().join("hello"))?;
        Ok(folder)
    })?;
    let folder = folder.path();
    let mut command = Command::new(folder.join("hello"));
    command.env_clear().current_dir(folder);
    for _ in 0..input.int_in_range(1..=3)? {
        let mut value = Vec::new();
        for _ in 0..input.int_in_range(0..=5)? {
            match input.ratio(1, 6)? {
                true => value.extend_from_slice(input.bytes(input.len().min(5))?),
                false => value.extend_from_slice(one_of(input, &PIECES)?),
            }
        }
        value.retain(|byte| *byte != 0);
        command.env(one_of(input, &VARIABLES)?, OsStr::from_bytes(&value));
    }
    let output = command.output()?;
    let status = output.status.code();
    ensure!(
        status.is_some_and(|status| STATUSES.contains(&status)),
        "{}: {command:?}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.status.success())
}

/// The command, as `cargo test` and `cargo build` leave it, or the one that `FUZZ_KILN` names.
fn kiln() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("FUZZ_KILN") {
        return Ok(path.into());
    }
    let target = tools::target()?;
    let built = ["debug/kiln", "release/kiln"].map(|path| target.join(path));
    let found = built.into_iter().find(|path| path.exists());
    found.context("no `kiln` in the target folder: run `cargo build --bin kiln`, or set FUZZ_KILN")
}
