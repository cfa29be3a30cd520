//! The engines that run programs, and how each compiles a module for a processor.

use crate::catalogue::Program;
use crate::run::Input;
use crate::{native, node, wasm2c};
use anyhow::{Context, Result};
use clap::ValueEnum;
use kiln_tests::tools::{self, once, wasmtime};
use object::{Object, ObjectSection};
use serde::{Deserialize, Serialize};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An engine that Kiln is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Wasmtime, with its code compiled ahead.
    Wasmtime,
    /// C by wasm2c, compiled by clang 19 with -O3.
    Wasm2c,
    /// V8 in Node.js, with its default tiers.
    Node,
    /// The program's source in C, compiled by clang 19 with -O3.
    Clang,
    /// The same without vectors.
    ClangScalar,
    /// The program's source in C, compiled by gcc with -O3.
    Gcc,
}

impl Engine {
    /// The engines that modules are compared with where none are named.
    pub const OF_MODULES: [Self; 3] = [Self::Wasmtime, Self::Wasm2c, Self::Node];
}

/// The processors that code is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[value(rename_all = "verbatim")]
pub enum Cpu {
    /// Any x86-64 processor: Kiln's default.
    #[value(name = "x86-64")]
    #[serde(rename = "x86-64")]
    Baseline,
    /// Processors with AVX2, FMA and BMI: the most that Valgrind simulates.
    #[value(name = "x86-64-v3")]
    #[serde(rename = "x86-64-v3")]
    V3,
    /// The processor that the benchmark runs on.
    #[value(name = "native")]
    #[serde(rename = "native")]
    Native,
}

impl Cpu {
    /// The name that Kiln's `--cpu` and clang's `-march` share.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "x86-64",
            Self::V3 => "x86-64-v3",
            Self::Native => "native",
        }
    }

    /// Wasmtime's options. A named target stands for its baseline, to which features are added;
    /// without one Wasmtime compiles for the processor it runs on.
    pub fn wasmtime_options(self) -> Vec<String> {
        let features: &[&str] = match self {
            Self::Native => return Vec::new(),
            Self::Baseline => &[],
            Self::V3 => &[
                "sse3", "ssse3", "sse41", "sse42", "popcnt", "avx", "avx2", "fma", "bmi1", "bmi2",
                "lzcnt",
            ],
        };
        let mut options = vec!["--target=x86_64-unknown-linux-gnu".to_owned()];
        let enabled = features
            .iter()
            .map(|feature| format!("-Ccranelift-has_{feature}=true"));
        options.extend(enabled);
        options
    }
}

/// An engine as one column of a table: it compiles modules for one processor.
#[derive(Clone)]
pub struct Contender {
    /// `ENGINE@CPU`, unique among the contenders of a run.
    pub label: String,
    pub cpu: Cpu,
    compiler: Compiler,
}

#[derive(Clone)]
enum Compiler {
    Kiln(PathBuf),
    Wasmtime,
    Wasm2c { limit: u64 },
    Node,
    Native(native::Compiler),
}

/// A program compiled by a contender.
pub struct Built {
    /// The file that holds the code: an executable, Wasmtime's object, or the module itself.
    pub file: PathBuf,
    how: How,
}

enum How {
    Kiln,
    /// An executable that reads the variables of the WASI host in `wasi.c`, or none.
    Native,
    Wasmtime {
        options: &'static [&'static str],
    },
    Node,
}

impl Contender {
    /// A `kiln` command.
    pub fn kiln(name: String, command: PathBuf, cpu: Cpu) -> Self {
        Self {
            label: format!("{name}@{}", cpu.name()),
            cpu,
            compiler: Compiler::Kiln(command),
        }
    }

    /// Another engine. wasm2c leaves out modules of more bytes than `limit`.
    pub fn other(engine: Engine, cpu: Cpu, limit: u64) -> Self {
        let (name, compiler) = match engine {
            Engine::Wasmtime => ("wasmtime", Compiler::Wasmtime),
            Engine::Wasm2c => ("wasm2c", Compiler::Wasm2c { limit }),
            Engine::Node => ("node", Compiler::Node),
            Engine::Clang => ("clang", Compiler::Native(native::Compiler::Clang)),
            Engine::ClangScalar => {
                let compiler = native::Compiler::ClangScalar;
                ("clang-scalar", Compiler::Native(compiler))
            }
            Engine::Gcc => ("gcc", Compiler::Native(native::Compiler::Gcc)),
        };
        let label = match engine {
            Engine::Node => name.to_owned(),
            _ => format!("{name}@{}", cpu.name()),
        };
        Self {
            label,
            cpu,
            compiler,
        }
    }

    /// Compiles a program's module into `folder`; `None` where this engine does not take part. The
    /// results of engines of pinned versions are kept in `target/tools`, since they do not change.
    pub fn build(&self, program: &Program, module: &Path, folder: &Path) -> Result<Option<Built>> {
        let built = match &self.compiler {
            Compiler::Kiln(command) => {
                let label = self.label.replace(['/', '@'], "-");
                let file = folder.join(format!("{}-{label}", program.path().replace('/', "-")));
                let mut kiln = Command::new(command);
                kiln.args(["build", "--no-config", "--cpu", self.cpu.name()])
                    .arg("-o")
                    .args([file.as_path(), module]);
                tools::run(&mut kiln, "kiln")?;
                Some(Built {
                    file,
                    how: How::Kiln,
                })
            }
            Compiler::Wasmtime => {
                let options = self.cpu.wasmtime_options();
                let name = self.kept("wasmtime", module, &(&options, program.wasmtime_options))?;
                let compiled = once(&name, |folder| {
                    let mut compile = Command::new(wasmtime()?);
                    compile
                        .arg("compile")
                        .args(&options)
                        .args(program.wasmtime_options)
                        .arg(module)
                        .arg("-o")
                        .arg(folder.join("a.cwasm"));
                    tools::run(&mut compile, "wasmtime").map(drop)
                })?;
                Some(Built {
                    file: compiled.join("a.cwasm"),
                    how: How::Wasmtime {
                        options: program.wasmtime_options,
                    },
                })
            }
            Compiler::Wasm2c { limit } => {
                let takes_part = program.wasm2c && fs::metadata(module)?.len() <= *limit;
                if !takes_part {
                    return Ok(None);
                }
                let name = self.kept("wasm2c", module, wasm2c::HOST)?;
                let compiled = once(&name, |folder| wasm2c::build(module, self.cpu, folder))?;
                Some(Built {
                    file: compiled.join("a"),
                    how: How::Native,
                })
            }
            Compiler::Native(compiler) => {
                let Some(text) = program.text() else {
                    return Ok(None);
                };
                let name = self.kept("native", module, &(&self.label, &text))?;
                let compiled = once(&name, |folder| compiler.build(&text, self.cpu, folder))?;
                Some(Built {
                    file: compiled.join("a"),
                    how: How::Native,
                })
            }
            Compiler::Node => program.node.then(|| Built {
                file: module.to_owned(),
                how: How::Node,
            }),
        };
        Ok(built)
    }

    /// The name under which a result is kept. Code for the native processor is of no use on
    /// another, so that processor's features are part of it.
    fn kept(&self, engine: &str, module: &Path, options: &(impl Hash + ?Sized)) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        (self.cpu, fs::read(module)?).hash(&mut hasher);
        options.hash(&mut hasher);
        if self.cpu == Cpu::Native {
            let info = fs::read_to_string("/proc/cpuinfo")?;
            info.lines()
                .find(|line| line.starts_with("flags"))
                .hash(&mut hasher);
        }
        Ok(format!("bench-{engine}-{:016x}", hasher.finish()))
    }
}

impl Built {
    /// The command that runs the program on this input. It sees no environment but what is granted.
    pub fn command(&self, input: &Input) -> Result<Command> {
        let dirs = input.dirs.iter();
        let dirs = dirs.map(|(host, guest)| format!("{}::{guest}", host.display()));
        let dirs: Vec<_> = dirs.collect();
        let mut command = match self.how {
            How::Kiln => {
                let mut command = Command::new(&self.file);
                command
                    .env_clear()
                    .env("KILN_ARGV0", "program")
                    .env("KILN_DIRS", dirs.join(";"))
                    .env("KILN_ENV", input.env.join(";"));
                command
            }
            How::Native => {
                let mut command = Command::new(&self.file);
                command
                    .env_clear()
                    .env("WASI_DIRS", dirs.join(";"))
                    .env("WASI_ENV", input.env.join(";"));
                command
            }
            How::Wasmtime { options } => {
                let mut command = Command::new(wasmtime()?);
                command
                    .env_clear()
                    .args(["run", "--allow-precompiled", "--argv0=program"])
                    .args(["-W", "max-wasm-stack=8388608"]) // as much as Kiln gives
                    .args(options)
                    .args(dirs.iter().map(|dir| format!("--dir={dir}")))
                    .args(input.env.iter().map(|entry| format!("--env={entry}")))
                    .arg(&self.file);
                command
            }
            How::Node => node::command(&self.file, input)?,
        };
        command.args(&input.args);
        Ok(command)
    }

    /// Bytes of the section `.text`: the program's code and what of the engine is linked to it.
    /// Node keeps no code in files.
    pub fn text_size(&self) -> Result<Option<u64>> {
        if let How::Node = self.how {
            return Ok(None);
        }
        text_size(&self.file).map(Some)
    }
}

/// Bytes of a file's section `.text`.
pub fn text_size(file: &Path) -> Result<u64> {
    let bytes = fs::read(file)?;
    let file = object::File::parse(&*bytes)?;
    let text = file.section_by_name(".text").context("no section .text")?;
    Ok(text.size())
}
