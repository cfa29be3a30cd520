//! Kiln's compiler: a WebAssembly module in, a standalone native executable out.
//!
//! ```no_run
//! use kiln_compiler::{Compiler, Options};
//!
//! let wasm = std::fs::read("app.wasm")?;
//! let artifact = Compiler::new(Options::default())?.compile(&wasm)?;
//! std::fs::write("app", artifact.bytes)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Data flows one way through the modules, in this order: bytes → module → plan → CLIF → object →
//! executable. The crate prints nothing and never ends the process.

mod error;
mod module;
mod options;
mod parse;
mod plan;
mod runtime_object;
mod translate;
mod wasi;

pub use error::{Error, Location};
pub use kiln_abi::config::Entry as ConfigEntry;
pub use options::{Cpu, OptLevel, Options, UnknownImports};

/// Compiles modules under one set of options.
pub struct Compiler {
    options: Options,
    progress: Option<Box<dyn Fn(Progress) + Sync>>,
}

/// What a compilation gives.
#[derive(Debug)]
#[non_exhaustive]
pub struct Artifact {
    /// The executable's bytes, to be written to a file with mode 0755.
    pub bytes: Vec<u8>,
}

/// How far a compilation is.
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
    /// The executable is being linked.
    Linking,
}

impl Compiler {
    /// A compiler with these options; an error where they name a CPU that is not known.
    pub fn new(options: Options) -> Result<Self, Error> {
        Ok(Self {
            options,
            progress: None,
        })
    }

    /// Calls `report` as compilation goes on, from any thread.
    pub fn on_progress(mut self, report: impl Fn(Progress) + Sync + 'static) -> Self {
        self.progress = Some(Box::new(report));
        self
    }

    /// Compiles a module in the binary or the text format.
    pub fn compile(&self, _wasm: &[u8]) -> Result<Artifact, Error> {
        let _ = (&self.options, &self.progress);
        Err(Error::new("the compiler is still a stub"))
    }
}
