//! `kiln build --timings`: as a table and as JSON.

use crate::support::{Folder, HELLO, Outcome};
use serde_json::Value;
use std::fs;

const PHASES: [&str; 7] = [
    "parse", "plan", "lower", "optimize", "compile", "object", "output",
];

#[test]
fn a_table_tells_of_phases_and_functions() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let outcome = Outcome::of(&mut folder.kiln(["build", "--timings", "hello.wat"]));
    assert!(outcome.stderr.contains("entry point"), "{}", outcome.stderr);
    let first_words: Vec<&str> = outcome
        .stderr
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| PHASES.contains(word))
        .collect();
    // The heading of the functions begins with a phase, too.
    assert_eq!(first_words[..PHASES.len()], PHASES);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Ok(0), ""));
    assert!(folder.path("hello").exists());
}

#[test]
fn json_tells_of_every_function() {
    let folder = Folder::new();
    folder.write(
        "two.wat",
        r#"(module
          (func $large (param i32) (result i32)
            (if (result i32) (local.get 0)
              (then (call $large (i32.sub (local.get 0) (i32.const 1))))
              (else (i32.const 1))))
          (func (export "_start") (drop (call $large (i32.const 9)))))"#,
    );
    Outcome::of(&mut folder.kiln(["build", "--timings=t.json", "two.wat"])).succeeds();
    let json: Value = serde_json::from_slice(&fs::read(folder.path("t.json")).unwrap()).unwrap();
    let phases = json["phases"].as_array().unwrap();
    let names: Vec<&str> = phases.iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, PHASES);
    assert!(
        phases
            .iter()
            .all(|phase| phase["seconds"].as_f64() > Some(0.0))
    );
    let peaks: Vec<u64> = phases
        .iter()
        .map(|phase| phase["peak_memory"].as_u64().unwrap())
        .collect();
    assert!(peaks.is_sorted() && peaks[0] > 1 << 20, "{peaks:?}");
    let functions = json["functions"].as_array().unwrap();
    let large = functions
        .iter()
        .find(|function| function["name"].as_str().unwrap().contains("large"))
        .unwrap();
    assert!(large["wasm_bytes"].as_u64() > Some(10) && large["code_bytes"].as_u64() > Some(10));
    assert!(large["compile_seconds"].as_f64() > Some(0.0));
    // `_start`, and what the program begins with.
    assert_eq!(functions.len(), 3);
}

#[test]
fn text_has_no_timings() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let mut build = folder.kiln(["build", "--timings", "--emit", "asm", "hello.wat"]);
    let outcome = Outcome::of(&mut build);
    assert!(outcome.stderr.contains("nothing to tell of text"));
    assert!(!folder.path("hello.asm").exists());
}
