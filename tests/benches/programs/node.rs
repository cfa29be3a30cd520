//! Programs under V8, in Node.js.

use crate::run::Input;
use anyhow::Result;
use kiln_tests::tools::{node, target};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Command;

/// The command that runs a module; the program's arguments follow.
pub fn command(module: &Path, input: &Input) -> Result<Command> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/programs/node.mjs");
    let dirs = input.dirs.iter().map(|(host, guest)| {
        let host = Value::from(host.to_string_lossy());
        (guest.clone(), host)
    });
    let env = input.env.iter().filter_map(|entry| entry.split_once('='));
    let env = env.map(|(name, value)| (name.to_owned(), Value::from(value)));
    let grants = json!({ "dirs": Map::from_iter(dirs), "env": Map::from_iter(env) });
    let mut command = Command::new(node()?);
    command
        .env_clear()
        .current_dir(target()?)
        // The deepest recursion of the programs needs more than the default of about 1 MB.
        .args(["--no-warnings", "--stack-size=7000"])
        .arg(script)
        .arg(module)
        .arg(grants.to_string());
    Ok(command)
}
