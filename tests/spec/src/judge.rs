//! Builds a program, runs it as often as it takes, and says of each command whether it held.

use crate::driver;
use crate::engine::{Ended, Engine};
use crate::script::{Command, Kind, Outcome, Program};
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// The verdict on one assertion: it held, or why not.
pub type Verdict = Result<(), String>;

/// After so many crashes of one program the rest of its commands are not looked at singly.
const CRASH_LIMIT: usize = 8;

/// The verdict on each of a program's commands. Files are made at and beside `path`.
pub fn program(engine: &Engine, program: &Program, path: &Path) -> Vec<Verdict> {
    let mut trial = Trial {
        engine,
        program,
        path,
        left_out: BTreeSet::new(),
        verdicts: vec![Ok(()); program.commands.len()],
    };
    if let Err(error) = trial.run() {
        let message = format!("{error:#}");
        trial.verdicts.fill(Err(message));
    }
    trial.verdicts
}

struct Trial<'a> {
    engine: &'a Engine,
    program: &'a Program,
    path: &'a Path,
    /// Commands that crash, and are taken out so that the others can be seen.
    left_out: BTreeSet<usize>,
    verdicts: Vec<Verdict>,
}

impl Trial<'_> {
    fn run(&mut self) -> Result<()> {
        self.build()?;
        let all_fatal = self.program.commands.iter().all(Command::is_fatal);
        if !all_fatal && self.engine.run(self.path, 0)?.status != Some(0) {
            self.look_closer()?;
        }
        for (index, command) in self.program.commands.iter().enumerate() {
            if command.is_fatal() {
                let ended = self.engine.run(self.path, index + 1)?;
                self.verdicts[index] = ends_as(&command.outcome, &ended);
            }
        }
        Ok(())
    }

    fn build(&self) -> Result<()> {
        let wasm = driver::build(self.program, &self.left_out)?;
        self.engine
            .build(&wasm, self.path)
            .map_err(|message| anyhow::anyhow!("not built: {message}"))
    }

    /// Judges each command that is to come back in a run of its own.
    fn look_closer(&mut self) -> Result<()> {
        for (index, command) in self.program.commands.iter().enumerate() {
            if command.is_fatal() {
                continue;
            }
            let ended = self.engine.run(self.path, index + 1)?;
            self.verdicts[index] = match ended.status {
                Some(0) => Ok(()),
                Some(driver::MISMATCH) if command.kind() == Kind::Return => {
                    Err("another result".into())
                }
                _ => Err(describe(&ended)),
            };
            let crashed = !matches!(ended.status, Some(0 | driver::MISMATCH));
            if crashed {
                self.left_out.insert(index);
                if self.left_out.len() > CRASH_LIMIT {
                    self.give_up(index);
                    break;
                }
                self.build()?;
            }
        }
        Ok(())
    }

    fn give_up(&mut self, after: usize) {
        for (verdict, command) in self
            .verdicts
            .iter_mut()
            .zip(&self.program.commands)
            .skip(after + 1)
        {
            if !command.is_fatal() {
                *verdict = Err(format!("not reached: {CRASH_LIMIT} crashes before it"));
            }
        }
    }
}

/// Tells if a process ended in the trap or the exception it had to end in.
fn ends_as(outcome: &Outcome, ended: &Ended) -> Verdict {
    let held = match outcome {
        Outcome::Traps(expected) => {
            ended.status == Some(134)
                && trap_message(&ended.said).is_some_and(|message| means(message, expected))
        }
        Outcome::Throws => ended.status == Some(1) && ended.said.contains("exception"),
        Outcome::Completes | Outcome::Returns(_) => ended.status == Some(0),
    };
    match (held, outcome) {
        (true, _) => Ok(()),
        (false, Outcome::Traps(expected)) => {
            Err(format!("no trap `{expected}`: {}", describe(ended)))
        }
        (false, _) => Err(describe(ended)),
    }
}

fn describe(ended: &Ended) -> String {
    let said = ended.said.trim().lines().next().unwrap_or_default();
    match ended.status {
        Some(driver::CAME_BACK) => "came back".into(),
        Some(status) => format!("status {status}: {said}"),
        None => said.into(),
    }
}

/// Gives what follows `wasm trap: ` in an error message.
fn trap_message(said: &str) -> Option<&str> {
    let (_, message) = said.split_once("wasm trap: ")?;
    message.lines().next()
}

/// Tells if a trap's message is what the script asks for: it begins so, as in the reference
/// interpreter. A number after the words, as in `uninitialized element 7`, is not told.
fn means(message: &str, expected: &str) -> bool {
    let words = expected.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    message.starts_with(words)
}
