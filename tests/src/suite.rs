//! Other people's test suites, run by Kiln and by the runtime of record: a suite is right when every
//! test has the same outcome under both, failures included, since not all that a suite asks for can
//! be had in preview1.

use crate::program::{Input, by_reference, granted_at_launch};
use anyhow::{Context, Error, Result, ensure};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

/// The end of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed, or began and never ended.
    Failed,
    /// It found that it does not apply.
    Skipped,
}

/// The outcome of each test, by its name.
pub type Outcomes = BTreeMap<String, Outcome>;

/// A suite's outcomes under Kiln and under the runtime of record.
#[derive(Debug, Default)]
pub struct Comparison {
    kiln: Outcomes,
    reference: Outcomes,
}

impl Comparison {
    /// Runs the module both ways; `read` finds the outcomes in what a run has written.
    pub fn run(module: &Path, input: &Input, read: fn(&Output) -> Outcomes) -> Result<Self> {
        let kiln = granted_at_launch(module, input).context("kiln")?;
        let reference = by_reference(module, input).context("reference")?;
        ensure!(
            kiln.status.code() == reference.status.code(),
            "kiln: {}, reference: {}\n{}",
            kiln.status,
            reference.status,
            last_lines(&kiln),
        );
        let comparison = Self {
            kiln: read(&kiln),
            reference: read(&reference),
        };
        ensure!(!comparison.reference.is_empty(), "no test ran");
        Ok(comparison)
    }

    /// Takes the tests apart by a part of their names.
    pub fn by_group(self, group: impl Fn(&str) -> &str) -> BTreeMap<String, Self> {
        let mut groups = BTreeMap::<String, Self>::new();
        for (test, outcome) in self.kiln {
            let group = groups.entry(group(&test).to_owned()).or_default();
            group.kiln.insert(test, outcome);
        }
        for (test, outcome) in self.reference {
            let group = groups.entry(group(&test).to_owned()).or_default();
            group.reference.insert(test, outcome);
        }
        groups
    }

    /// The tests that end differently, or run under one of the two only.
    fn differences(&self) -> Vec<&str> {
        let both = self.kiln.keys().chain(self.reference.keys());
        let mut tests: Vec<_> = both
            .filter(|test| self.kiln.get(*test) != self.reference.get(*test))
            .map(String::as_str)
            .collect();
        tests.sort_unstable();
        tests.dedup();
        tests
    }
}

/// A table of suites, shown while they run.
#[derive(Debug, Default)]
pub struct Table {
    same: usize,
    different: usize,
}

impl Table {
    /// An empty table, its head shown.
    pub fn new() -> Self {
        println!("passed/failed/skipped: {:>14} {:>16}", "kiln", "wasmtime");
        Self::default()
    }

    /// Shows why a suite did not run, which counts as one test that failed.
    pub fn add_broken(&mut self, suite: &str, error: &Error) {
        println!("{suite:20} BROKEN: {error:#}");
        self.different += 1;
    }

    /// Shows a suite's counts, and which tests differ.
    pub fn add(&mut self, suite: &str, comparison: &Comparison) {
        let differences = comparison.differences();
        let verdict = if differences.is_empty() {
            "equal"
        } else {
            "DIFFERENT"
        };
        let (kiln, reference) = (counts(&comparison.kiln), counts(&comparison.reference));
        println!("{suite:20} {kiln:>16} {reference:>16} {verdict}");
        for test in &differences {
            let of = |outcomes: &Outcomes| outcomes.get(*test).copied();
            let (kiln, reference) = (of(&comparison.kiln), of(&comparison.reference));
            println!("    {test}: kiln {kiln:?}, wasmtime {reference:?}");
        }
        let all = comparison.reference.keys().map(String::as_str);
        self.same += all.filter(|test| !differences.contains(test)).count();
        self.different += differences.len();
    }

    /// Shows the sums, in which a test passes by ending as under the runtime of record.
    pub fn finish(self) -> Result<()> {
        println!("{} passed, {} failed", self.same, self.different);
        ensure!(self.different == 0, "not as under the runtime of record");
        Ok(())
    }
}

/// Gives what the command line chooses among the suites that there are: those it names, or all.
pub fn chosen(all: &[&'static str]) -> Result<Vec<&'static str>> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted.is_empty() {
        return Ok(all.to_vec());
    }
    let find = |name: &String| {
        let found = all.iter().find(|suite| *suite == name).copied();
        found.with_context(|| format!("no suite {name}; there are: {}", all.join(" ")))
    };
    wanted.iter().map(find).collect()
}

fn counts(outcomes: &Outcomes) -> String {
    let count = |of| outcomes.values().filter(|outcome| **outcome == of).count();
    let [passed, failed, skipped] = [Outcome::Passed, Outcome::Failed, Outcome::Skipped].map(count);
    format!("{passed}/{failed}/{skipped}")
}

fn last_lines(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
