//! The command line as it is typed, with what a `kiln.toml` adds to it. What it means is
//! [`crate::options`]'s and [`crate::launch`]'s to say.

use crate::config_file::{ConfigFile, Found};
use crate::report::{self, Failure};
use crate::settings::{Budget, Code, Files, Grants, Limits, Sandbox, Settings};
use crate::usage;
use clap::{CommandFactory, Parser, Subcommand, ValueHint};
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
  kiln run --dir . app.wasm --all x.txt  compile once, run from the cache afterwards
  KILN_DIRS=/srv/data::/data ./app       grant a directory at launch
  kiln inspect app.wasm                  see what it imports, and what it must be granted
  kiln inspect app                       see what is granted
  kiln size app.wasm --svg app.svg       see what takes how many bytes

`kiln help COMMAND` tells more.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile a module into a standalone executable or a library
    #[command(after_help = BUILD_EXAMPLES)]
    Build(Build),
    /// Compile a module, or find it in the cache, and run it
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Tell what a module is and needs, or how a file that Kiln made was made and what is baked into it
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(Inspect),
    /// Tell what takes how many bytes of a module or of an executable
    #[command(after_help = SIZE_EXAMPLES)]
    Size(Size),
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

Each long flag is a key of kiln.toml too, as `module` is: `env = ['LANG=C', 'HOME']`. All keys hold
in the file that --config names, and without MODULE in the current directory's. From a file that only
lies beside MODULE, target, opt-level, cpu, unknown-imports, bounds-checks, stack-size, strip and debug are
taken: nobody named it, so it grants nothing. Flags prevail over the file, and add to its lists. `output` and
`module` start from the file's folder.

The executable needs nothing but itself. All arguments it is given are the program's. Nothing is
granted to it but what is baked here and, without --seal, what these variables say at its start:
  KILN_DIRS    directories, HOST[::GUEST[:ro]], separated by `;`
  KILN_ENV     environment variables, NAME[=VALUE], separated by `;`
  KILN_ARGV0   the program's own name
  KILN_STDIN, KILN_STDOUT, KILN_STDERR
               files in place of the standard streams, or &N for descriptor N
  KILN_LISTEN  addresses to listen at, IP:PORT[,block|,nonblock], separated by `;`
  KILN_MAX_MEMORY, KILN_STACK_SIZE, KILN_MAX_OPEN_FILES, KILN_TIMEOUT
               limits like the flags', which lower those that are baked and never raise them
  KILN_TRAP    how a trap ends it: `abort` for SIGABRT, `exit` for an exit status
  KILN_CORE_DUMP
               what core dumps hold: `host` for nothing of the module's, `full` for all
  KILN_PROFILE_FILE
               the file that what is built with --profile-generate adds its counts to
  KILN_BACKTRACE
               functions that a trap tells: 0 for the innermost, 1 for 32, `full` for all
  LISTEN_FDS   how many listening sockets it inherits, from descriptor 3 up (sd_listen_fds)
A KILN_ variable that is none of these, or is malformed, ends the program before it runs.";

const RUN_EXAMPLES: &str = "\
Examples:
  kiln run app.wasm
  kiln run --dir . app.wasm --verbose notes.txt
  kiln run -- -odd-name.wasm              a module whose name begins with `-`
  kiln run -- -- --verbose                arguments for the module that ./kiln.toml names
  CARGO_TARGET_WASM32_WASIP1_RUNNER='kiln run --dir .' cargo test --target wasm32-wasip1
  go test -exec 'kiln run --dir / --env PWD'
  cmake -D CMAKE_CROSSCOMPILING_EMULATOR='kiln;run;--dir;.'

Kiln's options stand before MODULE. All that follows MODULE is the program's; one `--` right after
MODULE is left out. Kiln gives way to the program, so signals, standard streams and exit status are
the program's own. A kiln.toml holds as for `kiln build`.

The executable is compiled for the processor of this machine, unless --cpu names another. Executables
are kept in $XDG_CACHE_HOME/kiln (by default ~/.cache/kiln), at most 1 GiB of them.";

const INSPECT_EXAMPLES: &str = "\
Examples:
  kiln inspect app.wasm
  kiln inspect app.wasm --json | jq -r '.imports[] | select(.provider == \"nothing\").name'
  kiln inspect app
  kiln inspect app --json | jq .module.sha256

Of a module it tells what is imported and who provides it, what is exported, memories and tables, the
proposals and the tools that it is made with, the largest functions and data segments, whether an
executable or a library can be made of it, and what that must be granted.

Of a file that Kiln made it tells what the ELF note `.note.kiln` says, which is kept when the file is
stripped. With --json every field is there, whether it says something or not.";

const SIZE_EXAMPLES: &str = "\
Examples:
  kiln size app.wasm
  kiln size app --top 50
  kiln size app.wasm --svg app.svg
  kiln size app.wasm --json | jq -r '.groups[] | \"\\(.bytes) \\(.name)\"'

Each byte of the file belongs to one item: a function, a data segment, a table, a header. So the sizes
add up to the file's. Functions of an executable are told apart by its symbols, where it has any.
Names of Rust and C++ are demangled.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  kiln completions bash > ~/.local/share/bash-completion/completions/kiln
  kiln completions fish > ~/.config/fish/completions/kiln.fish";

#[derive(Debug, clap::Args)]
#[command(args_override_self = true)]
pub struct Build {
    /// The module, in the binary or the text format; `-` is standard input [default: the one named
    /// in the current directory's kiln.toml]
    #[arg(value_name = "MODULE")]
    word: Option<PathBuf>,

    #[command(flatten)]
    pub source: Source,

    #[command(flatten)]
    pub settings: Settings,

    /// Tell the time and memory that the compilation takes, by phase and for the slowest functions; with
    /// FILE as JSON, for all functions
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        help_heading = "Compilation"
    )]
    pub timings: Option<Option<PathBuf>>,
}

#[derive(Debug, clap::Args)]
#[command(args_override_self = true, mut_arg("cpu", |cpu| cpu.default_value("native")))]
pub struct Run {
    // With `trailing_var_arg` the first word that is no option ends the options.
    /// The module, in the binary or the text format, `-` for standard input [default: the one named
    /// in the current directory's kiln.toml], and the program's arguments
    #[arg(
        value_names = ["MODULE", "ARGS"],
        num_args = 0..,
        trailing_var_arg = true,
        value_hint = ValueHint::FilePath,
        help_heading = None
    )]
    words: Vec<OsString>,

    /// The program's arguments.
    #[arg(skip)]
    pub args: Vec<OsString>,

    #[command(flatten)]
    pub source: Source,

    #[command(flatten)]
    pub code: Code,

    #[command(flatten)]
    pub budget: Budget,

    #[command(flatten)]
    pub files: Files,

    #[command(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    pub sandbox: Sandbox,

    #[command(flatten)]
    pub grants: Grants,
}

#[derive(Debug, clap::Args)]
pub struct Inspect {
    /// A module, in the binary or the text format, or an executable, object or library that Kiln made;
    /// `-` is standard input
    pub file: PathBuf,

    /// Tell it as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Size {
    /// A module, in the binary or the text format, or an executable, object or shared library; `-` is
    /// standard input
    pub file: PathBuf,

    /// Tell it as JSON, with all items
    #[arg(long)]
    pub json: bool,

    /// Write a map as SVG, in which all items have areas like their sizes
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub svg: Option<PathBuf>,

    /// List so many functions, groups and data segments at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
}

#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// The place of the module, and what is said of it besides the command line.
#[derive(Debug, clap::Args)]
pub struct Source {
    /// The module: the one typed, or else the one that a kiln.toml names.
    #[arg(skip)]
    pub module: Option<PathBuf>,

    /// Take all settings of this file: what it grants is granted
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Take settings from the command line alone
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,

    /// Tell where settings are taken from, what is written, what the cache of `kiln run` holds, and which
    /// functions are too large to optimise
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

    /// The `kiln.toml` that holds. Tells of it where that is asked for, or where `tells` says that
    /// what is not taken from it must not go unseen.
    fn config_file(&self, tells: bool) -> Result<Option<ConfigFile>, Failure> {
        let found = match &self.config {
            Some(path) => Found::Holds(ConfigFile::read(path)?),
            None if self.no_config => Found::Nothing,
            None => ConfigFile::find(self.module.as_deref())?,
        };
        let file = match found {
            Found::Nothing => return Ok(None),
            Found::Aside { path, reason } => {
                if self.verbose {
                    let path = report::shown(&path);
                    report::note(&format!("{path} is left aside, because {reason}"));
                }
                return Ok(None);
            }
            Found::Holds(file) => file,
        };
        if self.verbose || (tells && file.leaves_keys_aside()) {
            report::note(&file.tell());
        }
        Ok(Some(file))
    }
}

impl Args {
    /// Reads the command line, and the `kiln.toml` that goes with it. Wrong usage ends the process.
    pub fn read() -> Result<Self, Failure> {
        let mut typed: Vec<OsString> = std::env::args_os().collect();
        let mut args = Self::parse_typed(&typed);
        // The standard error of `kiln run` is the program's.
        let tells = matches!(args.command, Command::Build(_));
        let Some(source) = args.source() else {
            return Ok(args);
        };
        let Some(file) = source.config_file(tells)? else {
            return Ok(args);
        };
        // The subcommand comes first, since before it no flag is known that does not end here.
        let flags = typed.split_off(2);
        let known = Self::command();
        let subcommand = typed[1]
            .to_str()
            .and_then(|name| known.find_subcommand(name));
        typed.extend(subcommand.into_iter().flat_map(|known| file.flags(known)));
        typed.extend(flags);
        args = Self::parse_typed(&typed);

        if let Some(source) = args.source() {
            source.module = source.module.take().or_else(|| file.module());
        }
        Ok(args)
    }

    fn parse_typed(typed: &[OsString]) -> Self {
        match Self::try_parse_typed(typed) {
            Ok(args) => args,
            Err(error) => usage::exit(error, typed),
        }
    }

    fn try_parse_typed(typed: &[OsString]) -> clap::error::Result<Self> {
        let mut args = Self::try_parse_from(typed)?;
        match &mut args.command {
            Command::Build(build) => build.source.module = build.word.take(),
            Command::Run(run) => run.divide(),
            Command::Inspect(_) | Command::Size(_) | Command::Completions(_) => {}
        }
        Ok(args)
    }

    fn source(&mut self) -> Option<&mut Source> {
        match &mut self.command {
            Command::Build(build) => Some(&mut build.source),
            Command::Run(run) => Some(&mut run.source),
            Command::Inspect(_) | Command::Size(_) | Command::Completions(_) => None,
        }
    }
}

impl Run {
    /// Tells the module from the program's arguments. A `--` in the module's place leaves it to a
    /// kiln.toml, and one right after the module is left out.
    fn divide(&mut self) {
        let mut words = std::mem::take(&mut self.words).into_iter().peekable();
        let module = words.next_if(|word| word != "--");
        self.source.module = module.map(PathBuf::from);
        words.next_if(|word| word == "--");
        self.args = words.collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Cpu;

    fn run(line: &[&str]) -> Run {
        let line: Vec<_> = ["kiln", "run"].iter().chain(line).map(Into::into).collect();
        match Args::try_parse_typed(&line).unwrap().command {
            Command::Run(run) => run,
            other => panic!("not a run: {other:?}"),
        }
    }

    #[test]
    fn definitions_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_follows_the_module_is_the_programs() {
        let rest = ["--dir", "b", "-O0", "--help", "-", "--", "-x"];
        for before in [&["m"][..], &["--", "m"], &["m", "--"], &["--", "m", "--"]] {
            let line = [&["-Os", "--dir", "."], before, &rest].concat();
            let args = run(&line);
            assert_eq!(args.source.module.as_deref(), Some(Path::new("m")));
            assert_eq!(args.grants.dirs.len(), 1);
            assert_eq!(args.args, rest, "{line:?}");
        }
    }

    #[test]
    fn one_double_dash_after_the_module_is_left_out() {
        assert_eq!(run(&["m", "--", "--", "-x"]).args, ["--", "-x"]);
        assert_eq!(run(&["m", "-x", "--", "y"]).args, ["-x", "--", "y"]);
        assert!(run(&["m", "--"]).args.is_empty());
    }

    #[test]
    fn a_module_can_be_named_like_an_option_or_not_at_all() {
        for (line, module, args) in [
            (&["--", "-m"][..], Some("-m"), &[][..]),
            (&["-", "-x"], Some("-"), &["-x"]),
            (&["--", "--", "-x"], None, &["-x"]),
            (&["--"], None, &[]),
            (&[], None, &[]),
        ] {
            let run = run(line);
            assert_eq!(run.source.module.as_deref(), module.map(Path::new));
            assert_eq!(run.args, *args, "{line:?}");
        }
    }

    #[test]
    fn an_option_unknown_to_kiln_is_not_the_module() {
        assert!(Args::try_parse_from(["kiln", "run", "--dri", ".", "m"]).is_err());
    }

    #[test]
    fn run_compiles_for_this_machine_and_build_for_any() {
        assert_eq!(run(&["m"]).code.cpu, Some(Cpu::Native));
        let named = run(&["--cpu", "x86-64-v2", "m"]).code.cpu;
        assert_eq!(named, Some(Cpu::X86_64V2));
        let build = Args::try_parse_from(["kiln", "build", "m"]).unwrap();
        let Command::Build(build) = build.command else {
            panic!("not a build: {build:?}");
        };
        assert_eq!(build.settings.code.cpu, None);
    }
}
