//! `kiln completions`: what a shell needs to complete command lines.

use crate::args::{Args, Completions};
use crate::output;
use crate::report::Failure;
use clap::CommandFactory;

/// Runs the subcommand.
pub fn completions(args: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "kiln", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
