//! The tools under the names by which users call them, in a folder for the PATH: for tests that type
//! what users type.

use crate::toolchain::{clang_command, go_for_any, installed_rust};
use crate::tools::{pip, run, target};
use anyhow::Result;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Adds `clang` and `clang++`, with the libraries for WASI.
pub fn clang(bin: &Path) -> Result<()> {
    let mut clang = clang_command()?;
    add(bin, "clang", &clang)?;
    add(bin, "clang++", clang.arg("--driver-mode=g++"))
}

/// Adds `rustc` and `cargo`, with the target wasm32-wasip1.
pub fn rust(bin: &Path) -> Result<()> {
    installed_rust()?;
    let mut print = Command::new("rustc");
    let sysroot = run(print.arg("--print=sysroot"), "Rust, from rustup")?;
    let sysroot = PathBuf::from(String::from_utf8(sysroot.stdout)?.trim()).join("bin");
    let rustc = sysroot.join("rustc");
    add(bin, "rustc", &Command::new(&rustc))?;
    let mut cargo = Command::new(sysroot.join("cargo"));
    cargo
        .env("RUSTC", rustc)
        .env("CARGO_HOME", target()?.join("tools/cargo"));
    add(bin, "cargo", &cargo)
}

/// Adds `go`.
pub fn go(bin: &Path) -> Result<()> {
    add(bin, "go", &go_for_any()?)
}

/// Adds `cmake` and `ctest`, and `ninja`, by which they build.
pub fn cmake(bin: &Path) -> Result<()> {
    let cmake = pip("cmake", "4.4.5")?.join("cmake/data/bin");
    let ninja = pip("ninja", "1.13.2")?.join("bin/ninja");
    add(bin, "cmake", &Command::new(cmake.join("cmake")))?;
    add(bin, "ctest", &Command::new(cmake.join("ctest")))?;
    add(bin, "ninja", &Command::new(ninja))
}

/// Adds a script that runs a command with its arguments and variables.
fn add(bin: &Path, name: &str, command: &Command) -> Result<()> {
    let mut script = String::from("#!/bin/sh\n");
    for (name, value) in command.get_envs() {
        let value = quoted(value.unwrap_or_default());
        writeln!(script, "export {}={value}", name.display())?;
    }
    write!(script, "exec {}", quoted(command.get_program()))?;
    for arg in command.get_args() {
        write!(script, " {}", quoted(arg))?;
    }
    script += " \"$@\"\n";
    let path = bin.join(name);
    fs::write(&path, script)?;
    Ok(fs::set_permissions(
        path,
        fs::Permissions::from_mode(0o755),
    )?)
}

fn quoted(text: &OsStr) -> String {
    format!("'{}'", text.to_string_lossy().replace('\'', r"'\''"))
}
