//! The command line as it is typed. What it means is [`crate::options`]'s and
//! [`crate::launch`]'s to say.

use crate::values::{Dir, Var, parse_size, parse_stream};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Fires WebAssembly modules into standalone native executables.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  kiln build app.wasm                    make ./app
  kiln build app.wasm -o bin/app --dir . grant it the directory it is started in
  kiln run app.wasm -- --verbose x.txt   compile once, run from the cache afterwards
  KILN_DIRS=/srv/data::/data ./app       grant a directory at launch

`kiln help build` and `kiln help run` tell more.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile a module into a standalone executable
    #[command(after_help = BUILD_EXAMPLES)]
    Build(Build),
    /// Compile a module, or find it in the cache, and run it
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
}

const BUILD_EXAMPLES: &str = "\
Examples:
  kiln build app.wasm                     make ./app
  kiln build app.wat -o bin/app -Os       from the text format, small
  kiln build app.wasm --dir /srv::/data --env LANG=C --env HOME

The executable needs nothing but itself. All arguments it is given are the program's. Nothing is
granted to it but what is baked here and what these variables say when it is started:
  KILN_DIRS    directories, HOST[::GUEST[:ro]], separated by `;`
  KILN_ENV     environment variables, NAME[=VALUE], separated by `;`
  KILN_ARGV0   the program's own name
  KILN_STDIN, KILN_STDOUT, KILN_STDERR
               files in place of the standard streams, or &N for descriptor N
  KILN_LISTEN  addresses to listen at, IP:PORT, separated by `;`
  LISTEN_FDS   how many listening sockets it inherits, from descriptor 3 up (sd_listen_fds)";

const RUN_EXAMPLES: &str = "\
Examples:
  kiln run app.wasm
  kiln run app.wasm --dir . -- --verbose notes.txt
  kiln run --env LANG=C app.wat notes.txt

Kiln's options stand before or after MODULE. The program's arguments begin after `--`, or with the
first word after MODULE that is not an option. Kiln gives way to the program, so signals, standard
streams and exit status are the program's own.

Executables are kept in $XDG_CACHE_HOME/kiln (by default ~/.cache/kiln), at most 1 GiB of them.";

#[derive(Debug, clap::Args)]
pub struct Build {
    /// The module, in the binary or the text format; `-` is standard input
    pub module: PathBuf,

    /// Where to write the executable [default: MODULE's file name without its extension, in the
    /// current directory]
    #[arg(short, long = "output", value_name = "OUT")]
    pub out: Option<PathBuf>,

    #[command(flatten)]
    pub code: Code,

    #[command(flatten)]
    pub grants: Grants,
}

#[derive(Debug, clap::Args)]
pub struct Run {
    /// The module, in the binary or the text format; `-` is standard input
    pub module: PathBuf,

    /// The program's arguments
    #[arg(id = "ARGS", trailing_var_arg = true, help_heading = None)]
    pub args: Vec<OsString>,

    #[command(flatten)]
    pub code: Code,

    #[command(flatten)]
    pub grants: Grants,
}

/// How the module is compiled.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Compilation")]
pub struct Code {
    /// How hard to optimise
    #[arg(short = 'O', long, value_name = "LEVEL", default_value = "2")]
    pub opt_level: OptLevel,

    /// The processors the executable must run on
    #[arg(long, default_value = "x86-64")]
    pub cpu: Cpu,

    /// What to do about imports that nothing provides
    #[arg(long, value_name = "ACTION", default_value = "error")]
    pub unknown_imports: UnknownImports,

    /// The program's stack, in bytes or with a suffix K, M or G [default: 8M]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub stack_size: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OptLevel {
    /// Compile as fast as can be
    #[value(name = "0")]
    None,
    /// Make fast code
    #[value(name = "2")]
    Speed,
    /// Make fast code that is small
    #[value(name = "s")]
    Size,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Cpu {
    /// Every x86-64 processor
    #[value(name = "x86-64")]
    Baseline,
    /// Those with SSE4.2 and POPCNT, since about 2009
    #[value(name = "x86-64-v2")]
    V2,
    /// Those with AVX2, BMI and FMA, since about 2013
    #[value(name = "x86-64-v3")]
    V3,
    /// Those with AVX-512
    #[value(name = "x86-64-v4")]
    V4,
    /// The processor of this machine
    Native,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum UnknownImports {
    /// Refuse the module, naming each import with its type
    Error,
    /// Make a call to one a trap that names it
    Trap,
}

/// What the program is granted.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Grants")]
pub struct Grants {
    /// Grant a directory, under another name if GUEST is given; may be repeated
    ///
    /// A relative path is resolved when the program is started. With `:ro` after GUEST, nothing in
    /// the directory can be changed.
    #[arg(
        long = "dir",
        value_name = "HOST[::GUEST[:ro]]",
        value_parser = OsStringValueParser::new().try_map(Dir::parse)
    )]
    pub dirs: Vec<Dir>,

    /// Grant an environment variable, with the value it has when the program is started unless one
    /// is given; may be repeated
    #[arg(
        long = "env",
        value_name = "NAME[=VALUE]",
        value_parser = OsStringValueParser::new().try_map(Var::parse)
    )]
    pub vars: Vec<Var>,

    /// Grant the whole environment the program is started with, but for KILN_* variables
    #[arg(long)]
    pub inherit_env: bool,

    /// What the program sees as its own name
    #[arg(long, value_name = "NAME")]
    pub argv0: Option<OsString>,

    /// Put an argument before those the program is started with; may be repeated
    #[arg(long = "arg", value_name = "ARG", allow_hyphen_values = true)]
    pub args: Vec<OsString>,

    /// Grant a socket that listens at an address, which follows the directories as the program's
    /// descriptors are numbered; may be repeated
    #[arg(long, value_name = "IP:PORT")]
    pub listen: Vec<SocketAddr>,

    /// What the program reads as standard input: a file, or `&N` for descriptor N at launch
    #[arg(
        long,
        value_name = "FILE",
        value_parser = OsStringValueParser::new().try_map(parse_stream)
    )]
    pub stdin: Option<OsString>,

    /// Where the program's standard output goes: a file, which is emptied, or `&N`
    #[arg(
        long,
        value_name = "FILE",
        value_parser = OsStringValueParser::new().try_map(parse_stream)
    )]
    pub stdout: Option<OsString>,

    /// Where the program's standard error goes: a file, which is emptied, or `&N`
    #[arg(
        long,
        value_name = "FILE",
        value_parser = OsStringValueParser::new().try_map(parse_stream)
    )]
    pub stderr: Option<OsString>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn run(line: &[&str]) -> Run {
        match Args::try_parse_from(line).unwrap().command {
            Command::Run(run) => run,
            Command::Build(_) => panic!("not a run"),
        }
    }

    #[test]
    fn definitions_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_word_after_the_module_begins_the_programs_arguments() {
        let args = run(&[
            "kiln", "run", "-Os", "m", "--dir", ".", "a", "--dir", "b", "--",
        ]);
        assert_eq!(args.grants.dirs.len(), 1);
        assert_eq!(args.args, ["a", "--dir", "b", "--"]);
    }

    #[test]
    fn a_double_dash_begins_the_programs_arguments() {
        let args = run(&["kiln", "run", "m", "--", "--dir", "b", "--", "-x"]);
        assert!(args.grants.dirs.is_empty());
        assert_eq!(args.args, ["--dir", "b", "--", "-x"]);
    }

    #[test]
    fn an_option_unknown_to_kiln_is_not_handed_to_the_program() {
        assert!(Args::try_parse_from(["kiln", "run", "m", "--dri", "."]).is_err());
    }
}
