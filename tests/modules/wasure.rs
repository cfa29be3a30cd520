//! The benchmark programs of the `wasure` package, as its `benchmarks.json` files describe them:
//! arguments, input redirections and validators. Where the output tells no times it must also be
//! the reference's.

use crate::case::Case;
use anyhow::{Context, Error, Result, anyhow, bail};
use kiln_tests::tools;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

const SUITES: [&str; 5] = ["coremark", "dhrystone", "mibench", "ostrich", "polybench"];

/// Left out: the same programs as others here, for so many iterations that they run for a minute,
/// or for so few that they find themselves too fast to be measured.
const OTHER_LENGTHS: [&str; 7] = [
    "coremark",
    "coremark-5000",
    "coremark-11000",
    "dhrystone1M",
    "dhrystone10M",
    "dhrystone100M",
    "dhrystoneMAX",
];

/// Beginnings of the names of programs that tell how long they took.
const TIMED: [&str; 3] = ["coremark", "dhrystone", "bitcnts"];

pub fn cases() -> Vec<Case> {
    let package = tools::pip("wasure", "0.9");
    let read = |suite: &str| match &package {
        Ok(package) => read_suite(&package.join("wasure/benchmarks").join(suite), suite),
        Err(error) => Err(anyhow!("{error:#}")),
    };
    let suites = SUITES.iter();
    suites
        .flat_map(|suite| read(suite).unwrap_or_else(|error| vec![failure(suite, &error)]))
        .collect()
}

/// A case that fails with the reason why a suite cannot be had.
fn failure(suite: &str, error: &Error) -> Case {
    let reason = format!("{error:#}");
    Case::new(format!("wasure::{suite}"), move || bail!("{reason}"))
}

/// A program as `benchmarks.json` describes it.
#[derive(Deserialize)]
struct Benchmark {
    name: String,
    path: PathBuf,
    #[serde(default)]
    args: String,
    #[serde(rename = "output-validator")]
    validator: Option<String>,
}

#[derive(Deserialize)]
struct Description {
    benchmarks: Vec<Benchmark>,
}

fn read_suite(folder: &Path, suite: &str) -> Result<Vec<Case>> {
    let description = fs::read(folder.join("benchmarks.json"))?;
    let description: Description = serde_json::from_slice(&description)?;
    let benchmarks = description.benchmarks.into_iter();
    benchmarks
        .filter(|benchmark| !OTHER_LENGTHS.contains(&benchmark.name.as_str()))
        .map(|benchmark| case(folder, suite, benchmark))
        .collect()
}

fn case(folder: &Path, suite: &str, benchmark: Benchmark) -> Result<Case> {
    let Benchmark {
        name,
        path,
        args,
        validator,
    } = benchmark;
    let module = folder.join(path);
    let mut case = Case::new(format!("wasure::{suite}::{name}"), move || {
        Ok(module.clone())
    });
    if args.contains("{path}") {
        case = case.dir(folder.to_owned(), "/suite");
    }
    let mut words = args.split_whitespace();
    while let Some(word) = words.next() {
        let mut file = || words.next().context("a redirection without a file");
        case = match word {
            "<" => case.stdin(fs::read(
                file()?.replace("{path}", &folder.to_string_lossy()),
            )?),
            ">" => file().map(|_| case)?,
            arg => case.args([arg.replace("{path}", "/suite")]),
        };
    }
    if suite == "polybench" {
        // What keeps its results from being optimised away prints them, which makes a check.
        case = case.argv0("").args((0..43).map(|arg| arg.to_string()));
    }
    if suite == "coremark" {
        // The checksums that CoreMark lists for this run. Its own verdict depends on how long it took,
        // which it estimates beforehand.
        for checksum in ["list *: 0xe714", "matrix *: 0x1fd7", "state *: 0x8e3a"] {
            case = case.output(format!("crc{checksum}"));
        }
    } else if let Some(pattern) = validator {
        case = case.output(pattern);
    }
    if TIMED.iter().any(|timed| name.starts_with(timed)) {
        case = case.tells_times();
    }
    Ok(case)
}
