//! Core dumps: a trap raises a signal that makes one, it is not large, and gdb finds the guest's functions
//! in it.
//!
//! gdb makes the dump, at the signal: the kernel gives its own to whatever program the machine names in
//! /proc/sys/kernel/core_pattern. gdb's is the larger, because it reads what was never accessed too.

use super::gdb::{OUTERMOST, functions, gdb};
use super::{Program, from_line, printed, tells, tool};
use anyhow::{Result, ensure};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

/// The stack of 8 MiB, the memory of 1.2 MiB and the runtime.
const LARGEST: u64 = 12 << 20;

#[test]
fn a_dump_at_a_trap_is_small_and_names_functions() -> Result<()> {
    let program = Program::new("cores.wat", |options| {
        options.bake(kiln_compiler::ConfigEntry::TrapSignal);
    })?;
    let status = Command::new(program.path()).output()?.status;
    ensure!(status.signal() == Some(libc::SIGABRT), "{status}");

    let commands = ["handle SIGSEGV nostop", "run", "generate-core-file core"];
    let told = gdb(&program, &commands)?;
    tells(&told, "received signal SIGABRT")?;
    let len = fs::metadata(program.folder.path().join("core"))?.len();
    ensure!(len < LARGEST, "{len} bytes");

    let mut gdb = tool("gdb", &program)?;
    gdb.args(["--batch", "-nx", "-ex", "set backtrace past-main on"]);
    let told = printed(gdb.args([
        "-ex",
        "bt",
        "-ex",
        "x/wx 0x70001388",
        "-ex",
        "x/wx 0x70124f80",
        "program",
        "core",
    ]))?;
    let (_, trapped) = told
        .split_once("<signal handler called>")
        .ok_or_else(|| anyhow::anyhow!("no signal in:\n{told}"))?;
    let walk = functions(trapped);
    let guest = ["descend", "descend", "descend", "wasm-function[1]"];
    ensure!(
        walk.starts_with(&guest) && walk.ends_with(&OUTERMOST),
        "{told}"
    );
    // What the guest has stored, in the memory that it started with and in the one that it grew.
    tells(from_line(&told, "0x70001388:")?, "0x00000007")?;
    tells(from_line(&told, "0x70124f80:")?, "0x00000008")
}
