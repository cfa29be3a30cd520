//! The command line as it is typed, with what a `kiln.toml` adds to it. What it means is
//! [`crate::options`]'s and [`crate::launch`]'s to say.

use crate::config_file::ConfigFile;
use crate::report::{self, Failure};
use crate::settings::{Code, Files, Grants, Limits, Settings};
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

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
  kiln build                             make what ./kiln.toml says
  kiln build app.wasm -o bin/app --dir . grant it the directory it is started in
  kiln run app.wasm -- --verbose x.txt   compile once, run from the cache afterwards
  KILN_DIRS=/srv/data::/data ./app       grant a directory at launch
  kiln inspect app                       see what is granted

`kiln help COMMAND` tells more.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile a module into a standalone executable or a library
    #[command(after_help = BUILD_EXAMPLES)]
    Build(Build),
    /// Compile a module, or find it in the cache, and run it
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Tell how a file that Kiln made was made, and what is baked into it
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(Inspect),
    /// Print a script that has a shell complete command lines
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(Completions),
}

const BUILD_EXAMPLES: &str = "\
Examples:
  kiln build app.wasm                     make ./app
  kiln build app.wat -o bin/app -Os       from the text format, small
  kiln build app.wasm --dir /srv::/data --env LANG=C --env HOME
  kiln build app.wasm --embed assets::/assets --seal
  kiln build app.wasm --emit asm -o -     print the machine code
  kiln build app.wasm --emit staticlib    make ./libapp.a, for programs in C, Rust and so on
  kiln build app.wasm --emit header       make ./app.h, which tells how they call it

Each long flag is a key of kiln.toml too, as `module` is: `env = ['LANG=C', 'HOME']`. A file of that
name beside MODULE holds for it unless it names another. Flags prevail over the file, and add to its
lists. `output` and `module` start from the file's folder.

The executable needs nothing but itself. All arguments it is given are the program's. Nothing is
granted to it but what is baked here and, without --seal, what these variables say at its start:
  KILN_DIRS    directories, HOST[::GUEST[:ro]], separated by `;`
  KILN_ENV     environment variables, NAME[=VALUE], separated by `;`
  KILN_ARGV0   the program's own name
  KILN_STDIN, KILN_STDOUT, KILN_STDERR
               files in place of the standard streams, or &N for descriptor N
  KILN_LISTEN  addresses to listen at, IP:PORT, separated by `;`
  KILN_MAX_MEMORY, KILN_STACK_SIZE, KILN_MAX_OPEN_FILES, KILN_TIMEOUT
               limits like the flags', which lower those that are baked and never raise them
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

const INSPECT_EXAMPLES: &str = "\
Examples:
  kiln inspect app
  kiln inspect app --json | jq .module.sha256

What is told comes from the ELF note `.note.kiln`, which is kept when a file is stripped. With --json
every field is there, whether it says something or not.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  kiln completions bash > ~/.local/share/bash-completion/completions/kiln
  kiln completions fish > ~/.config/fish/completions/kiln.fish";

#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
pub struct Build {
    #[command(flatten)]
    pub source: Source,

    #[command(flatten)]
    pub settings: Settings,
}

// The terminator lets `--` begin the program's arguments where no module is given.
#[derive(Debug, clap::Args)]
#[command(args_override_self = true, mut_arg("module", |module| module.value_terminator("--")))]
pub struct Run {
    #[command(flatten)]
    pub source: Source,

    /// The program's arguments
    #[arg(id = "ARGS", index = 2, trailing_var_arg = true, help_heading = None)]
    pub args: Vec<OsString>,

    #[command(flatten)]
    pub code: Code,

    #[command(flatten)]
    pub files: Files,

    #[command(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    pub grants: Grants,
}

#[derive(Debug, clap::Args)]
pub struct Inspect {
    /// An executable, object or library that Kiln made
    pub file: PathBuf,

    /// Tell it as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Where the module is, and what is said of it besides the command line.
#[derive(Debug, clap::Args)]
pub struct Source {
    /// The module, in the binary or the text format; `-` is standard input [default: the one named
    /// in the current directory's kiln.toml]
    #[arg(index = 1)]
    pub module: Option<PathBuf>,

    /// Take settings from this file, not from a kiln.toml beside the module
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Take settings from the command line alone
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,

    /// Tell where settings are taken from and what is written
    #[arg(short, long)]
    pub verbose: bool,
}

impl Source {
    /// The module's path.
    pub fn module(&self) -> Result<&Path, Failure> {
        self.module.as_deref().ok_or_else(|| {
            Failure::new("no module is named, on the command line or in a kiln.toml").help(
                "name one, as in `kiln build app.wasm`, or write `module = \"app.wasm\"` into \
                 kiln.toml",
            )
        })
    }

    fn config_file(&self) -> Result<Option<ConfigFile>, Failure> {
        match &self.config {
            Some(path) => ConfigFile::read(path).map(Some),
            None if self.no_config => Ok(None),
            None => ConfigFile::find(self.module.as_deref()),
        }
    }
}

impl Args {
    /// Reads the command line, and the `kiln.toml` that goes with it. Wrong usage ends the process.
    pub fn read() -> Result<Self, Failure> {
        let mut typed: Vec<OsString> = std::env::args_os().collect();
        let mut args = Self::parse_from(&typed);
        let Some(source) = args.source() else {
            return Ok(args);
        };
        let Some(file) = source.config_file()? else {
            return Ok(args);
        };
        // The subcommand comes first, since before it no flag is known that does not end here.
        let flags = typed.split_off(2);
        let known = Self::command();
        let subcommand = typed[1]
            .to_str()
            .and_then(|name| known.find_subcommand(name));
        typed.extend(subcommand.into_iter().flat_map(|known| file.flags(known)));
        args = Self::parse_from(typed.into_iter().chain(flags));

        if let Some(source) = args.source() {
            source.module = source.module.take().or_else(|| file.module());
            if source.verbose {
                report::note(&format!("settings are taken from {}", file.path.display()));
            }
        }
        Ok(args)
    }

    fn source(&mut self) -> Option<&mut Source> {
        match &mut self.command {
            Command::Build(build) => Some(&mut build.source),
            Command::Run(run) => Some(&mut run.source),
            Command::Inspect(_) | Command::Completions(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn run(line: &[&str]) -> Run {
        match Args::try_parse_from(line).unwrap().command {
            Command::Run(run) => run,
            other => panic!("not a run: {other:?}"),
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
