//! `kiln.toml`: what is to be said of a module every time it is built, said once.
//!
//! Its keys are the long flags of `kiln build` ([`crate::settings`]) and `module`. It is turned into
//! flags, which are put before those typed: so a flag typed prevails, and to a list it adds.

mod parse;

use crate::report::Failure;
use clap::Command;
use parse::Setting;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

const NAME: &str = "kiln.toml";

/// A file's settings.
#[derive(Debug)]
pub struct ConfigFile {
    /// Where it lies.
    pub path: PathBuf,
    settings: Vec<Setting>,
}

impl ConfigFile {
    /// Reads a file that was asked for.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        match fs::read(path) {
            Ok(bytes) => Self::parse(path, bytes),
            Err(error) => Err(cannot_read(path, &error)),
        }
    }

    /// Reads the `kiln.toml` beside a module, or in the current directory where no module is named.
    /// One that names another module says nothing of this one.
    pub fn find(module: Option<&Path>) -> Result<Option<Self>, Failure> {
        let path = module.unwrap_or(Path::new(NAME)).with_file_name(NAME);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if is_absence(&error) => return Ok(None),
            Err(error) => return Err(cannot_read(&path, &error)),
        };
        let file = Self::parse(&path, bytes)?;
        let is_anothers = match (module, file.module()) {
            (Some(module), Some(named)) => !is_same_file(module, &named),
            _ => false,
        };
        Ok((!is_anothers).then_some(file))
    }

    /// The module that it names.
    pub fn module(&self) -> Option<PathBuf> {
        let mut settings = self.settings.iter();
        let setting = settings.find(|setting| setting.key == parse::MODULE)?;
        setting.value.as_ref().map(PathBuf::from)
    }

    /// Its settings as flags, those that `command` has.
    pub fn flags(&self, command: &Command) -> impl Iterator<Item = OsString> {
        let settings = self.settings.iter();
        settings
            .filter(|setting| parse::find(command, &setting.key).is_some())
            .map(Setting::as_flag)
    }

    fn parse(path: &Path, bytes: Vec<u8>) -> Result<Self, Failure> {
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new(format!("{}: not UTF-8 text", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        match parse::parse(&text, folder) {
            Ok(settings) => Ok(Self {
                path: path.to_owned(),
                settings,
            }),
            Err(problem) => {
                let name = path.display().to_string();
                let failure = Failure::in_text(&name, &text, problem.span, &problem.message);
                Err(failure.maybe_help(problem.help))
            }
        }
    }
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", path.display()))
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}
