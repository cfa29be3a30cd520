//! `kiln`: fires WebAssembly modules into standalone native executables.
//!
//! [`args`] is what was typed or is said by a [`config_file`] ([`usage`] answers what is wrong with
//! it), [`options`] what it means to the compiler; each subcommand has a file of its own. Whatever goes wrong comes up to here as a
//! [`report::Failure`].

mod args;
mod budget;
mod build;
mod cache;
mod compile;
mod completions;
mod config_file;
mod debug_info;
mod input;
mod inspect;
mod json;
mod launch;
mod options;
mod output;
mod progress;
mod report;
mod run;
mod settings;
mod similar;
mod size;
mod timings;
mod usage;
mod values;

use args::{Args, Command};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: budget::CountingAllocator = budget::CountingAllocator;

fn main() -> ExitCode {
    kiln_compiler::silence_linker();
    let outcome = Args::read().and_then(|args| match args.command {
        Command::Build(args) => build::build(&args),
        Command::Completions(args) => completions::completions(&args),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Size(args) => size::size(&args),
        Command::Run(args) => run::run(&args).map(|never| match never {}),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            ExitCode::FAILURE
        }
    }
}
