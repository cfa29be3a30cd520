//! Inputs that are made for something else than a WASI preview1 program: each is recognised and
//! answered with what to do.

use crate::support::{Folder, Outcome};

/// What is told when this is built: all of `words`, and none of `others`.
#[track_caller]
fn told(contents: impl AsRef<[u8]>, words: &[&str], others: &[&str]) {
    let folder = Folder::new();
    folder.write("app", contents);
    let told = Outcome::of(&mut folder.kiln(["build", "app", "-o", "out"])).fails(1);
    assert!(told.starts_with("error: app: "), "{told}");
    for word in words {
        assert!(told.contains(word), "`{word}` is missing: {told}");
    }
    for word in others {
        assert!(!told.contains(word), "`{word}` is there: {told}");
    }
    assert_eq!(folder.names(), ["app"]);
}

const TRAP: &str = "--unknown-imports trap";

/// A command with these imports, in the binary format.
fn importing(imports: &str) -> Vec<u8> {
    let module = format!(r#"(module {imports} (func (export "_start")))"#);
    wat::parse_str(module).unwrap()
}

/// Imports of modules made for something else, what is told of it, and what to do.
const IMPORTS: &[(&str, &str, &str)] = &[
    (
        r#"(import "wasi:cli/environment@0.2.3" "get-environment" (func (param i32)))"#,
        "made for WASI 0.2",
        "wasm32-wasip1",
    ),
    (
        r#"(import "wasi" "thread-spawn" (func (param i32) (result i32)))"#,
        "wasi-threads",
        "wasm32-wasip1",
    ),
    (
        r#"(import "wbg" "__wbg_log_1d3ae0273d8f4f8a" (func (param i32 i32)))"#,
        "by wasm-bindgen",
        "--target wasm32-wasip1",
    ),
    (
        r#"(import "./app_bg.js" "__wbindgen_throw" (func (param i32 i32)))"#,
        "by wasm-bindgen",
        "--target wasm32-wasip1",
    ),
    (
        r#"(import "env" "__syscall_openat" (func (param i32 i32 i32 i32) (result i32)))
           (import "env" "emscripten_resize_heap" (func (param i32) (result i32)))"#,
        "by Emscripten",
        "-sSTANDALONE_WASM",
    ),
    (
        r#"(import "a" "a" (func)) (import "a" "bc" (func (param i32)))"#,
        "by Emscripten",
        "-sSTANDALONE_WASM",
    ),
    (
        r#"(import "gojs" "runtime.wasmExit" (func (param i32)))"#,
        "GOOS=js",
        "GOOS=wasip1",
    ),
    (
        r#"(import "go" "syscall/js.valueGet" (func (param i32)))"#,
        "GOOS=js",
        "GOOS=wasip1",
    ),
    (
        r#"(import "env" "abort" (func (param i32 i32 i32 i32)))"#,
        "AssemblyScript",
        "@assemblyscript/wasi-shim",
    ),
    (
        r#"(import "env" "seed" (func (result f64)))"#,
        "AssemblyScript",
        "@assemblyscript/wasi-shim",
    ),
    (
        r#"(import "wasi_snapshot_preview1" "sock_open" (func (param i32 i32 i32) (result i32)))"#,
        "sockets of WasmEdge",
        "--listen",
    ),
    (
        r#"(import "wasix_32v1" "thread_spawn_v2" (func (param i32 i32) (result i32)))"#,
        "WASIX",
        "preview1",
    ),
    (
        r#"(import "wasi_ephemeral_nn" "load" (func (param i32) (result i32)))"#,
        "a part of WASI",
        "wasi_snapshot_preview1",
    ),
];

#[test]
fn modules_for_other_hosts() {
    for (imports, what, advice) in IMPORTS {
        told(importing(imports), &[what, "help: ", advice], &[TRAP]);
    }
    let two = r#"(import "wbg" "a" (func)) (import "wbg" "b" (func (param i64)))"#;
    told(importing(two), &["`wbg::a` [] -> [] and 1 more"], &[]);
}

#[test]
fn memories_and_globals_from_other_hosts() {
    let module = |imports: &str| wat::parse_str(format!("(module {imports})")).unwrap();
    told(
        module(
            r#"(import "env" "memory" (memory 1 2 shared))
               (import "wasi" "thread-spawn" (func (param i32) (result i32)))"#,
        ),
        &["memory `env::memory`", "wasi-threads", "wasm32-wasip1"],
        &[TRAP],
    );
    told(
        module(r#"(import "env" "memory" (memory 1))"#),
        &["unknown import: memory `env::memory`", "--import-memory"],
        &[TRAP],
    );
    told(
        module(r#"(@custom "linking" "\02") (import "env" "__linear_memory" (memory 0))"#),
        &["an object file", "link it"],
        &[TRAP],
    );
    told(
        module(
            r#"(@custom "dylink.0" (before first) "\01\04\00\00\00\00")
               (import "env" "__memory_base" (global i32))"#,
        ),
        &["dynamic linking", "-shared"],
        &[TRAP],
    );
}

#[test]
fn without_an_entry() {
    let no_start = r#"(module (import "env" "abort" (func (param i32 i32 i32 i32)))
        (func (export "add") (param i32 i32)))"#;
    told(
        no_start,
        &["_start", "AssemblyScript", "wasi-shim"],
        &[TRAP],
    );
    let reactor = r#"(module (func (export "_initialize")) (func (export "f") (param i32)))"#;
    told(reactor, &["reactor", "--emit staticlib"], &[TRAP]);
}

#[test]
fn misspelt_functions_of_wasi() {
    for (module, name, meant) in [
        (
            "wasi_snapshot_preview1",
            "fd_wirte",
            "wasi_snapshot_preview1::fd_write",
        ),
        (
            "wasi_snapshot_preview",
            "fd_read",
            "wasi_snapshot_preview1::fd_read",
        ),
        (
            "wasi_unstable",
            "sock_accept",
            "wasi_snapshot_preview1::sock_accept",
        ),
    ] {
        let import = format!(r#"(import "{module}" "{name}" (func))"#);
        let help = format!("help: for `{module}::{name}`, there is `{meant}`");
        told(importing(&import), &["unknown import", &help], &[TRAP]);
    }
}

#[test]
fn trapping_is_suggested_where_it_can_help() {
    for import in [
        r#"(import "env" "log" (func (param i32)))"#,
        r#"(import "env" "abort" (func))"#,
        r#"(import "__wbindgen_placeholder__" "__wbindgen_describe" (func (param i32)))"#,
    ] {
        told(importing(import), &[TRAP], &[]);
    }
}

#[test]
fn other_kinds_of_files() {
    for (contents, words) in [
        (&b""[..], &["the file is empty"][..]),
        (b"\0as", &["cut short"]),
        (b"\0asm", &["cut short"]),
        (b"\0asm\x01\0", &["cut short"]),
        (b"\0asm\x0d\0\x01\0", &["a component", "wasm32-wasip1"]),
        (b"\0asm\x0b\0\0\0", &["version 11 of the binary format"]),
        (b"\x7fELF\x02\x01\x01\0", &["an ELF file", ".wasm"]),
        (b"\x1f\x8b\x08\0\0\0", &["gzip", "gunzip"]),
        (b"\x28\xb5\x2f\xfd\0", &["zstd"]),
        (b"PK\x03\x04\x14\0", &["a zip archive"]),
        (b"!<arch>\n", &["archive of object files", "link it"]),
        (b"BC\xc0\xde\x35\x14", &["LLVM bitcode", "link it"]),
        (b"<!DOCTYPE html>\n<html></html>", &["HTML"]),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            &["Git LFS", "git lfs pull"],
        ),
        (b"#!/bin/sh\nexec wasmtime app.wasm\n", &["a script"]),
        (b"\xff\xfe(\0m\0", &["UTF-16"]),
        (
            b"let wasm;\nexport function start() {}\n",
            &["JavaScript", "the .wasm file"],
        ),
        (b"var Module = typeof Module;\n", &["JavaScript"]),
        (
            b"(async () => { await WebAssembly.instantiate(x); })()",
            &["JavaScript"],
        ),
        (
            b"(module) (assert_return (invoke \"f\"))",
            &["a script of tests (.wast)"],
        ),
        (b"(component)", &["a component", "wasm32-wasip1"]),
        (b"\x89PNG\r\n\x1a\n\0\0", &["not a WebAssembly module"]),
        (b"dear diary\n", &["line 1, column 1", ".wat"]),
    ] {
        told(contents, words, &[TRAP]);
    }
}

#[test]
fn a_module_cut_short() {
    let wasm = importing("(memory 1) (data (i32.const 0) \"0123456789\")");
    for len in 9..wasm.len() {
        let folder = Folder::new();
        folder.write("app", &wasm[..len]);
        let outcome = Outcome::of(&mut folder.kiln(["build", "app", "-o", "out"]));
        // What ends between two sections is a module with less in it, perhaps a valid one.
        let told = &outcome.stderr;
        let is_told = ["cut short", "code section is absent", "_start"]
            .iter()
            .any(|word| told.contains(word));
        assert!(is_told || outcome.status == Ok(0), "{len}: {told}");
    }
}

#[test]
fn errors_of_validation_in_a_text_have_a_place_in_it() {
    for (wat, place, excerpt) in [
        (
            "(module\n  (func (export \"_start\")\n    i32.const 1\n    i64.eqz\n    drop))\n",
            "(at line 4, column 5)",
            "4 |     i64.eqz\n  |     ^\n",
        ),
        (
            "(module\n  (import \"env\" \"f\" (func))\n  (func (export \"_start\")))\n",
            "(at line 2, column 4)",
            "2 |   (import \"env\" \"f\" (func))\n  |    ^\n",
        ),
        (
            "(module\n  (func (export \"_start\"))\n  (global i32 (i64.const 1)))\n",
            "(at line 3, column 4)",
            "3 |   (global",
        ),
    ] {
        told(wat, &[place, excerpt], &["offset 0x"]);
    }
}
