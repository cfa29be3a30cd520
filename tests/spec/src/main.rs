//! Kiln against the specification's own tests, on the executables it ships.
//!
//! `cargo test --test spec` runs everything and prints a table; `-- NAME…` runs just the
//! files whose `suite/file` contains a NAME. Each `.wast` file is taken apart ([`script`]) into
//! programs; each program is laid into one module ([`link`]), made into a WASI command that checks
//! itself ([`driver`]), compiled by Kiln as any other, and run as a process ([`judge`]). Programs on
//! memory are run another time with explicit bounds checks, and all programs as shared libraries in a
//! process that calls them ([`host`]). With
//! `KILN_SPEC_ENGINE=/path/to/wasmtime` the same commands run there, which tells a failure of the
//! harness from one of Kiln.

mod driver;
mod engine;
mod host;
mod judge;
mod link;
mod refusal;
mod report;
mod run;
mod script;
mod spectest;
mod suite;
mod value;

use anyhow::Result;
use engine::Engine;
use kiln_compiler::Target;
use kiln_tests::target::target;
use rayon::prelude::*;
use report::Report;
use run::Run;
use script::Kind;
use std::process::ExitCode;
use suite::{File, Part, Suite};

/// The most that may go unasked: of `assert_return`, and of `assert_trap`.
const UNCOVERED_LIMITS: [(Kind, f64); 2] = [(Kind::Return, 0.02), (Kind::Trap, 0.05)];

/// Failures shown for each suite.
const FAILURES_SHOWN: usize = 100;

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == host::HOST).is_some() {
        return host::run(arguments).map(ExitCode::from);
    }
    // Options are libtest's, as in `cargo test -- --nocapture` over all tests.
    let names: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let engine = Engine::from_environment()?;
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;

    let run = |engine: &Engine, suite: &Suite| {
        let mut files = suite.files();
        files.retain(|file| is_named(&names, suite, file));
        let runs = files.par_iter();
        runs.map(|file| Run::new(engine, suite, directory.path()).file(file))
            .reduce(Report::default, Report::merged)
    };
    let mut total = Report::default();
    println!("{}", report::heading());
    for suite in suite::all() {
        let report = run(&engine, &suite);
        show(suite.name, &report);
        total = total.merged(report);
    }
    let mut others = vec![(
        "explicit bounds checks",
        engine.with_explicit_checks()?,
        Part::Memory,
    )];
    // This test is their host, which loads none for another machine.
    if Target::HOST == Some(target().0) {
        others.push(("libraries", engine.with_libraries()?, Part::Programs));
    }
    for (name, engine, part) in others {
        let reports = suite::part(part).map(|suite| run(&engine, &suite));
        let report = reports.fold(Report::default(), Report::merged);
        show(name, &report);
        total = total.merged(report);
    }
    println!("{}\n", total.line("all"));
    for line in total.remarks() {
        println!("{line}");
    }
    let covered = !names.is_empty() || is_covered(&total);
    let tally = total.tally();
    if tally.failed() > 0 {
        println!("\nprograms that failed are in {}", run::FAILED);
    }
    println!("\n{} passed, {} failed", tally.passed, tally.failed());
    Ok(if covered && tally.failed() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints a line of the table, and what failed.
fn show(name: &str, report: &Report) {
    if report.is_empty() {
        return;
    }
    println!("{}", report.line(name));
    for failure in report.failure_lines().iter().take(FAILURES_SHOWN) {
        println!("  FAILED {failure}");
    }
}

fn is_named(names: &[String], suite: &Suite, file: &File) -> bool {
    let path = format!("{}/{}", suite.name, file.name);
    names.is_empty() || names.iter().any(|name| path.contains(name))
}

/// Tells if little enough went unasked; says what is too much.
fn is_covered(total: &Report) -> bool {
    let mut covered = true;
    for (kind, limit) in UNCOVERED_LIMITS {
        let share = total.uncovered_share(kind);
        println!("{:>7.2}% of {kind:?} not asked", share * 100.0);
        covered &= share < limit;
    }
    covered
}
