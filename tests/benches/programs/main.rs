//! Whole programs under Kiln and under other engines: instructions, times, compile times.
//!
//! `cargo bench --bench programs -- --help` lists the commands; docs/benchmarks.md explains them. Every
//! program comes from a public package or from a source here, and every engine in a pinned version.
//! The outputs of all engines are compared, so that no engine is fast by being wrong.

mod catalogue;
mod engines;
mod instructions;
mod node;
mod real;
mod record;
mod run;
mod selection;
mod statistics;
mod suites;
mod wasm2c;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures whole programs under Kiln and under other engines.
#[derive(Parser)]
#[command(name = "cargo bench --bench programs --")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Measurement>,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Measurement {
    /// Count the instructions that each program executes, by Valgrind's cachegrind.
    Instructions(instructions::Arguments),
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Some(Measurement::Instructions(arguments)) => instructions::measure(&arguments),
        None => Ok(()),
    }
}
