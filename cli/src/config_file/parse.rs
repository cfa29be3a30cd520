//! The text of a `kiln.toml` → settings that are flags in all but name, or the place in the text
//! where it is none.

use crate::report::Span;
use crate::settings::Settings;
use crate::similar;
use clap::builder::ValueHint;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Args, Command};
use kiln_abi::printable::Printable;
use std::error::Error as _;
use std::ffi::OsString;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The only key that is no flag.
pub const MODULE: &str = "module";

/// One value of a key.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key, which is a flag's long name or [`MODULE`].
    pub key: String,
    /// None for a flag that takes none.
    pub value: Option<OsString>,
}

impl Setting {
    pub fn as_flag(&self) -> OsString {
        let mut flag = OsString::from(format!("--{}", self.key));
        if let Some(value) = &self.value {
            flag.push("=");
            flag.push(value);
        }
        flag
    }
}

/// A fault, its place, and advice.
#[derive(Debug)]
pub struct Problem {
    pub message: String,
    pub span: Span,
    pub help: Option<String>,
}

impl Problem {
    fn new(message: impl Into<String>, span: Span) -> Self {
        Self {
            message: message.into(),
            span,
            help: None,
        }
    }

    fn maybe_help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }
}

/// Reads a file's text; `folder` is what its relative paths start from.
pub fn parse(text: &str, folder: &Path) -> Result<Vec<Setting>, Problem> {
    let table = DeTable::parse(text).map_err(|error| {
        let end = text.len()..text.len();
        Problem::new(error.message(), error.span().unwrap_or(end))
    })?;
    let keys = keys();
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);

    let mut settings = Vec::new();
    for (key, value) in entries {
        let arg = find(&keys, key.get_ref()).ok_or_else(|| unknown(&keys, key))?;
        for (value, span) in values(arg, key.get_ref(), value)? {
            let setting = Setting {
                key: key.get_ref().to_string(),
                value: value.map(|value| locate(arg, folder, value)),
            };
            check(&keys, &setting, span)?;
            settings.push(setting);
        }
    }
    Ok(settings)
}

/// A command whose long flags are the keys.
pub fn keys() -> Command {
    let module = Arg::new(MODULE)
        .long(MODULE)
        .value_hint(ValueHint::FilePath);
    let command = Command::new("kiln.toml")
        .disable_help_flag(true)
        .arg(module);
    Settings::augment_args(command)
}

/// The flag that a key stands for.
pub fn find<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    let mut args = command.get_arguments();
    args.find(|arg| arg.get_long() == Some(key))
}

/// A key that is no flag, with one that may be meant.
fn unknown(keys: &Command, key: &Spanned<impl AsRef<str>>) -> Problem {
    let name = key.get_ref().as_ref();
    let known = keys.get_arguments().filter_map(Arg::get_long);
    let help = match similar::nearest(name, known) {
        Some(near) => format!("there is a key `{near}`"),
        None => "the keys are the long flags of `kiln build`: see `kiln help build`".to_owned(),
    };
    let name = Printable(name.as_bytes());
    Problem::new(format!("unknown key `{name}`"), key.span()).maybe_help(Some(help))
}

/// The values that a key gives its flag, and where they stand: none for a flag that is not raised.
fn values(
    arg: &Arg,
    key: &str,
    value: &Spanned<DeValue>,
) -> Result<Vec<(Option<String>, Span)>, Problem> {
    let span = value.span();
    let wrong = |span, what| Problem::new(format!("`{key}` must be {what}"), span);
    match (arg.get_action(), value.get_ref()) {
        (ArgAction::SetTrue, DeValue::Boolean(false)) => Ok(Vec::new()),
        (ArgAction::SetTrue, DeValue::Boolean(true)) => Ok(vec![(None, span)]),
        (ArgAction::SetTrue, _) => Err(wrong(span, "`true` or `false`")),
        (ArgAction::Append, DeValue::Array(items)) => {
            let item = |item: &Spanned<DeValue>| match scalar(item.get_ref()) {
                Some(text) => Ok((Some(text), item.span())),
                None => Err(wrong(item.span(), "a list of strings")),
            };
            items.iter().map(item).collect()
        }
        (action, value) => match scalar(value) {
            Some(text) => Ok(vec![(Some(text), span)]),
            None if matches!(action, ArgAction::Append) => Err(wrong(span, "a list of strings")),
            None => Err(wrong(span, "a string")),
        },
    }
}

/// A string, or a number as it would be typed.
fn scalar(value: &DeValue) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            let number = i128::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some(number.to_string())
        }
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// Paths that the build reads or writes start from the file's folder.
fn locate(arg: &Arg, folder: &Path, value: String) -> OsString {
    let is_of_the_build = arg.get_value_hint() != ValueHint::Unknown && value != "-";
    if is_of_the_build && !value.is_empty() {
        folder.join(value).into()
    } else {
        value.into()
    }
}

/// Tells if the flag takes the value. What flags ask of each other is seen when all are together.
fn check(keys: &Command, setting: &Setting, span: Span) -> Result<(), Problem> {
    let flag = setting.as_flag();
    let Err(error) = keys
        .clone()
        .try_get_matches_from(["kiln.toml".into(), flag])
    else {
        return Ok(());
    };
    let reason = match error.kind() {
        ErrorKind::ValueValidation => error.source().map(ToString::to_string),
        ErrorKind::InvalidValue => None,
        _ => return Ok(()),
    };
    let message = match reason {
        Some(reason) => format!("bad value for `{}`: {reason}", setting.key),
        None => format!("bad value for `{}`", setting.key),
    };
    let help = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) => Some(format!("it can be {}", listed(valid))),
        _ => None,
    };
    Err(Problem::new(message, span).maybe_help(help))
}

/// `a`, `b` or `c`, quoted as they are written in the file.
fn listed(values: &[String]) -> String {
    let quoted: Vec<_> = values.iter().map(|value| format!("\"{value}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
