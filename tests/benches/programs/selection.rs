//! The options that all commands share: which programs, which engines, which processors.

use crate::catalogue::{self, Program};
use crate::engines::{Contender, Cpu, Engine};
use anyhow::{Context, Result, ensure};
use clap::Args;
use kiln_tests::tools;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs, engines and processors to measure.
#[derive(Args)]
pub struct Selection {
    /// Only programs whose GROUP/NAME contains one of these.
    filters: Vec<String>,
    /// Only programs of these groups.
    #[arg(long, value_delimiter = ',')]
    group: Vec<String>,
    /// The engines beside Kiln.
    #[arg(long = "engine", value_enum, value_delimiter = ',')]
    engines: Vec<Engine>,
    /// The processors that code is compiled for.
    #[arg(long = "cpu", value_enum, value_delimiter = ',')]
    cpus: Vec<Cpu>,
    #[command(flatten)]
    kilns: Kilns,
    /// The largest module that wasm2c and clang compile: large ones take them an hour.
    #[arg(long, value_name = "BYTES", default_value_t = 3 << 20)]
    wasm2c_limit: u64,
    /// List the programs and stop.
    #[arg(long)]
    pub list: bool,
    /// Write the results to a file as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl Selection {
    /// The selected programs. A filter that selects none is an error, because it is misspelt.
    pub fn programs(&self) -> Result<Vec<Program>> {
        let mut programs = catalogue::programs();
        for group in &self.group {
            let exists = programs.iter().any(|program| program.group == group);
            ensure!(exists, "no group {group}");
        }
        programs.retain(|program| {
            let path = program.path();
            (self.group.is_empty() || self.group.iter().any(|group| group == program.group))
                && (self.filters.is_empty() || self.filters.iter().any(|part| path.contains(part)))
        });
        ensure!(!programs.is_empty(), "no program is selected");
        Ok(programs)
    }

    /// The processors selected, or these.
    pub fn cpus(&self, default: &[Cpu]) -> Vec<Cpu> {
        if self.cpus.is_empty() {
            default.to_vec()
        } else {
            self.cpus.clone()
        }
    }

    /// The contenders on each processor: every `kiln` first, then the other engines. Node compiles
    /// for the machine it runs on, so it contends once.
    pub fn contenders(&self, engines: &[Engine], cpus: &[Cpu]) -> Result<Vec<Contender>> {
        let engines = if self.engines.is_empty() {
            engines
        } else {
            &self.engines
        };
        let mut contenders = Vec::new();
        for &cpu in cpus {
            for (name, command) in self.kilns.commands()? {
                contenders.push(Contender::kiln(name, command, cpu));
            }
            for &engine in engines.iter().filter(|engine| **engine != Engine::Node) {
                contenders.push(Contender::other(engine, cpu, self.wasm2c_limit));
            }
        }
        if engines.contains(&Engine::Node) {
            contenders.push(Contender::other(Engine::Node, Cpu::Native, 0));
        }
        Ok(contenders)
    }
}

/// The `kiln` commands to measure.
#[derive(Args)]
pub struct Kilns {
    /// A `kiln` command to measure, perhaps with a name for the table. Given twice or more, the
    /// first is compared with the others. By default it is built from this source tree.
    #[arg(long = "kiln", value_name = "[NAME=]PATH")]
    commands: Vec<String>,
}

impl Kilns {
    /// The `kiln` commands, each with its name in the tables.
    pub fn commands(&self) -> Result<Vec<(String, PathBuf)>> {
        if self.commands.is_empty() {
            return Ok(vec![("kiln".to_owned(), built_kiln()?)]);
        }
        let named = self.commands.iter().enumerate().map(|(index, kiln)| {
            let (name, path) = match kiln.split_once('=') {
                Some((name, path)) => (name.to_owned(), path),
                None if index == 0 => ("kiln".to_owned(), kiln.as_str()),
                None => (format!("kiln{}", index + 1), kiln.as_str()),
            };
            let path = std::path::absolute(path)?;
            ensure!(path.exists(), "no such command: {}", path.display());
            Ok((name, path))
        });
        named.collect()
    }
}

/// The contenders by processor: the first of each slice is Kiln.
pub fn by_cpu(contenders: &[Contender]) -> impl Iterator<Item = &[Contender]> {
    contenders.chunk_by(|one, next| one.cpu == next.cpu)
}

/// The `kiln` command of this source tree, built if it is not up to date.
fn built_kiln() -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // In the workspace's folder: in a package's own, Cargo would choose other features and build
    // most crates again.
    cargo
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .args(["build", "--release", "--quiet", "--bin", "kiln"]);
    tools::run(&mut cargo, "Cargo").context("while building kiln")?;
    Ok(tools::target()?.join("release/kiln"))
}
