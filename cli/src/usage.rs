//! Wrong command lines: what may be meant.
//!
//! clap finds what is wrong and says it. It also suggests names, some of which have little in common
//! with what was typed; those that are shown here are [`crate::similar`]'s.

use crate::args::Args;
use crate::report::{self, Failure};
use crate::similar;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error};
use kiln_abi::printable::Printable;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The exit status of wrong usage, as clap's.
const STATUS: i32 = 2;

/// Tells what is wrong with a command line, or what was asked for, such as help, and ends the
/// process.
pub fn exit(mut error: Error, typed: &[OsString]) -> ! {
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(failure) = typed.get(1).and_then(|word| file_for_command(word))
    {
        failure.print();
        std::process::exit(STATUS);
    }
    suggest(&mut error, typed);
    escape(&mut error);
    error.exit()
}

/// A file in a command's place, and the commands that may be meant.
fn file_for_command(word: &OsStr) -> Option<Failure> {
    let path = Path::new(word);
    let extension = path.extension().and_then(OsStr::to_str);
    let is_module_by_name = matches!(extension, Some("wasm" | "wat"));
    if !is_module_by_name && !path.is_file() {
        return None;
    }
    let name = report::shown(&path);
    let failure = Failure::new(format!("`{name}` is not a command"));
    Some(failure.help(if is_elf(path) {
        format!(
            "`kiln inspect {name}` tells how a file that Kiln made was made, `kiln size {name}` what \
             takes how many bytes of it"
        )
    } else {
        format!("`kiln run {name}` runs a module, `kiln build {name}` makes an executable of it")
    }))
}

fn is_elf(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"\x7fELF"
}

/// Escapes what was typed, which clap repeats.
fn escape(error: &mut Error) {
    let texts = error.context().filter_map(|(kind, value)| match value {
        ContextValue::String(text) => Some((kind, Printable(text.as_bytes()).to_string())),
        _ => None,
    });
    for (kind, text) in texts.collect::<Vec<_>>() {
        error.insert(kind, ContextValue::String(text));
    }
}

/// Replaces clap's suggestions.
fn suggest(error: &mut Error, typed: &[OsString]) {
    let mut known = Args::command();
    known.build();
    let subcommand = typed.get(1).and_then(|word| word.to_str());
    let subcommand = subcommand.and_then(|word| known.find_subcommand(word));
    match error.kind() {
        ErrorKind::UnknownArgument => suggest_flag(error, &known, subcommand),
        ErrorKind::InvalidSubcommand => {
            let names = known.get_subcommands().map(Command::get_name);
            let near = text(error, ContextKind::InvalidSubcommand)
                .and_then(|name| similar::nearest(&name, names.chain(["help"])));
            let near = near.map(|name| ContextValue::Strings(vec![name.to_owned()]));
            replace(error, ContextKind::SuggestedSubcommand, near);
            error.remove(ContextKind::Suggested);
        }
        ErrorKind::InvalidValue => {
            let value = text(error, ContextKind::InvalidValue);
            let near = match (value, error.get(ContextKind::ValidValue)) {
                (Some(value), Some(ContextValue::Strings(valid))) => {
                    let near = similar::nearest(&value, valid.iter().map(String::as_str));
                    near.map(|name| ContextValue::String(name.to_owned()))
                }
                _ => None,
            };
            replace(error, ContextKind::SuggestedValue, near);
        }
        _ => {}
    }
}

fn suggest_flag(error: &mut Error, known: &Command, subcommand: Option<&Command>) {
    // clap's advice to put `--` before it would make it the module.
    error.remove(ContextKind::Suggested);
    let Some(typed) = text(error, ContextKind::InvalidArg) else {
        return;
    };
    let Some(name) = typed.strip_prefix("--") else {
        return;
    };
    let near = similar::nearest(name, longs(subcommand.unwrap_or(known)));
    let near = near.map(|flag| ContextValue::String(format!("--{flag}")));
    replace(error, ContextKind::SuggestedArg, near);
    // clap's usage line is made for its own suggestion.
    let usage = subcommand.unwrap_or(known).clone().render_usage();
    error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    let mut others = known.get_subcommands();
    if subcommand.is_none()
        && let Some(owner) = others.find(|other| longs(other).any(|flag| flag == name))
    {
        let owner = owner.get_name();
        let tip = StyledStr::from(format!(
            "options follow the command: `kiln {owner} --{name}`"
        ));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
}

fn longs(command: &Command) -> impl Iterator<Item = &str> {
    command.get_arguments().filter_map(clap::Arg::get_long)
}

fn text(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    }
}

fn replace(error: &mut Error, kind: ContextKind, value: Option<ContextValue>) {
    error.remove(kind);
    if let Some(value) = value {
        error.insert(kind, value);
    }
}
