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
    /// Its name in messages.
    pub name: String,
    /// Its bytes, in the binary or the text format.
    pub bytes: Vec<u8>,
}

/// Tells if this path stands for standard input or output.
pub fn is_stdio(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl Module {
    /// Reads a file, or standard input where the path is `-`.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        Self::read_or(path, &instead_of(path))
    }

    /// The same; `instead` says what to name where a directory is named.
    pub fn read_or(path: &Path, instead: &str) -> Result<Self, Failure> {
        if is_stdio(path) {
            let (name, mut bytes) = ("standard input".to_owned(), Vec::new());
            return match std::io::stdin().read_to_end(&mut bytes) {
                Ok(_) => Ok(Self { name, bytes }),
                Err(error) => Err(Failure::new(format!("cannot read {name}: {error}"))),
            };
        }
        let bytes = input::read(path, instead)?;
        let name = report::shown(&path).to_string();
        Ok(Self { name, bytes })
    }

    /// Compiles it, `timed` with the costs. `tell` is told which functions are not as asked for, `warn` what
    /// is damaged.
    pub fn compile(
        &self,
        options: Options,
        budget: &Budget,
        timed: bool,
        tell: impl Fn(&str),
        warn: impl Fn(&str),
    ) -> Result<Artifact, Failure> {
        let mut compiler = compiler(options)?;
        if timed {
            compiler = compiler.with_timings();
        }
        let _guard = Guard::new(budget, &self.name);
        let meter = Meter::new(&self.name);
        let compiler = compiler.on_progress(move |progress| {
            if progress == Progress::Linking {
                budget::give_back_unused();
            }
            meter.report(progress);
        });
        let artifact = compiler.compile(&self.bytes);
        let artifact = artifact.map_err(|error| self.blame(&error))?;
        artifact.notes.iter().for_each(|note| tell(note));
        artifact.warnings.iter().for_each(|warning| warn(warning));
        Ok(artifact)
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

/// Gives what to name where a directory is named as the module.
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
