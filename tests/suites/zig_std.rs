//! The tests of Zig's `std`, in one module, told apart by the part of `std` they belong to.
//! `cargo test --test zig_std -- mem fmt` runs two parts.

use anyhow::Result;
use kiln_tests::program::Input;
use kiln_tests::suite::{Comparison, Outcome, Outcomes, Table, chosen};
use kiln_tests::toolchain::zig_std_tests;
use std::process::Output;

/// The parts with tests for this target, but for `compress`, `tar`, `tz`, `zip` and the rest of
/// `crypto`: the published package lacks files that their tests need.
const PARTS: [&str; 52] = [
    "BitStack",
    "Build",
    "DoublyLinkedList",
    "Io",
    "Random",
    "SemanticVersion",
    "SinglyLinkedList",
    "Target",
    "Thread",
    "Uri",
    "array_hash_map",
    "array_list",
    "ascii",
    "atomic",
    "base64",
    "bit_set",
    "buf_map",
    "buf_set",
    "crypto.Certificate",
    "crypto.aes",
    "crypto.codecs",
    "crypto.ff",
    "crypto.pcurves",
    "debug",
    "deque",
    "enums",
    "fmt",
    "fs",
    "hash",
    "hash_map",
    "heap",
    "http",
    "json",
    "leb128",
    "math",
    "mem",
    "meta",
    "multi_array_list",
    "os",
    "posix",
    "priority_dequeue",
    "priority_queue",
    "process",
    "simd",
    "sort",
    "static_string_map",
    "testing",
    "time",
    "treap",
    "unicode",
    "zig",
    "zon",
];

fn main() -> Result<()> {
    let parts = chosen(&PARTS)?;
    // With the dot it names the part alone, but for a nested part of the same name.
    let filters: Vec<_> = parts.iter().map(|part| format!("{part}.")).collect();
    let module = zig_std_tests(&filters)?;
    let folder = tempfile::tempdir()?;
    let input = Input {
        dirs: vec![(folder.path().to_owned(), "/".into())],
        ..Input::default()
    };
    let comparison = Comparison::run(&module, &input, outcomes)?;
    let mut table = Table::new();
    for (part, comparison) in comparison.by_group(part) {
        table.add(&part, &comparison);
    }
    table.finish()
}

fn part(test: &str) -> &str {
    test.split_once('.').map_or(test, |(part, _)| part)
}

/// Reads what Zig's test runner writes: `1/20 NAME...` when a test begins, then `OK`, `SKIP` or
/// `FAIL (ERROR)`, on the same line unless the test writes something itself.
fn outcomes(output: &Output) -> Outcomes {
    let mut outcomes = Outcomes::new();
    let mut current = None;
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        if let Some(name) = begun(line) {
            outcomes.insert(name.to_owned(), Outcome::Failed);
            current = Some(name.to_owned());
        }
        let Some(current) = &current else {
            continue;
        };
        if line.ends_with("OK") {
            outcomes.insert(current.clone(), Outcome::Passed);
        } else if line.ends_with("SKIP") {
            outcomes.insert(current.clone(), Outcome::Skipped);
        }
    }
    outcomes
}

/// The name of the test that begins in this line, if one does.
fn begun(line: &str) -> Option<&str> {
    let (count, rest) = line.split_once(' ')?;
    let (number, of) = count.split_once('/')?;
    let numbers = [number, of].map(str::parse::<usize>);
    let (name, _) = rest.split_once("...")?;
    numbers.iter().all(Result::is_ok).then_some(name)
}
