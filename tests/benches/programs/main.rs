//! Whole programs under Kiln and under other engines: instructions, times, compile times.
//!
//! `cargo bench --bench programs -- --help` lists the commands; docs/benchmarks.md explains them. Every
//! program comes from a public package or from a source here, and every engine in a pinned version.
//! The outputs of all engines are compared, so that no engine is fast by being wrong.

mod catalogue;
mod compiling;
mod engines;
mod growth;
mod instructions;
mod native;
mod node;
mod plot;
mod real;
mod record;
mod results;
mod run;
mod selection;
mod statistics;
mod suites;
mod times;
mod wasm2c;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures whole programs under Kiln and under other engines.
#[derive(Parser)]
#[command(name = "cargo bench --bench programs --")]
struct Arguments {
    #[command(subcommand)]
    command: Measurement,
}

#[derive(Subcommand)]
enum Measurement {
    /// Count the instructions that each program executes, by Valgrind's cachegrind.
    Instructions(instructions::Arguments),
    /// Measure the processor time of each program; the default.
    Times(times::Arguments),
    /// Measure compilers: time, peak memory, size of the code.
    Compiling(compiling::Arguments),
    /// Measure compilers on generated modules of a growing number of functions.
    Growth(growth::Arguments),
    /// Draw results as SVG.
    Plot(plot::Arguments),
}

fn main() -> Result<()> {
    // Cargo says `--bench` to every benchmark. A run without a command measures times.
    let mut words: Vec<_> = std::env::args().filter(|word| word != "--bench").collect();
    if words.len() == 1 {
        words.push("times".to_owned());
    }
    match Arguments::parse_from(words).command {
        Measurement::Instructions(arguments) => instructions::measure(&arguments),
        Measurement::Times(arguments) => times::measure(&arguments),
        Measurement::Compiling(arguments) => compiling::measure(&arguments),
        Measurement::Growth(arguments) => growth::measure(&arguments),
        Measurement::Plot(arguments) => plot::draw(&arguments),
    }
}
