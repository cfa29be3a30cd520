//! Names that strangers give, in modules, files and variables, reach a terminal escaped, wherever
//! they are told.

use crate::support::{Folder, Outcome};
use std::process::Command;

/// What would write red, forge a line, ring, turn the direction of reading, end a C comment, and
/// control a terminal by C1.
const NASTY: &str = "\u{1b}[31m\u{7}\nerror: x\r*/ int evil; /*\u{202e}\u{9b}2J\u{200b}\u{2028}end";
/// How it is shown.
const SHOWN: &str =
    r"\u{1b}[31m\u{7}\nerror: x\r*/ int evil; /*\u{202e}\u{9b}2J\u{200b}\u{2028}end";

/// A text module in which `NASTY` stands for that name.
fn module(wat: &str) -> String {
    let escape = |c: char| format!("\\u{{{:x}}}", u32::from(c));
    wat.replace("NASTY", &NASTY.chars().map(escape).collect::<String>())
}

#[track_caller]
fn is_harmless(text: &str) {
    let bad = |c: &char| c.is_control() && *c != '\n' || "\u{202e}\u{200b}\u{2028}".contains(*c);
    assert_eq!(text.chars().find(bad), None, "{text:?}");
    let forged = text.lines().any(|line| line.starts_with("error: x"));
    assert!(!forged, "{text:?}");
}

/// All that a command prints.
#[track_caller]
fn told(command: &mut Command) -> String {
    let outcome = Outcome::of(command);
    let told = outcome.stdout + &outcome.stderr;
    is_harmless(&told);
    told
}

#[test]
fn errors_of_a_build() {
    let function = "`NASTY::NASTY` [] -> []".replace("NASTY", SHOWN);
    let memory = "memory `NASTY::NASTY`".replace("NASTY", SHOWN);
    let duplicate = format!("duplicate export name `{SHOWN}`");
    let entry = format!("`--entry` can name `{SHOWN}`");
    for (wat, words) in [
        (
            r#"(import "NASTY" "NASTY" (func)) (func (export "_start"))"#,
            &*function,
        ),
        (r#"(import "NASTY" "NASTY" (memory 1))"#, &memory),
        (
            r#"(func (export "NASTY")) (func (export "NASTY"))"#,
            &duplicate,
        ),
        (r#"(func (export "NASTY"))"#, &entry),
    ] {
        let folder = Folder::new();
        let wasm = wat::parse_str(module(&format!("(module {wat})"))).unwrap();
        folder.write("app.wasm", wasm);
        let told = told(&mut folder.kiln(["build", "app.wasm"]));
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn the_text_format_and_its_excerpts() {
    let folder = Folder::new();
    folder.write("app.wat", "(module \u{9b}31m\u{1b}[2J (func bogus))");
    told(&mut folder.kiln(["build", "app.wat"]));
    folder.write("app.wat", "(module (func bogus) (; \u{1b}[31m \u{7} ;))");
    told(&mut folder.kiln(["build", "app.wat"]));
}

/// Calls an import that nothing provides from a function with a nasty name, or traps there.
const TRAPS: &str = r#"(module
    (import "NASTY" "NASTY" (func $import))
    (func $"NASTY" BODY)
    (export "_start" (func $"NASTY")) (export "NASTY" (func $"NASTY")))"#;

#[test]
fn traps_and_listings() {
    let folder = Folder::new();
    let trap = ["--unknown-imports", "trap"];
    let calls = module(TRAPS).replace("BODY", "call $import");
    let import = format!("{SHOWN}::{SHOWN}");
    let function = format!(" {SHOWN} (wasm-function[1] at 0x");
    let shown = told(&mut folder.built(&calls, &trap));
    assert!(
        shown.contains(&import) && shown.contains(&function),
        "{shown}"
    );
    let inspected = told(&mut folder.kiln(["inspect", "app"]));
    assert!(inspected.contains(SHOWN), "{inspected}");

    let json = told(&mut folder.kiln(["inspect", "app", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["imports"][0]["name"], NASTY);

    for emit in ["asm", "clif"] {
        let build = ["build", "app.wat", "-o", "-", "--emit", emit];
        let listing = told(&mut folder.kiln([&build, &trap[..]].concat()));
        assert!(
            listing.contains(&format!("; `{SHOWN}` (index 1)\n")),
            "{listing}"
        );
    }

    let header = ["build", "app.wat", "-o", "-", "--emit", "header"];
    let header = told(&mut folder.kiln(header));
    folder.write("app.h", &header);
    folder.write("app.c", "#include \"app.h\"\nint evil = 1;\n");
    let mut cc = folder.command("cc");
    cc.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    cc.args(["-Wall", "-Wextra", "-Werror", "-c", "app.c"]);
    Outcome::of(&mut cc).succeeds();

    let unreachable = module(TRAPS).replace("BODY", "unreachable");
    let shown = told(&mut folder.built(&unreachable, &trap));
    assert!(shown.contains(&function), "{shown}");
}

/// A module all of whose names are nasty.
const ALL_NASTY: &str = r#"(module $"NASTY"
    (@custom "NASTY" "") (import "NASTY" "NASTY" (func)) (memory 1)
    (func $"NASTY" (export "NASTY")) (data $"NASTY" "x"))"#;

#[test]
fn modules_that_are_inspected_and_measured() {
    let folder = Folder::new();
    folder.write("app.wat", module(ALL_NASTY));
    let shown = told(&mut folder.kiln(["inspect", "app.wat"]));
    assert!(shown.contains(SHOWN), "{shown}");
    let shown = told(&mut folder.kiln(["size", "app.wat"]));
    assert!(shown.contains(&format!("  {SHOWN}\n")), "{shown}");
    let json = told(&mut folder.kiln(["inspect", "app.wat", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["name"], NASTY);
    let json = told(&mut folder.kiln(["size", "app.wat", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let items = json["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["name"] == NASTY));
    let svg = told(&mut folder.kiln(["size", "app.wat", "--svg", "-"]));
    assert!(svg.contains(&format!("<title>{SHOWN}: ")), "{svg}");
}

#[test]
fn names_of_files_and_values_of_variables() {
    let name = "\u{1b}[31m\nerror: x\u{202e}";
    let shown = r"\u{1b}[31m\nerror: x\u{202e}";
    let folder = Folder::new();
    folder.write(name, "(module)");
    for line in [
        &["build", name][..],
        &["size", name],
        &["inspect", "gone\u{1b}[31m"],
        &["size", "gone\u{1b}[31m"],
        &["size", name, "--svg", "no\u{1b}[31m/app"],
        &["build", "gone\u{1b}[31m"],
        &["build", name, "-o", "no\u{1b}[31m/app"],
        &["build", name, "--config", "gone\u{1b}[31m"],
        &["build", name, "--link", "gone\u{1b}[31m"],
        &["build", name, "--embed", "gone\u{1b}[31m::/a"],
    ] {
        let told = told(&mut folder.kiln(line));
        assert!(told.contains(r"\u{1b}[31m"), "{told}");
    }
    for line in [
        &["build", "m.wasm", "--cpu", "\u{1b}[31m"][..],
        &["build", "m.wasm", "--\u{1b}[31m"],
        &["\u{1b}[31m"],
    ] {
        let told = told(&mut folder.kiln(line));
        assert!(told.contains(r"\u{1b}[31m"), "{told}");
    }
    let mut app = folder.built(r#"(module (func (export "_start")))"#, &[]);
    let name = &format!("gone{name}");
    for variable in ["KILN_DIRS", "KILN_STDIN", "KILN_TIMEOUT", "KILN_LISTEN"] {
        let told = told(app.env_clear().env(variable, name));
        assert!(told.contains(shown), "{told}");
    }
    app.env_clear().env(format!("KILN_{name}"), "x");
    assert!(told(&mut app).contains(shown));
}
