//! The tests of Go's standard library, a package at a time, in the folder of its source, where they
//! find their data. Six of `os` fail under any runtime: the published Go lacks the files they look for.
//! `cargo test --test go_std -- os time` runs two packages.

use anyhow::Result;
use kiln_tests::program::Input;
use kiln_tests::suite::{Comparison, Outcome, Outcomes, Table, chosen};
use kiln_tests::toolchain::go_std_tests;
use std::process::Output;

const PACKAGES: [&str; 20] = [
    "archive/tar",
    "archive/zip",
    "bufio",
    "bytes",
    "compress/gzip",
    "encoding/gob",
    "encoding/json",
    "io",
    "io/fs",
    "math/big",
    "net",
    "net/http/httptest",
    "os",
    "path/filepath",
    "regexp",
    "sort",
    "strings",
    "sync",
    "text/template",
    "time",
];

fn main() -> Result<()> {
    let packages = chosen(&PACKAGES)?;
    let mut table = Table::new();
    for package in packages {
        match compare(package) {
            Ok(comparison) => table.add(package, &comparison),
            Err(error) => table.add_broken(package, &error),
        }
    }
    table.finish()
}

fn compare(package: &str) -> Result<Comparison> {
    let (module, folder) = go_std_tests(package)?;
    let input = Input {
        args: ["-test.short", "-test.v"].map(String::from).to_vec(),
        // Preview1 has no current directory: Go begins in the one named by PWD.
        env: vec![("PWD".into(), folder.display().to_string())],
        dirs: vec![("/".into(), "/".into())],
        ..Input::default()
    };
    Comparison::run(&module, &input, outcomes)
}

/// Reads what `-test.v` writes: `=== RUN   NAME` when a test begins and, indented by how deep it is
/// nested, `--- PASS: NAME (0.00s)` when it ends (`go help testflag`).
fn outcomes(output: &Output) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let line = line.trim_start();
        if let Some(name) = line.strip_prefix("=== RUN ") {
            outcomes.insert(name.trim().to_owned(), Outcome::Failed);
        }
        let verdicts = [
            ("--- PASS: ", Outcome::Passed),
            ("--- FAIL: ", Outcome::Failed),
            ("--- SKIP: ", Outcome::Skipped),
        ];
        for (mark, outcome) in verdicts {
            let ended = line
                .strip_prefix(mark)
                .and_then(|rest| rest.rsplit_once(" ("));
            if let Some((name, _seconds)) = ended {
                outcomes.insert(name.to_owned(), outcome);
            }
        }
    }
    outcomes
}
