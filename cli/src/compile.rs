//! A module from a file, and its compilation: what `build` and `run` have in common.

use crate::budget::{self, Guard};
use crate::input;
use crate::progress::Meter;
use crate::report::{self, Failure};
use crate::settings::Budget;
use kiln_compiler::{Artifact, Compiler, Options, Progress, Text};
use std::io::Read;
use std::path::Path;

/// A module as it was read.
pub struct Module {
    /// What to call it in messages.
    pub name: String,
    /// Its bytes, in the binary or the text format.
    pub bytes: Vec<u8>,
}

/// Whether this path stands for standard input or output.
pub fn is_stdio(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl Module {
    /// Reads a file, or standard input where the path is `-`.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        if is_stdio(path) {
            let (name, mut bytes) = ("standard input".to_owned(), Vec::new());
            return match std::io::stdin().read_to_end(&mut bytes) {
                Ok(_) => Ok(Self { name, bytes }),
                Err(error) => Err(Failure::new(format!("cannot read {name}: {error}"))),
            };
        }
        let bytes = input::read(path, &instead_of(path))?;
        let name = report::shown(&path).to_string();
        Ok(Self { name, bytes })
    }

    /// Compiles it into the bytes of a file. `tell` is told which functions are not as asked for.
    pub fn compile(
        &self,
        options: Options,
        budget: &Budget,
        tell: impl Fn(&str),
    ) -> Result<Vec<u8>, Failure> {
        let artifact = self.compile_by(compiler(options)?, budget)?;
        artifact.notes.iter().for_each(|note| tell(note));
        Ok(artifact.bytes)
    }

    /// The same with the times that it takes.
    pub fn compile_with_timings(
        &self,
        options: Options,
        budget: &Budget,
    ) -> Result<Artifact, Failure> {
        self.compile_by(compiler(options)?.with_timings(), budget)
    }

    fn compile_by(&self, compiler: Compiler, budget: &Budget) -> Result<Artifact, Failure> {
        let _guard = Guard::new(budget, &self.name);
        let meter = Meter::new(&self.name);
        let compiler = compiler.on_progress(move |progress| {
            if progress == Progress::Linking {
                budget::give_back_unused();
            }
            meter.report(progress);
        });
        let artifact = compiler.compile(&self.bytes);
        artifact.map_err(|error| self.blame(&error))
    }

    /// Prints what it would be compiled into.
    pub fn render(&self, options: Options, budget: &Budget, form: Text) -> Result<String, Failure> {
        let _guard = Guard::new(budget, &self.name);
        let text = compiler(options)?.render(&self.bytes, form);
        text.map_err(|error| self.blame(&error))
    }

    /// The C header that goes with it.
    pub fn header(&self, options: Options) -> Result<String, Failure> {
        let text = compiler(options)?.header(&self.bytes);
        text.map_err(|error| self.blame(&error))
    }

    fn blame(&self, error: &kiln_compiler::Error) -> Failure {
        Failure::in_module(self, error)
    }
}

/// What to name where a directory is named as the module.
fn instead_of(dir: &Path) -> String {
    let config = dir.join("kiln.toml");
    if config.is_file() {
        format!(
            "`--config {}` takes what that file names",
            report::shown(&config)
        )
    } else {
        "name a module in it, such as app.wasm".to_owned()
    }
}

fn compiler(options: Options) -> Result<Compiler, Failure> {
    Compiler::new(options).map_err(|error| {
        let help = error.advice().map(str::to_owned);
        Failure::new(error.to_string()).maybe_help(help)
    })
}
