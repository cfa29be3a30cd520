//! `kiln inspect`: what a module is, and what a file that Kiln made says of itself.

mod module;
mod note;
mod table;

use crate::args::Inspect;
use crate::compile::Module;
use crate::json;
use crate::output;
use crate::report::Failure;
use kiln_compiler::note::Debugging;
use kiln_compiler::sandbox::{Profile, Rules};
use kiln_compiler::{Inspection, Note};
use serde::Serialize;

/// Runs the subcommand.
pub fn inspect(args: &Inspect) -> Result<(), Failure> {
    let file = Module::read_or(&args.file, "name a module in it, or a file that Kiln made")?;
    let text = if is_made(&file.bytes) {
        let note = Note::read(&file.bytes).map_err(|error| Failure::in_module(&file, &error))?;
        let debugging = Debugging::of(&file.bytes);
        let profile = Profile::of(&Rules::of(&note));
        match args.json {
            true => json::print(&Made {
                note,
                debugging,
                profile,
            })?,
            false => note::table(&note, &debugging, &profile).to_string(),
        }
    } else {
        let inspection = Inspection::of(&file.bytes);
        let inspection = inspection.map_err(|error| Failure::in_module(&file, &error))?;
        match args.json {
            true => json::print(&inspection)?,
            false => module::table(&inspection).to_string(),
        }
    };
    output::print(&text)
}

/// The note of a file that Kiln made, with what is found beside it and the system calls that follow from it.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    note: Note,
    debugging: Debugging,
    #[serde(rename = "sandbox_profile")]
    profile: Profile,
}

/// Tells what Kiln makes, by its first bytes, from what it takes.
fn is_made(file: &[u8]) -> bool {
    file.starts_with(b"\x7fELF") || file.starts_with(b"!<arch>\n")
}
