//! The sandbox of executables: the kernel stops whoever has taken control of a program ([`attacks`]),
//! programs do their work all the same, whatever is around them ([`hosts`]), what is no file is not
//! granted by a directory ([`system_files`]), and nothing lies where a wrong index leads ([`guards`]).

mod attacks;
mod guards;
mod hosts;
mod system_files;

use anyhow::{Context, Result};
use kiln_compiler::{LinkInput, Options, SandboxMode};
use kiln_tests::tools::run;
use kiln_tests::{options, program};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A program in a folder of its own.
struct Program {
    folder: TempDir,
}

impl Program {
    /// Builds a module given as text.
    fn new(wat: &str, change: impl FnOnce(&mut Options)) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let module = folder.path().join("program.wat");
        fs::write(&module, wat)?;
        let mut options = options::options();
        change(&mut options);
        program::build(&module, options, &folder.path().join("program"))?;
        Ok(Self { folder })
    }

    /// The command that runs it in its folder, with an empty environment and no input.
    fn command(&self) -> Command {
        let mut command = Command::new(self.path("program"));
        command.current_dir(&self.folder).env_clear();
        command.stdin(Stdio::null());
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The end of a program.
#[derive(Debug)]
struct Outcome {
    /// Its exit status, or the signal that ended it, negated.
    status: i32,
    stdout: String,
    stderr: String,
}

impl Outcome {
    fn of(command: &mut Command) -> Result<Self> {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output()?;
        let status = status.code().or(status.signal().map(|signal| -signal));
        Ok(Self {
            status: status.context("neither ended nor killed")?,
            stdout: String::from_utf8_lossy(&stdout).into(),
            stderr: String::from_utf8_lossy(&stderr).into(),
        })
    }
}
