//! Why a module could not be compiled.

use kiln_abi::printable::Printable;
use std::fmt;

/// Why a module could not be compiled: what is wrong, where, and what to do about it.
#[derive(Debug, Clone)]
pub struct Error {
    message: String,
    location: Location,
    help: Option<String>,
}

/// The place of an error in the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Location {
    /// In no single place.
    #[default]
    Whole,
    /// At this offset in bytes of a binary module.
    Offset(u64),
    /// At this line and column, both from 1, of a text module.
    Text {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            location: Location::Whole,
            help: None,
        }
    }

    /// An error in words that may hold a stranger's.
    pub(crate) fn foreign(message: &str) -> Self {
        Self::new(Printable(message.as_bytes()).to_string())
    }

    pub(crate) fn at(mut self, offset: impl TryInto<u64>) -> Self {
        if let Ok(offset) = offset.try_into() {
            self.location = Location::Offset(offset);
        }
        self
    }

    pub(crate) fn at_text(mut self, line: usize, column: usize) -> Self {
        self.location = Location::Text { line, column };
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Gives where in the input it lies.
    pub fn location(&self) -> Location {
        self.location
    }

    /// Gives what the user can do about it, where that is known.
    pub fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.location {
            Location::Whole => Ok(()),
            Location::Offset(offset) => write!(f, " (at offset {offset:#x})"),
            Location::Text { line, column } => write!(f, " (at line {line}, column {column})"),
        }
    }
}

impl std::error::Error for Error {}
