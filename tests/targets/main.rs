//! Programs for other machines than this one, run under qemu's user mode: each ends as the same program does here,
//! and says the same. (The whole suites run so by `TEST_TARGET`: see `kiln_tests::target`.)

use anyhow::{Context, Result, ensure};
use kiln_compiler::{Cpu, Options, Target, UnknownImports};
use kiln_tests::program;
use kiln_tests::target::emulator;
use kiln_tests::toolchain::Toolchain;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Builds a module for a target, and runs it with each of the numbers as its argument.
fn run(module: &Path, target: Target, cpu: Cpu, numbers: u32) -> Result<Vec<Output>> {
    let mut options = Options::default();
    (options.target, options.cpu) = (target, cpu);
    options.unknown_imports = UnknownImports::Trap;
    let folder = tempfile::tempdir()?;
    let executable = folder.path().join("program");
    program::build(module, options, &executable)?;
    let words = emulator(target)?;
    let run = |number: u32| {
        let mut command = Command::new("timeout");
        command.arg("120").args(&words).arg(&executable);
        command.arg(number.to_string()).env_clear();
        command.output().context("`timeout`, of GNU coreutils")
    };
    (0..numbers).map(run).collect()
}

/// The first line on standard error. Of a trap the kind alone: the values that a comparison had are read from
/// registers on x86-64 only.
fn told(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let line = stderr.lines().next().unwrap_or_default();
    let mut parts = line.split(": ");
    let (first, second, third) = (parts.next(), parts.next(), parts.next());
    match (first, second, third) {
        (Some(first), Some("wasm trap"), Some(kind)) => format!("{first}: wasm trap: {kind}"),
        _ => line.to_owned(),
    }
}

/// Compares what a module does here and on other machines.
fn compare(module: &Path, numbers: u32) -> Result<()> {
    let here = run(module, Target::default(), Cpu::Baseline, numbers)?;
    let others = Target::ALL
        .into_iter()
        .filter(|target| Target::HOST != Some(*target));
    for target in others {
        let cpus: Vec<Cpu> = target.cpus().take(2).filter_map(Cpu::named).collect();
        for cpu in cpus {
            let there = run(module, target, cpu, numbers)?;
            for (number, (here, there)) in here.iter().zip(&there).enumerate() {
                let name = (target.name(), cpu.name(target), number);
                ensure!(
                    here.status.code() == there.status.code(),
                    "{name:?}: {there:?}, here {here:?}"
                );
                ensure!(
                    here.stdout == there.stdout,
                    "{name:?}: {there:?}, here {here:?}"
                );
                ensure!(
                    told(here) == told(there),
                    "{name:?}: {there:?}, here {here:?}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn hello() -> Result<()> {
    compare(&root().join("examples/hello.wat"), 1)
}

#[test]
fn traps_of_all_kinds() -> Result<()> {
    compare(&root().join("tests/traps/traps.wat"), 20)
}

#[test]
fn arithmetic_exceptions_and_bulk_operators() -> Result<()> {
    compare(&root().join("tests/targets/work.wat"), 1)
}

#[test]
fn programs_in_c() -> Result<()> {
    compare(
        &Toolchain::Clang.build(&root().join("tests/traps/traps.c"))?,
        13,
    )
}

#[test]
fn programs_in_cpp() -> Result<()> {
    compare(
        &Toolchain::Clang.build(&root().join("tests/traps/traps.cc"))?,
        10,
    )
}

#[test]
fn programs_in_rust() -> Result<()> {
    compare(
        &Toolchain::Rust.build(&root().join("tests/traps/traps.rs"))?,
        10,
    )
}

#[test]
fn programs_in_go() -> Result<()> {
    compare(
        &Toolchain::Go.build(&root().join("tests/traps/traps.go"))?,
        5,
    )
}
