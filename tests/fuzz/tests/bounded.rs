//! A run of each fuzz target over inputs that follow from their numbers.
//!
//! `KILN_FUZZ_FIRST=0 KILN_FUZZ_INPUTS=1000 cargo test --test bounded NAME` runs others than those of every
//! day. An input that fails is kept beside the message.

use anyhow::{Context, Result, ensure};
use kiln_fuzz::{TARGETS, input};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a target; of the inputs at least a third must say something: compile, or be compared.
fn run(name: &str, count: u64) -> Result<()> {
    let number = |name, default| match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}={text}")),
        Err(_) => Ok(default),
    };
    let first: u64 = number("KILN_FUZZ_FIRST", 0)?;
    let count: u64 = number("KILN_FUZZ_INPUTS", count)?;
    let found = TARGETS.iter().find(|(target, _)| *target == name);
    let (_, check) = found.context("no such target")?;
    let mut telling = 0;
    for number in first..first + count {
        let bytes = input(number);
        let checked = catch_unwind(AssertUnwindSafe(|| check(&bytes)));
        let checked = checked.unwrap_or_else(|_| Err(anyhow::anyhow!("a panic")));
        telling += u64::from(checked.with_context(|| {
            let kept = std::env::temp_dir().join(format!("kiln-fuzz-{name}-{number}"));
            let kept_as = kept.display().to_string();
            // The failure is told even if the input cannot be kept.
            let _ = std::fs::write(kept, &bytes);
            format!("{name}, input {number}, kept as {kept_as}")
        })?);
    }
    println!("{name}: {count} inputs, of which {telling} tell something");
    ensure!(
        3 * telling >= count,
        "{telling} of {count} inputs tell something"
    );
    Ok(())
}

/// Inputs that libFuzzer found faults by, with their targets.
const FOUND: [(&str, &[u8]); 1] = [
    // The linker's panic, at a relocation behind the end of its section.
    ("objects", b"\xc2\x00wz\xe4a\xff\xff"),
];

#[test]
fn found_inputs_pass() {
    for (name, input) in FOUND {
        kiln_fuzz::check(name, input);
    }
}

#[test]
fn compile() -> Result<()> {
    run("compile", 300)
}

#[test]
fn differential() -> Result<()> {
    run("differential", 52)
}

#[test]
fn mutate() -> Result<()> {
    run("mutate", 40)
}

#[test]
fn addresses() -> Result<()> {
    run("addresses", 40)
}

#[test]
fn exceptions() -> Result<()> {
    run("exceptions", 40)
}

#[test]
fn loops() -> Result<()> {
    run("loops", 60)
}

#[test]
fn configuration() -> Result<()> {
    run("configuration", 400)
}

#[test]
fn objects() -> Result<()> {
    run("objects", 150)
}

#[test]
fn wasi() -> Result<()> {
    run("wasi", 200)
}
