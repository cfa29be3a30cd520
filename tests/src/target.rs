//! The target that the suites build for, and how its programs run on this machine: under qemu's user mode where
//! they are for another.

use crate::tools::debian;
use anyhow::{Result, bail};
use kiln_compiler::{Cpu, Target};
use std::env;
use std::path::Path;
use std::process::Command;

/// The variable that names another target, and behind a colon its processors: `riscv64-linux:rv64gcv`.
const VARIABLE: &str = "TEST_TARGET";

/// The target that `TEST_TARGET` names, or this machine's, and its processors.
///
/// # Panics
///
/// If it names nothing known.
pub fn target() -> (Target, Cpu) {
    let Ok(named) = env::var(VARIABLE) else {
        return (Target::default(), Cpu::Baseline);
    };
    let (target, cpu) = named.split_once(':').unwrap_or((&named, ""));
    let known = || {
        let names = Target::ALL.map(Target::name).join(", ");
        panic!("{VARIABLE}={named}: one of {names}");
    };
    let target = Target::named(target).unwrap_or_else(known);
    let cpu = match cpu {
        "" => Cpu::Baseline,
        name => Cpu::named(name).unwrap_or_else(|| panic!("{VARIABLE}={named}: no such processor")),
    };
    (target, cpu)
}

/// The words that run an executable of a target on this machine: none for its own.
pub fn emulator(target: Target) -> Result<Vec<&'static str>> {
    if Target::HOST == Some(target) {
        return Ok(Vec::new());
    }
    // Vectors of the least length that the extension allows, and what the profiles ask for.
    let words = match target {
        Target::X86_64 => vec!["/usr/bin/qemu-x86_64"],
        Target::Aarch64 => vec!["/usr/bin/qemu-aarch64", "-cpu", "max"],
        Target::Riscv64 => vec![
            "/usr/bin/qemu-riscv64",
            "-cpu",
            "rv64,v=true,vlen=128,vext_spec=v1.0,zba=true,zbb=true,zbs=true",
        ],
        _ => bail!("no emulator for {}", target.name()),
    };
    debian(&["qemu-user"], &words[..1])?;
    Ok(words)
}

/// A command that runs an executable of the target that `TEST_TARGET` names.
pub fn command(executable: &Path) -> Result<Command> {
    let words = emulator(target().0)?;
    let mut words = words.into_iter();
    let Some(program) = words.next() else {
        return Ok(Command::new(executable));
    };
    let mut command = Command::new(program);
    command.args(words).arg(executable);
    Ok(command)
}

/// The same, by `timeout` with these options.
pub fn command_within(options: &[&str], executable: &Path) -> Result<Command> {
    let inner = command(executable)?;
    let mut command = Command::new("timeout");
    command
        .args(options)
        .arg(inner.get_program())
        .args(inner.get_args());
    Ok(command)
}
