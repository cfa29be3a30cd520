//! `kiln.toml`: what is to be said of a module every time it is built, said once.
//!
//! Its keys are the long flags of `kiln build` ([`crate::settings`]) and `module`. It is turned into
//! flags, which are put before those typed: so a flag typed prevails, and to a list it adds.
//!
//! # Trust
//!
//! A file grants and links only where the user named it: by `--config`, or by a command without a
//! module in the file's own directory. A file that merely lies beside a module may be a stranger's,
//! as the module may be: they come together in an archive, or lie in a directory that others write
//! to. Of such a file only [`COMPILATION`] is taken, a list of what is allowed rather than of what is
//! not, so that a new key is not taken by mistake. It is read only if it is a regular file and not a
//! symbolic link, because an error shows a line of it, and the link may lead to a secret.

mod parse;

use crate::compile::is_stdio;
use crate::report::{self, Failure};
use clap::Command;
use parse::Setting;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

const NAME: &str = "kiln.toml";

/// The keys that a file which nobody named may set: those that change how the module is compiled,
/// and neither what the program can reach nor which files are read and written.
const COMPILATION: [&str; 8] = [
    "target",
    "opt-level",
    "cpu",
    "unknown-imports",
    "bounds-checks",
    "stack-size",
    "strip",
    "debug",
];

/// The most bytes that a file which nobody named may have.
const MAX_SIZE: u64 = 1 << 20;

/// A file's settings.
#[derive(Debug)]
pub struct ConfigFile {
    /// Its path.
    path: PathBuf,
    /// The user named it, so that all its settings hold.
    is_named: bool,
    settings: Vec<Setting>,
}

/// The outcome of looking for a file.
#[derive(Debug)]
pub enum Found {
    /// There is none.
    Nothing,
    /// There is one that says nothing of the module.
    Aside {
        /// Its path.
        path: PathBuf,
        /// Why it does not hold.
        reason: &'static str,
    },
    /// This one holds.
    Holds(ConfigFile),
}

impl ConfigFile {
    /// Reads a file that the user named.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = crate::input::read(path, "name the file in it, as in `--config kiln.toml`")?;
        Self::parse(path, bytes, true)
    }

    /// Reads the `kiln.toml` beside a module, or in the current directory where no module is named.
    pub fn find(module: Option<&Path>) -> Result<Found, Failure> {
        match module {
            None => match fs::read(NAME) {
                Ok(bytes) => Self::parse(Path::new(NAME), bytes, true).map(Found::Holds),
                Err(error) if is_absence(&error) => Ok(Found::Nothing),
                Err(error) => Err(cannot_read(Path::new(NAME), &error)),
            },
            Some(module) if is_stdio(module) => Ok(Found::Nothing),
            Some(module) => Self::find_beside(module),
        }
    }

    fn find_beside(module: &Path) -> Result<Found, Failure> {
        let path = module.with_file_name(NAME);
        let aside = |path, reason| Ok(Found::Aside { path, reason });
        let file = match open_unfollowed(&path) {
            Ok(file) => file,
            Err(Errno::LOOP) => return aside(path, "it is a symbolic link that nobody named"),
            // A socket.
            Err(Errno::NXIO) => return aside(path, "it is not a regular file"),
            Err(error) => {
                let error = io::Error::from(error);
                return if is_absence(&error) {
                    Ok(Found::Nothing)
                } else {
                    Err(cannot_read(&path, &error))
                };
            }
        };
        let metadata = file.metadata().map_err(|e| cannot_read(&path, &e))?;
        if !metadata.is_file() {
            return aside(path, "it is not a regular file");
        }
        if metadata.len() > MAX_SIZE {
            return aside(path, "it has more than 1 MiB");
        }
        let mut bytes = Vec::new();
        let read = file.take(MAX_SIZE).read_to_end(&mut bytes);
        read.map_err(|error| cannot_read(&path, &error))?;
        let file = Self::parse(&path, bytes, false)?;
        match file.named_module() {
            Some(named) if !is_same_file(module, &named) => aside(path, "it names another module"),
            _ => Ok(Found::Holds(file)),
        }
    }

    /// The module that it names, where the user named the file.
    pub fn module(&self) -> Option<PathBuf> {
        self.named_module().filter(|_| self.is_named)
    }

    fn named_module(&self) -> Option<PathBuf> {
        let mut settings = self.settings.iter();
        let setting = settings.find(|setting| setting.key == parse::MODULE)?;
        setting.value.as_ref().map(PathBuf::from)
    }

    /// Its settings as flags, those that `command` has and that are taken from it.
    pub fn flags(&self, command: &Command) -> impl Iterator<Item = OsString> {
        let settings = self.settings.iter();
        settings
            .filter(|setting| self.is_taken(&setting.key))
            .filter(|setting| parse::find(command, &setting.key).is_some())
            .map(Setting::as_flag)
    }

    /// Tells if it says more than is taken from it.
    pub fn leaves_keys_aside(&self) -> bool {
        !self.keys(false).is_empty()
    }

    /// One line that says which settings hold, and why others do not.
    pub fn tell(&self) -> String {
        let path = report::shown(&self.path);
        if self.is_named {
            return format!("settings are taken from {path}");
        }
        let taken = match self.keys(true).as_slice() {
            [] => "nothing".to_owned(),
            keys => keys.join(", "),
        };
        let mut told = format!("of {path}, which nobody named, {taken} is taken");
        let aside = self.keys(false);
        if !aside.is_empty() {
            let aside = aside.join(", ");
            told += &format!(" and not {aside}: `--config {path}` takes all");
        }
        told
    }

    fn is_taken(&self, key: &str) -> bool {
        self.is_named || COMPILATION.contains(&key)
    }

    /// The keys in it that are taken, or those that are not.
    fn keys(&self, taken: bool) -> Vec<&str> {
        let keys = self.settings.iter().map(|setting| setting.key.as_str());
        // It says nothing of the program that it names this module.
        let keys = keys.filter(|key| *key != parse::MODULE && self.is_taken(key) == taken);
        let mut keys: Vec<_> = keys.collect();
        keys.dedup();
        keys
    }

    fn parse(path: &Path, bytes: Vec<u8>, is_named: bool) -> Result<Self, Failure> {
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new(format!("{}: not UTF-8 text", report::shown(&path))))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        match parse::parse(&text, folder) {
            Ok(settings) => Ok(Self {
                path: path.to_owned(),
                is_named,
                settings,
            }),
            Err(problem) => {
                let name = report::shown(&path).to_string();
                let failure = Failure::in_text(&name, &text, problem.span, &problem.message);
                Err(failure.maybe_help(problem.help))
            }
        }
    }
}

/// Opens a file for reading, unless it is a symbolic link, and without waiting for a pipe's writer.
fn open_unfollowed(path: &Path) -> Result<File, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).map(File::from)
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot read {}: {error}", report::shown(&path)))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists the keys that a file which nobody named may set, and all others. A new key belongs to the
    /// first only if a stranger may set it.
    #[test]
    fn every_key_is_either_compilation_or_not_taken() {
        let not_taken = [
            "module",
            "output",
            "emit",
            "name",
            "entry",
            "link",
            "spectre",
            "debug-file",
            "debug-info",
            "profile-generate",
            "profile-use",
            "sandbox",
            "allow-syscalls",
            "allow-system-files",
            "max-memory",
            "max-build-memory",
            "max-build-time",
            "max-open-files",
            "trap-signal",
            "core-dump",
            "timeout",
            "embed",
            "embed-times",
            "dir",
            "env",
            "inherit-env",
            "argv0",
            "arg",
            "listen",
            "stdin",
            "stdout",
            "stderr",
            "seal",
        ];
        let mut listed = [&COMPILATION[..], &not_taken].concat();
        listed.sort_unstable();
        let command = parse::keys();
        let mut known: Vec<_> = command
            .get_arguments()
            .filter_map(clap::Arg::get_long)
            .collect();
        known.sort_unstable();
        assert_eq!(listed, known);
    }
}
