//! `kiln inspect`: what files that Kiln made say of themselves. [`crate::modules`] has what it tells of
//! modules.

use crate::support::{Folder, HELLO, Outcome};
use std::fs;
use std::process::Command;

/// The SHA-256 of [`HELLO`] in the binary format.
const HELLO_SHA256: &str = "f1e377bb716d6efaf4667cbe638e8d88789f1a71b3eab6fa6dff1aad6e79a6b7";

/// A folder with an executable `app`.
fn with_app(wat: &str, options: &[&str]) -> Folder {
    let folder = Folder::new();
    folder.built(wat, options);
    folder
}

#[track_caller]
fn inspect(folder: &Folder, options: &[&str]) -> String {
    let line = ["inspect", "app"].iter().chain(options);
    Outcome::of(&mut folder.kiln(line)).succeeds()
}

/// What is told of a file that is no good.
#[track_caller]
fn refusal(folder: &Folder) -> String {
    Outcome::of(&mut folder.kiln(["inspect", "app"])).fails(1)
}

#[test]
fn the_smallest_program() {
    let expected = format!(
        "\
made by        Kiln {}
module         sha256 {HELLO_SHA256}
               159 bytes
entry          _start
target         x86_64-linux
cpu            x86-64
opt-level      2
bounds-checks  guard
spectre        off
stack-size     8M
traps tell     names
debugging      symbols
imports        wasi_snapshot_preview1
                 fd_write
grants         none
sealed         no
sandbox        on
syscalls       write, mmap, mprotect, munmap, rt_sigaction, rt_sigprocmask, rt_sigreturn
               writev, mremap, madvise, getpid, exit, kill, gettid, restart_syscall, exit_group
               tgkill, ppoll
",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(inspect(&with_app(HELLO, &[]), &[]), expected);
}

/// Uses much and imports more than it uses.
const MUCH: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "env" "add" (func $add (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        (drop (call $add (i32.const 1) (i32.const 2)))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
        (memory.fill (i32.const 0) (i32.const 0) (i32.extend8_s (i32.const 8)))))"#;

const MUCH_OPTIONS: &[&str] = &[
    "-Os",
    "--cpu",
    "x86-64-v2",
    "--unknown-imports",
    "trap",
    "--stack-size",
    "100000",
    "--dir",
    "data::/",
    "--dir",
    "/srv::/srv:ro",
    "--env",
    "A=b\x1b[31m",
    "--env",
    "HOME",
    "--inherit-env",
    "--argv0",
    "me",
    "--arg",
    "-x",
    "--arg",
    "y z",
    "--listen",
    "127.0.0.1:80",
    "--stdin",
    "/dev/null",
    "--stderr",
    "&1",
    "--seal",
];

#[test]
fn all_that_can_be_said() {
    let shown = inspect(&with_app(MUCH, MUCH_OPTIONS), &[]);
    let (_, shown) = shown.split_once("target").unwrap();
    let expected = "         x86_64-linux
cpu            x86-64-v2
               sse3, ssse3, cmpxchg16b, sse41, sse42, popcnt
opt-level      s
bounds-checks  guard
spectre        off
stack-size     100K
traps tell     names
debugging      symbols
features       sign-extension, bulk-memory
imports        wasi_snapshot_preview1
                 fd_write
               env, which nothing provides: calls trap
                 add
dir            data as /
               /srv as /srv, read-only
env            all there are at launch
               A=b\\u{1b}[31m
               HOME, as it is at launch
argv0          me
arg            -x
               y z
listen         127.0.0.1:80
stdin          /dev/null
stderr         &1
sealed         yes
sandbox        on
syscalls       write, mmap, mprotect, munmap, rt_sigaction, rt_sigprocmask, rt_sigreturn
               writev, mremap, madvise, getpid, exit, kill, gettid, restart_syscall, exit_group
               tgkill, ppoll
";
    assert_eq!(shown, expected);
}

#[test]
fn json_holds_every_field() {
    let json: serde_json::Value =
        serde_json::from_str(&inspect(&with_app(MUCH, MUCH_OPTIONS), &["--json"])).unwrap();
    assert_eq!(json["kiln"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["grants"]["dirs"][1]["read_only"], true);
    assert_eq!(json["grants"]["env"][0]["value"], "b\x1b[31m");
    assert_eq!(json["grants"]["env"][1]["value"], serde_json::Value::Null);
    assert_eq!(json["grants"]["stdout"], serde_json::Value::Null);
    assert_eq!(json["imports"][1]["provider"], "nothing");
    assert_eq!(json["sealed"], true);
}

#[test]
fn the_readme_tells_of_every_field() {
    let json: serde_json::Value =
        serde_json::from_str(&inspect(&with_app(MUCH, MUCH_OPTIONS), &["--json"])).unwrap();
    let (_, told) = include_str!("../../README.md")
        .split_once("--json\n")
        .unwrap();
    let fields = fields(&json);
    assert!(fields.len() > 30, "{fields:?}");
    for field in fields {
        assert!(told.contains(&format!("`{field}`")), "{field}");
    }
}

/// The names of all fields of a value, at any depth.
fn fields(json: &serde_json::Value) -> Vec<String> {
    match json {
        serde_json::Value::Object(object) => {
            let inner = object.values().flat_map(fields);
            object.keys().cloned().chain(inner).collect()
        }
        serde_json::Value::Array(items) => items.iter().flat_map(fields).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn json_is_stable() {
    let folder = with_app(HELLO, &["--env", "A=1"]);
    let expected = format!(
        r#"{{
  "kiln": "{}",
  "module": {{
    "sha256": "{HELLO_SHA256}",
    "size": 159
  }},
  "target": "x86_64-linux",
  "cpu": "x86-64",
  "cpu_features": [],
  "entry": "_start",
  "opt_level": "2",
  "bounds_checks": "guard",
  "spectre": false,
  "stack_size": 8388608,
  "features": [],
  "imports": [
    {{
      "module": "wasi_snapshot_preview1",
      "name": "fd_write",
      "provider": "wasi"
    }}
  ],
  "grants": {{
    "dirs": [],
    "embedded": [],
    "env": [
      {{
        "name": "A",
        "value": "1"
      }}
    ],
    "inherit_env": false,
    "argv0": null,
    "args": [],
    "stdin": null,
    "stdout": null,
    "stderr": null,
    "listen": []
  }},
  "limits": {{
    "max_memory": null,
    "max_open_files": null,
    "timeout": null
  }},
  "trap_signal": false,
  "traps_tell": "names",
  "sealed": false,
  "sandbox": true,
  "debugging": {{
    "symbols": true,
    "dwarf": false,
    "file": null
  }},
  "sandbox_profile": {}}}
"#,
        env!("CARGO_PKG_VERSION"),
        include_str!("../data/hello.profile.json")
    );
    assert_eq!(inspect(&folder, &["--json"]), expected);
}

#[test]
fn the_note_outlives_stripping() {
    let folder = with_app(HELLO, &[]);
    let shown = inspect(&folder, &[]).replace("symbols", "nothing");
    let mut strip = Command::new("strip");
    strip.arg(folder.path("app"));
    assert!(strip.status().expect("strip, of binutils").success());
    assert_eq!(inspect(&folder, &[]), shown);

    // Without any section header, as some tools leave it: e_shoff, e_shnum and e_shstrndx.
    let mut app = fs::read(folder.path("app")).unwrap();
    app[40..48].fill(0);
    app[60..64].fill(0);
    folder.write("app", app);
    assert_eq!(inspect(&folder, &[]), shown);
}

#[test]
fn objects_and_archives_are_read_too() {
    let folder = with_app(HELLO, &[]);
    let shown = inspect(&folder, &[]);
    // Without segments, as an object is: e_phoff and e_phnum.
    let mut object = fs::read(folder.path("app")).unwrap();
    object[32..40].fill(0);
    object[56..58].fill(0);
    folder.write("app", &object);
    assert_eq!(inspect(&folder, &[]), shown);

    let header = format!("app.o/{:42}{:<10}`\n", "", object.len());
    folder.write("app", [ARCHIVE, header.as_bytes(), &object].concat());
    assert_eq!(inspect(&folder, &[]), shown);
}

#[test]
fn readers_that_stop_early_are_no_failure() {
    let folder = with_app(HELLO, &[]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut inspect = folder.kiln(["inspect", "app"]);
    Outcome::of(inspect.stdout(writer)).succeeds();
}

/// An archive with one file of text.
const ARCHIVE: &[u8] = b"!<arch>\n\
    note.txt/       0           0     0     644     6         `\nhello\n";

#[test]
fn files_that_are_not_kilns() {
    let folder = Folder::new();
    let told = refusal(&folder);
    assert!(
        told.starts_with("error: cannot read app: No such file"),
        "{told}"
    );
    for (contents, words) in [
        (&b""[..], "error: app: the file is empty\nhelp: "),
        (
            b"\x7fELF",
            "error: app: neither a 64-bit ELF file nor an archive\nhelp: ",
        ),
        (
            b"#!/bin/sh\n",
            "error: app: this is a script, not a WebAssembly module\nhelp: ",
        ),
        (
            b"dear diary",
            "error: app: expected `(` (at line 1, column 1)",
        ),
        (ARCHIVE, "error: app: there is no note of Kiln's"),
        (
            &fs::read("/bin/sh").unwrap(),
            "error: app: there is no note of Kiln's",
        ),
    ] {
        folder.write("app", contents);
        let told = refusal(&folder);
        assert!(told.starts_with(words), "{told}");
    }
}

#[test]
fn damaged_files() {
    let folder = with_app(HELLO, &[]);
    let app = fs::read(folder.path("app")).unwrap();
    let owner = find(&app, b"Kiln\0");
    let description = find(&app, b"{\"kiln\"");
    for (at, byte, words) in [
        (
            description,
            b'[',
            "error: app: the note in this file is damaged: ",
        ),
        (
            description + 2,
            b'j',
            "error: app: the note in this file is damaged: missing field",
        ),
        (owner, b'k', "error: app: there is no note of Kiln's"),
        // The upper bytes of the lengths of name and description, and the type.
        (owner - 9, 0x7f, "error: app: a damaged file: "),
        (owner - 5, 0x7f, "error: app: a damaged file: "),
        (owner - 4, 2, "error: app: the note is of a version of Kiln"),
    ] {
        let mut damaged = app.clone();
        damaged[at] = byte;
        folder.write("app", damaged);
        let told = refusal(&folder);
        assert!(told.starts_with(words), "{told}");
    }
    // Cut anywhere, the file is refused or its note is whole.
    for len in (0..app.len()).step_by(97) {
        folder.write("app", &app[..len]);
        let outcome = Outcome::of(&mut folder.kiln(["inspect", "app"]));
        assert!(
            matches!(outcome.status, Ok(0 | 1)),
            "{len}: {}",
            outcome.stderr
        );
    }
}

#[track_caller]
fn find(bytes: &[u8], part: &[u8]) -> usize {
    let found = bytes.windows(part.len()).position(|window| window == part);
    found.expect("the bytes are there")
}
