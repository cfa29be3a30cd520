//! Programs that wasm-mutate has rewritten do what they did before.

use super::{kept, one_of};
use crate::once;
use crate::outcome::Outcome;
use crate::ways::Way;
use anyhow::{Context, Result, ensure};
use arbitrary::Unstructured;
use kiln_tests::toolchain::Toolchain;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use wasm_mutate::WasmMutate;

/// A program and what it does.
struct Program {
    module: Vec<u8>,
    outcome: Outcome,
}

fn programs() -> Result<&'static [Program]> {
    static PROGRAMS: OnceLock<Vec<Program>> = OnceLock::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let build = |(toolchain, name): (Toolchain, &str)| {
        let module = fs::read(toolchain.build(&folder.join(name))?)?;
        let outcome = Way::usual().run(&module)?;
        Ok(Program { module, outcome })
    };
    let sources = [
        (Toolchain::Clang, "sums.c"),
        (Toolchain::Clang, "words.cc"),
        (Toolchain::Rust, "collections.rs"),
    ];
    let built = || sources.into_iter().map(build).collect::<Result<Vec<_>>>();
    let programs = once(&PROGRAMS, || built().context("programs to rewrite"))?;
    Ok(programs)
}

pub fn check(input: &[u8]) -> Result<bool> {
    let mut input = Unstructured::new(input);
    let program = one_of(&mut input, programs()?)?;
    let steps = input.int_in_range(1..=4)?;
    let mut module = program.module.clone();
    for _ in 0..steps {
        let seed = input.arbitrary()?;
        let Some(rewritten) = rewritten(&module, seed) else {
            break;
        };
        module = rewritten;
    }
    if module == program.module {
        return Ok(false);
    }
    let ways: Vec<Way> = Way::all().collect();
    // Libraries run too, but their hosts look at memory, which rewriting may move things in.
    let way = *one_of(&mut input, &ways)?;
    let outcome = way
        .run(&module)
        .with_context(|| kept(&format!("{way:?}"), &module))?;
    ensure!(
        outcome.printed == program.outcome.printed && outcome.end == program.outcome.end,
        "{}: {:?}, {:?}",
        kept(&format!("{way:?}"), &module),
        outcome.end,
        String::from_utf8_lossy(&outcome.printed)
    );
    Ok(true)
}

/// A module that does the same; `None` if none is found.
fn rewritten(module: &[u8], seed: u64) -> Option<Vec<u8>> {
    let mut mutate = WasmMutate::default();
    mutate.seed(seed).fuel(300).preserve_semantics(true);
    // Where wasm-mutate fails, as it does on names that are not UTF-8, Kiln is not at fault.
    let found = mutate.run(module).ok().and_then(|mut all| all.next());
    found.and_then(Result::ok)
}
