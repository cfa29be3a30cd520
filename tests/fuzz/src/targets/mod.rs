//! One file for each target.

pub mod addresses;
pub mod compile;
pub mod configuration;
pub mod differential;
pub mod exceptions;
pub mod loops;
pub mod mutate;
pub mod objects;
pub mod wasi;

use crate::outcome::Outcome;
use crate::ways::Way;
use crate::{reference, smith};
use anyhow::{Context, Result, ensure};
use arbitrary::Unstructured;
use std::path::PathBuf;

/// Compares what a module with a `_start` does under Wasmtime with what it does in some ways of Kiln. False
/// if its stack is exhausted.
fn compare(module: &[u8], ways: impl Iterator<Item = Way>) -> Result<bool> {
    let Some(expected) = reference::run(module).with_context(|| kept("reference", module))? else {
        return Ok(false);
    };
    compare_to(&expected, module, ways)?;
    Ok(true)
}

/// Compares what a module with a `_start` does in some ways of Kiln with what it should.
fn compare_to(expected: &Outcome, module: &[u8], ways: impl Iterator<Item = Way>) -> Result<()> {
    for way in ways {
        let actual = way
            .run(module)
            .with_context(|| kept(&format!("{way:?}"), module))?;
        ensure!(
            actual.agrees(expected),
            "{}:\n{actual:x?}\nwhere Wasmtime has\n{expected:x?}",
            kept(&format!("{way:?}"), module)
        );
    }
    Ok(())
}

/// Keeps a module for whoever looks into a failure, and tells where.
fn kept(what: &str, module: &[u8]) -> String {
    let path: PathBuf = std::env::temp_dir().join("kiln-fuzz-failure.wasm");
    match std::fs::write(&path, module) {
        Ok(()) => format!("{what}, the module kept as {}", path.display()),
        Err(error) => format!("{what}, the module not kept: {error}"),
    }
}

/// A choice among some.
fn one_of<'a, T>(input: &mut Unstructured, choices: &'a [T]) -> Result<&'a T> {
    Ok(input.choose(choices)?)
}

/// A module of wasm-smith.
fn module(input: &mut Unstructured) -> Result<Vec<u8>> {
    one_of(input, &smith::Mix::ALL)?.module(input)
}
