//! Modules and paths that are refused: exit status 1, a message that names the file, no output.

use crate::support::{Folder, HELLO, Outcome};

/// Refuses to build `contents` under this name; gives the message after `error: NAME: `.
#[track_caller]
fn refusal(name: &str, contents: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    folder.write(name, contents);
    let told = Outcome::of(&mut folder.kiln(["build", name])).fails(1);
    assert_eq!(folder.names(), [name]);
    let prefix = format!("error: {name}: ");
    match told.strip_prefix(&prefix) {
        Some(message) => message.to_owned(),
        None => panic!("does not begin with {prefix:?}: {told}"),
    }
}

#[track_caller]
fn assert_told(told: &str, words: &[&str]) {
    for word in words {
        assert!(told.contains(word), "`{word}` is missing: {told}");
    }
}

#[test]
fn no_start() {
    let told = refusal("m.wat", "(module)");
    assert_told(&told, &["_start", "help: "]);
}

#[test]
fn a_reactor() {
    let told = refusal("m.wat", r#"(module (func (export "_initialize")))"#);
    assert_told(&told, &["_start", "_initialize", "reactor"]);
}

#[test]
fn start_beside_initialize() {
    let told = refusal(
        "m.wat",
        r#"(module (func (export "_start")) (func (export "_initialize")))"#,
    );
    assert_told(&told, &["`_start`", "`_initialize`"]);
}

#[test]
fn a_start_with_another_type() {
    let told = refusal("m.wat", r#"(module (func (export "_start") (param i32)))"#);
    assert_told(&told, &["`_start`", "i32"]);
}

#[test]
fn wasi_without_an_exported_memory() {
    let told = refusal(
        "m.wat",
        HELLO.replace(r#"(memory (export "memory") 1)"#, "(memory 1)"),
    );
    assert_told(&told, &["memory", "WASI"]);
}

#[test]
fn a_wasi_import_of_another_type() {
    let told = refusal(
        "m.wat",
        r#"(module
            (import "wasi_snapshot_preview1" "fd_close" (func (param i64) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start")))"#,
    );
    assert_told(
        &told,
        &[
            "wasi_snapshot_preview1",
            "fd_close",
            "i64",
            "i32",
            "line 2, column 14",
        ],
    );
}

#[test]
fn every_unknown_import_is_named_with_its_type() {
    let told = refusal(
        "m.wat",
        r#"(module
            (import "env" "first" (func (param i32 f64) (result i64)))
            (import "host" "second" (func))
            (func (export "_start")))"#,
    );
    assert_told(
        &told,
        &[
            "`env::first` [i32 f64] -> [i64]",
            "`host::second` [] -> []",
            "help: build with `--unknown-imports trap`",
        ],
    );
}

#[test]
fn an_imported_global() {
    let told = refusal(
        "m.wat",
        r#"(module (import "env" "level" (global i32)) (func (export "_start")))"#,
    );
    assert_told(&told, &["unknown import: global `env::level`"]);
}

#[test]
fn an_empty_file() {
    assert_told(&refusal("m.wasm", ""), &["empty"]);
}

#[test]
fn an_elf_file() {
    let elf = std::fs::read(env!("CARGO_BIN_EXE_kiln")).unwrap();
    assert_told(&refusal("m.wasm", &elf[..4096]), &["ELF"]);
}

#[test]
fn a_component() {
    let component = wat::parse_str("(component)").unwrap();
    assert_told(&refusal("m.wasm", component), &["component"]);
}

#[test]
fn bytes_that_are_nothing_known() {
    assert_told(
        &refusal("m.wasm", b"\x89PNG\r\n\x1a\n\0\0"),
        &["not a WebAssembly module"],
    );
}

#[test]
fn a_module_cut_short() {
    let wasm = wat::parse_str(HELLO).unwrap();
    assert_told(&refusal("m.wasm", &wasm[..wasm.len() - 5]), &["offset 0x"]);
}

#[test]
fn a_module_that_is_not_valid() {
    let told = refusal(
        "m.wat",
        r#"(module (func (export "_start") i32.const 1 i64.eqz drop))"#,
    );
    assert_told(&told, &["type mismatch", "line 1, column "]);
}

#[test]
fn a_syntax_error_with_its_place() {
    let told = refusal(
        "m.wat",
        "(module\n  (func (export \"_start\")\n\t(i32.bogus)))\n",
    );
    assert_told(&told, &["line 3, column 3"]);
    let excerpt = "\n  |\n3 | \t(i32.bogus)))\n  | \t ^\n";
    assert_told(&told, &[excerpt]);
}

#[test]
fn a_text_that_is_no_module() {
    assert_told(
        &refusal("notes.txt", "dear diary\n"),
        &["line 1, column 1", ".wat"],
    );
}

#[test]
fn a_module_that_is_not_there() {
    let told = Outcome::of(&mut Folder::new().kiln(["build", "gone.wasm"])).fails(1);
    assert!(
        told.starts_with("error: cannot read gone.wasm: No such file"),
        "{told}"
    );
}

#[test]
fn a_directory_for_a_file() {
    let folder = Folder::new();
    let dir = folder.write("dir/hello.wat", HELLO);
    folder.write("with/kiln.toml", "module = 'app.wat'");
    folder.write("hello.wat", HELLO);
    let dir = dir.parent().unwrap().to_str().unwrap();
    for (line, named, help) in [
        (&["build", "."][..], ".", "name a module in it"),
        (&["build", ".", "-o", "app"], ".", "name a module in it"),
        (&["build", dir], dir, "name a module in it"),
        (&["build", "dir/"], "dir/", "name a module in it"),
        (
            &["build", "with"],
            "with",
            "`--config with/kiln.toml` takes",
        ),
        (&["run", "dir"], "dir", "name a module in it"),
        (
            &["inspect", "dir"],
            "dir",
            "name a module in it, or a file that Kiln made",
        ),
        (
            &["build", "hello.wat", "--link", "dir"],
            "dir",
            "name an object",
        ),
        (
            &["run", "--link", "dir", "hello.wat"],
            "dir",
            "name an object",
        ),
        (&["build", "--config", "dir"], "dir", "name the file in it"),
    ] {
        let told = Outcome::of(&mut folder.kiln(line)).fails(1);
        let begin = format!("error: cannot read {named}: it is a directory\nhelp: {help}");
        assert!(told.starts_with(&begin), "{line:?}: {told}");
    }
    assert_eq!(folder.names(), ["dir", "hello.wat", "with"]);
}

#[test]
fn run_refuses_what_build_refuses() {
    let folder = Folder::new();
    folder.write("m.wat", "(module)");
    let told = Outcome::of(&mut folder.kiln(["run", "m.wat"])).fails(1);
    assert!(told.starts_with("error: m.wat: "), "{told}");
}
