//! Kiln's compiler: a WebAssembly module in, a standalone native executable or a library out. The crate
//! needs no other compiler and no linker, prints nothing and never ends the process.
//!
//! ```no_run
//! use kiln_compiler::{Compiler, Options};
//!
//! let module = std::fs::read("app.wasm")?;
//! let artifact = Compiler::new(Options::default())?.compile(&module)?;
//! artifact.write("app")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Options`] says how to compile and what the program is given; an [`Error`] says what is wrong,
//! where in the module, and what to do about it. The same module, options and version of Kiln give the
//! same bytes, on any machine and by any number of threads. ([`Cpu::Native`] means something else on
//! another machine.) The threads are rayon's: compilation runs in the thread pool it is called from.
//!
//! # In a build script
//!
//! A crate that brings a program along compiles it in its `build.rs`:
//!
//! ```
//! use kiln_compiler::{Compiler, ConfigEntry, OptLevel, Options};
//! use std::{env, fs, path::Path};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let folder = tempfile::tempdir()?;
//! #   // SAFETY: there is no other thread yet.
//! #   unsafe { env::set_var("OUT_DIR", folder.path()) };
//!     let module = "../examples/hello.wat";
//!     println!("cargo::rerun-if-changed={module}");
//!
//!     let mut options = Options::default();
//!     options.opt_level = OptLevel::SpeedAndSize;
//!     options.max_memory = Some(16 << 20);
//!     options.bake(ConfigEntry::Argv0(b"hello"));
//!
//!     let artifact = Compiler::new(options)?.compile(&fs::read(module)?)?;
//!     artifact.write(Path::new(&env::var("OUT_DIR")?).join("hello"))?;
//! #   let output = std::process::Command::new(folder.path().join("hello")).output()?;
//! #   assert_eq!(output.stdout, b"hello world\n");
//!     Ok(())
//! }
//! ```
//!
//! The crate then has it as `include_bytes!(concat!(env!("OUT_DIR"), "/hello"))`. Or it calls the
//! module's functions as C functions, which [`Compiler::header`] tells of:
//!
//! ```no_run
//! # use kiln_compiler::{Compiler, Emit, Options};
//! # use std::{env, fs, path::Path};
//! let mut options = Options::default();
//! options.emit = Emit::StaticLibrary;
//! options.name = "plugin".to_owned();
//! let artifact = Compiler::new(options)?.compile(&fs::read("plugin.wasm")?)?;
//!
//! let out = env::var("OUT_DIR")?;
//! artifact.write(Path::new(&out).join("libplugin.a"))?;
//! println!("cargo::rustc-link-search=native={out}");
//! println!("cargo::rustc-link-lib=static=plugin");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it works
//!
//! Data flows one way through the modules, in this order: bytes → module → plan → CLIF → object →
//! output.

mod archive;
mod codegen;
mod combine;
mod compile;
mod demangle;
mod dwarf;
mod embed;
mod error;
pub mod inspect;
mod interface;
mod lines;
mod link_input;
mod lower;
mod module;
mod names;
pub mod note;
mod object;
mod optimize;
mod options;
mod origin;
mod output;
mod parse;
mod plan;
mod render;
pub mod sandbox;
pub mod size;
mod split;
mod target;
mod timings;
mod wasi;

pub use demangle::demangled;
pub use dwarf::{DebugFile, debug_file_of};
pub use embed::Tree;
pub use error::{Error, Location};
pub use inspect::Inspection;
pub use kiln_abi::config::Entry as ConfigEntry;
pub use kiln_link::silence_panics as silence_linker;
pub use link_input::LinkInput;
pub use note::Note;
pub use options::{
    BoundsChecks, Cpu, Emit, OptLevel, Options, Profile, SandboxMode, Target, UnknownImports,
};
pub use render::Text;
pub use size::Sizes;
pub use timings::{Function, Phase, Timings};

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use timings::Stopwatch;

/// Compiles modules under one set of options.
pub struct Compiler {
    options: Options,
    progress: Box<dyn Fn(Progress) + Send + Sync>,
    takes_times: bool,
}

/// The result of a compilation.
#[derive(Debug)]
#[non_exhaustive]
pub struct Artifact {
    /// Its kind.
    pub emit: Emit,
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// The debug information, where it has a file of its own: see [`Options::debug_link`].
    pub debug: Option<Vec<u8>>,
    /// Sentences on functions that are too large for the optimisations asked for.
    pub notes: Vec<String>,
    /// Sentences on debug information that is damaged or missing, and on profiles that do not know all functions,
    /// without which the program runs as well.
    pub warnings: Vec<String>,
    /// The costs of the compilation, if they were asked for.
    pub timings: Option<Timings>,
}

impl Artifact {
    /// Writes it to a file, which can be executed if that is what it is for.
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let mode = match self.emit {
            Emit::Executable | Emit::SharedLibrary => 0o777,
            Emit::Object | Emit::StaticLibrary => 0o666,
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(mode);
        let mut file = options.open(path)?;
        file.write_all(&self.bytes)
    }
}

/// The progress of a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The module is being read and validated.
    Parsing,
    /// `done` of `total` bytes of function bodies are compiled. Told from any thread.
    Compiling {
        /// Bytes of function bodies compiled.
        done: u64,
        /// Bytes of function bodies to compile.
        total: u64,
    },
    /// The output is being linked.
    Linking,
}

impl Compiler {
    /// A compiler with these options; an error where this machine cannot serve them.
    pub fn new(options: Options) -> Result<Self, Error> {
        options.check()?;
        target::target(&options, false)?;
        Ok(Self {
            options,
            progress: Box::new(|_| {}),
            takes_times: false,
        })
    }

    /// Calls `report` as compilation goes on, from any thread.
    pub fn on_progress(mut self, report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Box::new(report);
        self
    }

    /// Makes every compilation record its costs.
    pub fn with_timings(mut self) -> Self {
        self.takes_times = true;
        self
    }

    /// Compiles a module in the binary or the text format into what [`Options::emit`] says.
    pub fn compile(&self, input: &[u8]) -> Result<Artifact, Error> {
        (self.progress)(Progress::Parsing);
        let mut stopwatch = Stopwatch::new(self.takes_times);
        with_module(input, |module| {
            stopwatch.phase("parse");
            let mut plan = plan::plan(module, &self.options)?;
            stopwatch.phase("plan");
            let compiled = codegen::compile(&plan, &self.progress)?;
            let code = compiled.code;
            stopwatch.functions(&plan, &code, &compiled.spent);
            (self.progress)(Progress::Linking);
            let lines = lines::resolve(&plan, &code);
            if plan.debug.is_known() {
                stopwatch.phase("lines");
            }
            let object = object::emit(&plan, &code, &lines)?;
            // The object has copies, and linking makes others.
            drop(code);
            plan.image = Default::default();
            stopwatch.phase("object");
            let output = output::output(&plan, object.bytes)?;
            stopwatch.phase("output");
            Ok(Artifact {
                emit: plan.emit,
                bytes: output.bytes,
                debug: output.debug,
                notes: compiled.notes,
                warnings: [
                    plan.counts
                        .warning(&self.options.profiles)
                        .into_iter()
                        .collect(),
                    plan.debug.warnings,
                    lines.warnings,
                    object.warnings,
                ]
                .concat(),
                timings: stopwatch.finish(),
            })
        })
    }

    /// The C header of a module, which need not be complete: it says how to call the functions of
    /// [`Emit::Object`] and the libraries, and how to define those that are linked in.
    pub fn header(&self, input: &[u8]) -> Result<String, Error> {
        with_module(input, |module| {
            plan::check_kind(module)?;
            Ok(interface::Interface::new(module, &self.options.name).header())
        })
    }

    /// Gives what [`Compiler::compile`] would compile of a module, as text.
    pub fn render(&self, input: &[u8], form: Text) -> Result<String, Error> {
        with_module(input, |module| {
            let plan = plan::plan(module, &self.options)?;
            render::render(&plan, form)
        })
    }
}

/// Runs `work` on a module in either format. An error has its place in what was given.
fn with_module<R>(
    input: &[u8],
    work: impl FnOnce(&module::Module) -> Result<R, Error>,
) -> Result<R, Error> {
    let wasm = parse::binary(input)?;
    let done = parse::parse(&wasm).and_then(|module| work(&module));
    done.map_err(|error| match wasm {
        Cow::Borrowed(_) => error,
        Cow::Owned(ref wasm) => parse::locate(input, wasm, error),
    })
}
