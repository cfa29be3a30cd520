//! Differential tests: generated modules, each built by Kiln at every level of optimisation and with
//! both kinds of bounds checks, to make a profile and to use it, print what they print under wasmtime, and trap where they trap
//! there. Modules follow from their number alone, so that a difference can be looked at again.
//!
//! `KILN_FUZZ_MODULES=3000 KILN_FUZZ_FIRST=0 cargo test --test differential` runs more than
//! the few of every day. A module that differs is kept beside the message.

mod generate;

use anyhow::{Context, Result, ensure};
use generate::{Mix, module};
use kiln_compiler::{BoundsChecks, Compiler, OptLevel, Options, Profile};
use kiln_tests::tools;
use std::path::Path;
use std::process::{Command, Output};

const MODULES: u64 = 90;

#[test]
fn generated_modules_behave_as_under_wasmtime() -> Result<()> {
    let number = |name, default| match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}={text}")),
        Err(_) => Ok(default),
    };
    let first: u64 = number("KILN_FUZZ_FIRST", 0)?;
    let count: u64 = number("KILN_FUZZ_MODULES", MODULES)?;
    let wasmtime = tools::wasmtime()?;
    let (mut ended, mut trapped) = (0, 0);
    for seed in first..first + count {
        let mix = Mix::ALL[seed as usize % Mix::ALL.len()];
        let text = module(seed, mix);
        let output = check(&wasmtime, &text).with_context(|| {
            let kept = std::env::temp_dir().join(format!("kiln-differential-{seed}.wat"));
            let kept_as = kept.display().to_string();
            // The difference is told even if the module cannot be kept.
            let _ = std::fs::write(kept, &text);
            format!("module {seed} ({mix:?}), kept as {kept_as}")
        })?;
        if output.status.success() {
            ended += 1;
        } else {
            trapped += 1;
        }
    }
    println!("{ended} modules ended, {trapped} trapped");
    // Else little is compared.
    ensure!(
        count < 20 || ended > trapped,
        "too many modules trap: {trapped} of {count}"
    );
    Ok(())
}

/// What is done with a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profiling {
    No,
    Makes,
    Uses,
}

/// Runs a module every way; gives what it does.
fn check(wasmtime: &Path, text: &str) -> Result<Output> {
    let folder = tempfile::tempdir()?;
    let module = folder.path().join("a.wasm");
    std::fs::write(&module, wat::parse_str(text)?)?;
    let mut reference = Command::new(wasmtime);
    reference
        .args(["run", "-W", "exceptions=y,tail-call=y"])
        .arg(&module);
    let expected = reference.output()?;
    use Profiling::{Makes, No, Uses};
    let ways = [
        (OptLevel::None, BoundsChecks::Guard, false, No),
        (OptLevel::Speed, BoundsChecks::Guard, false, No),
        (OptLevel::Speed, BoundsChecks::Explicit, true, No),
        (OptLevel::SpeedAndSize, BoundsChecks::Guard, true, No),
        (OptLevel::Speed, BoundsChecks::Guard, false, Makes),
        (OptLevel::Speed, BoundsChecks::Guard, false, Uses),
        (OptLevel::SpeedAndSize, BoundsChecks::Explicit, false, Uses),
    ];
    let profile = folder.path().join("profile");
    for (opt_level, bounds_checks, spectre, profiling) in ways {
        let mut options = Options::default();
        (options.opt_level, options.bounds_checks) = (opt_level, bounds_checks);
        options.spectre = Some(spectre);
        options.profile_generate = profiling == Makes;
        if profiling == Uses {
            let (name, bytes) = ("profile".into(), std::fs::read(&profile)?);
            options.profiles.push(Profile { name, bytes });
        }
        let program = folder.path().join("a");
        let artifact = Compiler::new(options)?.compile(&std::fs::read(&module)?)?;
        artifact.write(&program)?;
        let mut run = Command::new(&program);
        run.env_clear();
        if profiling == Makes {
            run.env("KILN_PROFILE_FILE", &profile);
        }
        let actual = run.output()?;
        let told = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            actual.stdout == expected.stdout && actual.status == expected.status,
            "{opt_level:?}, {bounds_checks:?}, spectre {spectre}, profile {profiling:?}: {} where wasmtime has {}\n{}\n{}",
            actual.status,
            expected.status,
            told(&actual),
            told(&expected)
        );
        std::fs::remove_file(&program)?;
    }
    Ok(expected)
}
