//! Everything that one file asks for, put to an engine and counted.

use crate::driver;
use crate::engine::Engine;
use crate::judge::{self, Verdict};
use crate::refusal::{self, Fate};
use crate::report::Report;
use crate::script::{Kind, Program, Refusal, Script};
use crate::suite::{File, KILN, Part, Suite, TAKEN_BACK};
use anyhow::Result;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder in which programs that failed are left, as modules.
pub const FAILED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/failed");

/// The run of a file.
pub struct Run<'a> {
    engine: &'a Engine,
    suite: &'a Suite,
    /// The folder in which executables are made.
    directory: &'a Path,
    report: Report,
}

impl<'a> Run<'a> {
    pub fn new(engine: &'a Engine, suite: &'a Suite, directory: &'a Path) -> Self {
        Self {
            engine,
            suite,
            directory,
            report: Report::of_a_file(),
        }
    }

    /// Runs a file to its end.
    pub fn file(mut self, file: &File) -> Report {
        let place = format!("{}/{}", self.suite.name, file.name);
        let whole = Script::parse(file.text).and_then(|script| self.script(&place, &script));
        if let Err(error) = whole {
            self.report.fail(format!("{place}: {error:#}"));
        }
        self.report
    }

    fn script(&mut self, place: &str, script: &Script) -> Result<()> {
        if self.suite.part == Part::All {
            for (&(reason, kind), &count) in &script.uncovered {
                self.report.skip(kind, reason, count);
            }
            self.refusals(place, &script.refusals);
            self.command(place, &script.refusals)?;
        }
        self.programs(place, &script.programs);
        Ok(())
    }

    fn refusals(&mut self, place: &str, refusals: &[Refusal]) {
        let fates: Vec<_> = refusals
            .par_iter()
            .map(|refusal| {
                let taken_back = TAKEN_BACK.iter().any(|(suite, file, line)| {
                    format!("{suite}/{file}") == place && *line == refusal.line
                });
                if taken_back {
                    return Fate::Skipped("taken back by a later version");
                }
                refusal::judge(self.engine, self.suite.features, refusal)
            })
            .collect();
        for (refusal, fate) in refusals.iter().zip(fates) {
            let place = format!("{place}:{}", refusal.line);
            match fate {
                Fate::Judged(verdict) => self.count(refusal.kind, &place, verdict),
                Fate::Skipped(reason) => self.report.skip(refusal.kind, reason, 1),
            }
        }
    }

    /// Puts the first binary module that must be refused to the command as well.
    fn command(&mut self, place: &str, refusals: &[Refusal]) -> Result<()> {
        let accepted = |refusal: &&Refusal| refusal::accepts(KILN, refusal);
        let Some(refusal) = refusals
            .iter()
            .filter(|refusal| matches!(refusal.kind, Kind::Invalid | Kind::Malformed))
            .find(|refusal| refusal.module.starts_with(b"\0asm") && !accepted(refusal))
        else {
            return Ok(());
        };
        let module = self.path(place, "refused.wasm");
        fs::write(&module, &refusal.module)?;
        if let Some(verdict) = self.engine.command_refuses(&module) {
            let place = format!("{place}:{}", refusal.line);
            self.count(Kind::Command, &place, verdict?);
        }
        Ok(())
    }

    fn programs(&mut self, place: &str, programs: &[Program]) {
        let verdicts: Vec<_> = programs
            .par_iter()
            .enumerate()
            .map(|(index, program)| {
                let path = self.path(place, &index.to_string());
                let verdicts = judge::program(self.engine, program, &path);
                // It may not have been built; and the whole folder goes in the end.
                let _ = fs::remove_file(&path);
                verdicts
            })
            .collect();
        for (index, (program, verdicts)) in programs.iter().zip(verdicts).enumerate() {
            if verdicts.iter().any(Result::is_err) && !self.suite.is_wrong {
                self.keep(&format!("{}-{index}.wasm", file_name(place)), program);
            }
            if !driver::host_values(program).is_empty() {
                self.report.stand_ins += program.commands.len();
            }
            for (command, verdict) in program.commands.iter().zip(verdicts) {
                let place = format!("{place}:{}", command.line);
                self.count(command.kind(), &place, verdict);
            }
        }
    }

    fn path(&self, place: &str, suffix: &str) -> PathBuf {
        self.directory
            .join(format!("{}-{suffix}", file_name(place)))
    }

    fn count(&mut self, kind: Kind, place: &str, verdict: Verdict) {
        let verdict = match verdict {
            Ok(()) if self.suite.is_wrong && kind.is_assertion() => Err("held".into()),
            Err(_) if self.suite.is_wrong && kind.is_assertion() => Ok(()),
            verdict => verdict,
        };
        self.report.count(kind, place, verdict);
    }

    /// Leaves a program that failed for someone to look at.
    fn keep(&mut self, name: &str, program: &Program) {
        let kept = driver::build(program, &BTreeSet::new()).and_then(|wasm| {
            fs::create_dir_all(FAILED)?;
            Ok(fs::write(Path::new(FAILED).join(name), wasm)?)
        });
        if let Err(error) = kept {
            self.report.fail(format!("{name}: {error:#}"));
        }
    }
}

fn file_name(place: &str) -> String {
    place.replace(['/', ' '], "-")
}
