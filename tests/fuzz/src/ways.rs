//! The ways that Kiln builds and runs a module.

use crate::once;
use crate::outcome::Outcome;
use anyhow::{Context, Result};
use kiln_compiler::{BoundsChecks, Compiler, Cpu, Emit, OptLevel, Options};
use kiln_tests::{program, tools};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// One way.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    emit: Emit,
    opt_level: OptLevel,
    bounds_checks: BoundsChecks,
    spectre: Option<bool>,
    cpu: Cpu,
}

impl Way {
    /// Every level with both kinds of bounds checks, as executable and as library; at the highest, with masks
    /// against speculation in executables and not in libraries.
    pub fn all() -> impl Iterator<Item = Way> {
        let emits = [Emit::Executable, Emit::SharedLibrary];
        let levels = [OptLevel::None, OptLevel::Speed, OptLevel::SpeedAndSize];
        let checks = [BoundsChecks::Guard, BoundsChecks::Explicit];
        let pairs = move |opt_level| checks.map(|bounds_checks| (opt_level, bounds_checks));
        emits.into_iter().flat_map(move |emit| {
            let pairs = levels.into_iter().flat_map(pairs);
            pairs.map(move |(opt_level, bounds_checks)| Way {
                emit,
                opt_level,
                bounds_checks,
                spectre: (opt_level == OptLevel::Speed).then_some(emit == Emit::Executable),
                cpu: Cpu::Baseline,
            })
        })
    }

    /// An executable as by default.
    pub fn usual() -> Way {
        Way {
            emit: Emit::Executable,
            opt_level: OptLevel::Speed,
            bounds_checks: BoundsChecks::Guard,
            spectre: None,
            cpu: Cpu::Baseline,
        }
    }

    /// Lists ways to fast code: for every processor and for this one, as executable and as library.
    pub fn fast() -> impl Iterator<Item = Way> {
        let emits = [Emit::Executable, Emit::SharedLibrary];
        let cpus = [Cpu::Baseline, Cpu::Native];
        emits.into_iter().flat_map(move |emit| {
            cpus.map(|cpu| Way {
                emit,
                cpu,
                ..Way::usual()
            })
        })
    }

    /// Gives what a module does.
    pub fn run(self, module: &[u8]) -> Result<Outcome> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("fuzz");
        let mut options = Options::default();
        options.name = "fuzz".into();
        options.emit = self.emit;
        options.opt_level = self.opt_level;
        options.bounds_checks = self.bounds_checks;
        options.spectre = self.spectre;
        options.cpu = self.cpu;
        let artifact = Compiler::new(options)?.compile(module)?;
        program::install(&artifact.bytes, &path)?;
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", "60"]).env_clear();
        if self.emit == Emit::SharedLibrary {
            command.arg(host()?);
        }
        let output = command
            .arg(&path)
            .output()
            .context("timeout, of GNU coreutils")?;
        Outcome::of(output)
    }
}

/// The program of `library.c`, built once.
fn host() -> Result<PathBuf> {
    static HOST: OnceLock<TempDir> = OnceLock::new();
    let folder = once(&HOST, || {
        let folder = tempfile::tempdir()?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/library.c");
        let mut gcc = Command::new("gcc");
        gcc.args(["-O2", "-o"]).arg(folder.path().join("host"));
        tools::run(gcc.arg(source).arg("-ldl"), "gcc")?;
        Ok(folder)
    })?;
    Ok(folder.path().join("host"))
}
