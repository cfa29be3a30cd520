//! The counts, and how they are shown.

use crate::judge::Verdict;
use crate::script::Kind;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The number of tests that passed, and of all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub passed: usize,
    pub total: usize,
}

impl Tally {
    pub fn failed(self) -> usize {
        self.total - self.passed
    }
}

/// The results of one suite.
#[derive(Debug, Default)]
pub struct Report {
    files: usize,
    tallies: BTreeMap<Kind, Tally>,
    uncovered: BTreeMap<(&'static str, Kind), usize>,
    /// Commands of programs in which references to functions stand in for a host's external values.
    pub stand_ins: usize,
    /// Why, and what.
    failures: Vec<(String, String)>,
}

/// The table's columns.
const COLUMNS: [(Kind, &str); 9] = [
    (Kind::Module, "modules"),
    (Kind::Return, "returns"),
    (Kind::Trap, "traps"),
    (Kind::Throw, "throws"),
    (Kind::Invalid, "invalid"),
    (Kind::Malformed, "malformed"),
    (Kind::Text, "text"),
    (Kind::Unsupported, "refused"),
    (Kind::Command, "command"),
];

impl Report {
    /// Nothing yet, of one file.
    pub fn of_a_file() -> Self {
        Self {
            files: 1,
            ..Self::default()
        }
    }

    /// Notes a failure that is none of the counted kinds'.
    pub fn fail(&mut self, message: String) {
        let verdict = Err(message);
        self.count(Kind::Other, "", verdict);
    }

    /// Tells if it is of no file.
    pub fn is_empty(&self) -> bool {
        self.files == 0
    }

    /// Counts one verdict; `place` says on what.
    pub fn count(&mut self, kind: Kind, place: &str, verdict: Verdict) {
        let tally = self.tallies.entry(kind).or_default();
        tally.total += 1;
        match verdict {
            Ok(()) => tally.passed += 1,
            Err(why) => self.failures.push((why, format!("{place} {kind:?}"))),
        }
    }

    /// Counts what was not asked.
    pub fn skip(&mut self, kind: Kind, reason: &'static str, count: usize) {
        *self.uncovered.entry((reason, kind)).or_default() += count;
    }

    /// These counts and another's.
    pub fn merged(mut self, other: Self) -> Self {
        self.files += other.files;
        self.stand_ins += other.stand_ins;
        for (kind, tally) in other.tallies {
            let sum = self.tallies.entry(kind).or_default();
            sum.passed += tally.passed;
            sum.total += tally.total;
        }
        for ((reason, kind), count) in other.uncovered {
            self.skip(kind, reason, count);
        }
        self.failures.extend(other.failures);
        self
    }

    /// All kinds together.
    pub fn tally(&self) -> Tally {
        let mut sum = Tally::default();
        for tally in self.tallies.values() {
            sum.passed += tally.passed;
            sum.total += tally.total;
        }
        sum
    }

    /// The share of a kind that was not asked, from 0 to 1.
    pub fn uncovered_share(&self, kind: Kind) -> f64 {
        let skipped: usize = self
            .uncovered
            .iter()
            .filter(|((_, skipped), _)| *skipped == kind)
            .map(|(_, count)| count)
            .sum();
        let asked = self.tallies.get(&kind).map_or(0, |tally| tally.total);
        skipped as f64 / (skipped + asked).max(1) as f64
    }

    /// A line of the table.
    pub fn line(&self, name: &str) -> String {
        let mut line = format!("{name:<24}{:>6}", self.files);
        for (kind, _) in COLUMNS {
            let cell = match self.tallies.get(&kind) {
                Some(tally) => format!("{}/{}", tally.passed, tally.total),
                None => "-".into(),
            };
            let _ = write!(line, "{cell:>14}");
        }
        line
    }

    /// The lines that tell what failed: one for neighbours that failed alike.
    pub fn failure_lines(&self) -> Vec<String> {
        self.failures
            .chunk_by(|one, next| one.0 == next.0)
            .map(|alike| {
                let (why, first) = &alike[0];
                let others = match alike.len() - 1 {
                    0 => String::new(),
                    count => format!(" and {count} more"),
                };
                format!(
                    "{first}{others}: {}",
                    why.lines().next().unwrap_or_default()
                )
            })
            .collect()
    }

    /// The lines that tell what was not asked, or not as it stands.
    pub fn remarks(&self) -> Vec<String> {
        let mut lines = vec!["not asked of Kiln:".into()];
        for ((reason, kind), count) in &self.uncovered {
            lines.push(format!("{count:>8} {kind:?}: {reason}"));
        }
        lines.push("asked with references to functions for a host's external values:".into());
        lines.push(format!("{:>8} commands", self.stand_ins));
        lines
    }
}

/// The table's first line.
pub fn heading() -> String {
    let mut line = format!("{:<24}{:>6}", "suite", "files");
    for (_, name) in COLUMNS {
        let _ = write!(line, "{name:>14}");
    }
    line
}
