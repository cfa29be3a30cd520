//! The common part of all commands' JSON files: when and where a measurement was made.

use anyhow::{Context, Result};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The circumstances of a measurement.
#[derive(Serialize)]
pub struct Circumstances {
    /// The day, in UTC.
    date: String,
    processor: String,
    processors: usize,
    /// Runnable processes, in the mean of the minute before: above 0.5, times are not to be trusted.
    load: f64,
    /// The commit of this source tree, with a `+` where files differ from it.
    commit: String,
}

impl Circumstances {
    /// Those of now.
    pub fn now() -> Result<Self> {
        let info = fs::read_to_string("/proc/cpuinfo")?;
        let model = info.lines().find(|line| line.starts_with("model name"));
        let model = model.and_then(|line| line.split_once(": "));
        let load = fs::read_to_string("/proc/loadavg")?;
        let load = load.split(' ').next().context("an empty /proc/loadavg")?;
        let commit = output("git", &["rev-parse", "--short", "HEAD"])?;
        let changes = output("git", &["status", "--porcelain"])?;
        Ok(Self {
            date: output("date", &["--utc", "+%Y-%m-%d"])?,
            processor: model.map_or("unknown", |(_, model)| model).to_owned(),
            processors: std::thread::available_parallelism()?.get(),
            load: load.parse()?,
            commit: commit + if changes.is_empty() { "" } else { "+" },
        })
    }
}

/// A measurement of compilers.
#[derive(Serialize)]
pub struct Compilers<Row> {
    pub measurement: &'static str,
    pub circumstances: Circumstances,
    pub rounds: usize,
    pub rows: Vec<Row>,
}

/// Writes a measurement to a file.
pub fn write(path: &Path, measurement: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(measurement)? + "\n";
    fs::write(path, text).with_context(|| path.display().to_string())
}

fn output(program: &str, args: &[&str]) -> Result<String> {
    let mut command = Command::new(program);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args);
    let output = command.output().with_context(|| program.to_owned())?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
