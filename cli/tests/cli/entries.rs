//! Which function makes a program: `_start`, the one whose name is empty, or the one that is named.

use crate::support::{Folder, Outcome};

/// A module with these functions, each of which prints the letter it is given: `(call $print …)`.
fn module(functions: &str) -> String {
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write"
                (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\10\00\00\00\01\00\00\00")
            (func $print (param i32)
                (i32.store8 (i32.const 16) (local.get 0))
                (drop (call $fd_write
                    (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
            {functions})"#
    )
}

/// Prints "a" when it is initialised, "b" as the function without a name, "c" and a status of 7 as
/// `run`.
const REACTOR: &str = r#"
    (func (export "_initialize") (call $print (i32.const 97)))
    (func (export "") (call $print (i32.const 98)))
    (func (export "run") (result i32) (call $print (i32.const 99)) (i32.const 7))
    (func (export "add") (param i32 i32) (result i32) (i32.const 0))
    (func (export "wide") (result i64) (i64.const 0))"#;

#[track_caller]
fn runs(wat: &str, options: &[&str], status: i32, printed: &str) {
    let folder = Folder::new();
    let built = Outcome::of(&mut folder.built(wat, options));
    let run = [&["run"], options, &["app.wat"]].concat();
    let run = Outcome::of(&mut folder.kiln(run));
    for outcome in [built, run] {
        assert_eq!(
            (
                outcome.status,
                outcome.stdout.as_str(),
                outcome.stderr.as_str()
            ),
            (Ok(status), printed, ""),
            "{options:?}"
        );
    }
}

#[test]
fn the_function_without_a_name_runs_behind_the_initialiser() {
    runs(&module(REACTOR), &[], 0, "ab");
}

#[test]
fn a_named_function_runs_and_its_result_is_the_exit_status() {
    runs(&module(REACTOR), &["--entry", "run"], 7, "ac");
    runs(&module(REACTOR), &["--entry", ""], 0, "ab");
}

#[test]
fn a_main_inside_the_initialiser_runs_once() {
    runs(&module(REACTOR), &["--entry", "_initialize"], 0, "a");
    let kotlin = r#"
        (func $main (call $print (i32.const 109)))
        (func (export "_initialize") (call $main))"#;
    runs(&module(kotlin), &["--entry", "_initialize"], 0, "m");
}

#[test]
fn a_named_function_of_a_command_runs_in_place_of_start() {
    let command = r#"
        (func $first (call $print (i32.const 102)))
        (start $first)
        (func (export "_start") (call $print (i32.const 115)))
        (func (export "") (call $print (i32.const 110)))
        (func (export "other") (result i32) (i32.const 256))"#;
    runs(&module(command), &[], 0, "fs");
    runs(&module(command), &["--entry", "_start"], 0, "fs");
    // The kernel keeps the low eight bits of a status.
    runs(&module(command), &["--entry", "other"], 0, "f");
}

#[test]
fn a_kiln_toml_names_the_entry_and_inspect_tells_it() {
    let folder = Folder::new();
    folder.write("kiln.toml", "module = 'app.wat'\nentry = 'run'\n");
    folder.write("app.wat", module(REACTOR));
    Outcome::of(&mut folder.kiln(["build"])).succeeds();
    let outcome = Outcome::of(&mut folder.command(folder.path("app")));
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Ok(7), "ac"));
    let told = Outcome::of(&mut folder.kiln(["inspect", "app"])).succeeds();
    assert!(told.contains("\nentry          run\n"), "{told}");

    folder.built(&module(REACTOR), &["--no-config"]);
    let told = Outcome::of(&mut folder.kiln(["inspect", "app"])).succeeds();
    assert!(told.contains("\nentry          \"\"\n"), "{told}");
}

#[track_caller]
fn refused(wat: &str, options: &[&str], words: &[&str]) {
    let folder = Folder::new();
    folder.write("app.wat", wat);
    let build = [&["build", "app.wat"], options].concat();
    let told = Outcome::of(&mut folder.kiln(build)).fails(1);
    for word in words {
        assert!(told.contains(word), "`{word}` is missing: {told}");
    }
    assert_eq!(folder.names(), ["app.wat"]);
}

#[test]
fn the_functions_that_could_be_meant_are_told() {
    let reactor = r#"(module
        (func (export "_initialize"))
        (func (export "first"))
        (func (export "second") (result i32) (i32.const 0))
        (func (export "add") (param i32 i32)))"#;
    refused(
        reactor,
        &[],
        &[
            "`_start`",
            "reactor",
            "`--entry` can name `first`, `second`\n",
        ],
    );
    refused(
        reactor,
        &["--entry", "frobnicate"],
        &[
            "no function `frobnicate`",
            "`--entry` can name `first`, `second`\n",
        ],
    );
    refused(
        reactor,
        &["--entry", "secnd"],
        &["help: it exports `second`\n"],
    );
    refused(
        reactor,
        &["--entry", "add"],
        &["`add` has type [i32 i32] -> []", "`first`, `second`"],
    );
    let many: String = (0..20)
        .map(|index| format!("(func (export \"f{index}\"))"))
        .collect();
    refused(&format!("(module {many})"), &[], &["`f7` and 12 more"]);
    refused("(module)", &[], &["`_start`", "--emit staticlib"]);
}

#[test]
fn a_library_has_no_entry() {
    let options = ["--entry", "run", "--emit", "staticlib"];
    refused(&module(REACTOR), &options, &["a library has no entry"]);
}

#[test]
fn what_is_command_and_reactor_at_once_is_refused_for_every_output() {
    let both =
        r#"(module (func (export "_start")) (func (export "_initialize")) (func (export "")))"#;
    for kind in [
        "exe",
        "obj",
        "staticlib",
        "sharedlib",
        "header",
        "asm",
        "clif",
    ] {
        let words = ["both `_start` and `_initialize`"];
        refused(both, &["--emit", kind], &words);
    }
    refused(both, &["--entry", ""], &["both `_start` and `_initialize`"]);
}

#[test]
fn emscriptens_notice_of_memory_growth_does_nothing() {
    for (ty, index) in [("i32", "i32.const 0"), ("i64", "i64.const 0")] {
        let wat = format!(
            r#"(module
                (import "env" "emscripten_notify_memory_growth" (func $notify (param {ty})))
                (memory (export "memory") 1)
                (table 1 funcref) (elem (i32.const 0) $notify) (type $t (func (param {ty})))
                (func (export "_start")
                    (call $notify ({index}))
                    (call_indirect (type $t) ({index}) (i32.const 0))))"#
        );
        runs(&wat, &[], 0, "");
        let folder = Folder::new();
        folder.built(&wat, &[]);
        let told = Outcome::of(&mut folder.kiln(["inspect", "app", "--json"])).succeeds();
        assert!(told.contains(r#""provider": "no-op""#), "{told}");
    }
    let other = r#"(module
        (import "env" "emscripten_notify_memory_growth" (func (result i32)))
        (func (export "_start")))"#;
    refused(other, &[], &["emscripten_notify_memory_growth"]);
}
