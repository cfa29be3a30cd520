//! Debug information apart from the module, in source maps and files that it names, and apart from the
//! executable.

use crate::support::{Folder, Outcome};

const TRAP: &str = r#"(module (func $fail (export "_start") unreachable))"#;

/// A source map that says that all is of line 7, column 3, of `src/app.ts`.
const MAP: &str = r#"{"version":3,"sources":["src/app.ts"],"names":[],"mappings":"AAME"}"#;
const MAPPED: &str = ") at src/app.ts:7:3\n";

/// A module that traps, with a custom section that holds a text.
fn module(section: &str, text: &str) -> Vec<u8> {
    let mut wasm = wat::parse_str(TRAP).unwrap();
    let mut data = vec![text.len() as u8 & 0x7f | 0x80, (text.len() >> 7) as u8];
    data.extend_from_slice(text.as_bytes());
    let section = wasm_encoder::CustomSection {
        name: section.into(),
        data: data.into(),
    };
    wasm_encoder::Section::append_to(&section, &mut wasm);
    wasm
}

/// The warnings of a build, and what the program tells of its trap.
fn built(folder: &Folder, options: &[&str]) -> (String, String) {
    let args = ["build", "app.wasm"].iter().chain(options);
    let output = folder.kiln(args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = Outcome::of(&mut folder.command(folder.path("app"))).fails(134);
    let begin = "error: wasm trap: unreachable executed\n  #0 ";
    assert!(told.starts_with(begin), "{told}");
    (String::from_utf8(output.stderr).unwrap(), told)
}

#[test]
fn a_source_map_beside_the_module() {
    let folder = Folder::new();
    folder.write(
        "app.wasm",
        module("sourceMappingURL", "http://localhost/x/app.map?1"),
    );
    folder.write("app.map", MAP);
    let (warnings, told) = built(&folder, &[]);
    assert_eq!(warnings, "");
    assert!(told.ends_with(MAPPED), "{told}");
    assert!(told.contains("  #0 fail (wasm-function[0] at 0x"), "{told}");
    let (_, told) = built(&folder, &["--strip"]);
    assert!(told.contains("  #0 (wasm-function[0] at 0x"), "{told}");
    assert!(
        told.starts_with("error") && !told.contains("app.ts"),
        "{told}"
    );
}

#[test]
fn a_source_map_in_the_module() {
    let folder = Folder::new();
    let base64 = "eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbInNyYy9hcHAudHMiXSwibmFtZXMiOltdLCJtYXBwaW5ncyI6IkFBTUUifQ==";
    let url = format!("data:application/json;base64,{base64}");
    folder.write("app.wasm", module("sourceMappingURL", &url));
    let (warnings, told) = built(&folder, &[]);
    assert_eq!(warnings, "");
    assert!(told.ends_with(MAPPED), "{told}");
}

#[test]
fn a_file_that_is_named() {
    let folder = Folder::new();
    folder.write("app.wasm", wat::parse_str(TRAP).unwrap());
    folder.write("maps/app.map", MAP);
    let (warnings, told) = built(&folder, &["--debug-info", "maps/app.map"]);
    assert_eq!(warnings, "");
    assert!(told.ends_with(MAPPED), "{told}");
    let run = ["run", "--debug-info", "maps/app.map", "app.wasm"];
    let told = Outcome::of(&mut folder.kiln(run)).fails(134);
    assert!(told.ends_with(MAPPED), "{told}");
    let args = [
        "build",
        "app.wasm",
        "--debug-info",
        "maps/app.map",
        "--emit",
        "asm",
        "-o",
        "-",
    ];
    let output = folder.kiln(args).output().unwrap();
    let asm = String::from_utf8(output.stdout).unwrap();
    assert!(asm.contains("; src/app.ts:7:3\n"), "{asm}");
}

#[test]
fn what_is_missing_or_damaged_is_a_warning() {
    let folder = Folder::new();
    let missing = "cannot be read: No such file or directory";
    for (section, file, contents, warning) in [
        ("external_debug_info", "a.wasm", None, missing),
        (
            "external_debug_info",
            "b.wasm",
            Some(&b"\0asm\x01\0\0\0\0\x05"[..]),
            "b.wasm is damaged at offset 0x",
        ),
        (
            "external_debug_info",
            "c.wasm",
            Some(b"text"),
            "c.wasm is neither a module",
        ),
        (
            "external_debug_info",
            "d.wasm",
            Some(b"\0asm\x01\0\0\0"),
            "d.wasm has no DWARF",
        ),
        ("sourceMappingURL", "../e.map", None, missing),
        (
            "sourceMappingURL",
            "f.map",
            Some(b"{"),
            "f.map is damaged: ",
        ),
    ] {
        folder.write("app.wasm", module(section, file));
        if let Some(contents) = contents {
            folder.write(file, contents);
        }
        let (warnings, _) = built(&folder, &[]);
        let is_one = warnings.starts_with("warning: ") && warnings.lines().count() == 1;
        assert!(is_one && warnings.contains(warning), "{warnings}");
    }
    let (warnings, _) = built(&folder, &["--debug-info", "gone"]);
    assert!(
        warnings.contains("gone") && warnings.contains(missing),
        "{warnings}"
    );
}

#[test]
fn a_file_for_the_executables_debug_information() {
    let folder = Folder::new();
    folder.write("app.wat", TRAP);
    folder.write(
        "kiln.toml",
        "module = 'app.wat'\ndebug-file = 'app.debug'\n",
    );
    let outcome = Outcome::of(&mut folder.kiln(["build"]));
    assert_eq!(outcome.status, Ok(0));
    assert_eq!(
        outcome.stderr,
        "warning: there is no DWARF to translate: compile the module itself with debug information\n"
    );
    assert_eq!(folder.names(), ["app", "app.debug", "app.wat", "kiln.toml"]);
    let debug = std::fs::read(folder.path("app.debug")).unwrap();
    assert!(debug.starts_with(b"\x7fELF"));
    let program = std::fs::read(folder.path("app")).unwrap();
    let has = |part: &[u8]| program.windows(part.len()).any(|bytes| bytes == part);
    assert!(has(b"app.debug\0"));
    let told = Outcome::of(&mut folder.kiln(["inspect", "app"])).succeeds();
    let found = "debugging      symbols\n               debug information in app.debug\n";
    assert!(told.contains(found), "{told}");
    Outcome::of(&mut folder.command(folder.path("app"))).fails(134);
}

#[test]
fn a_file_that_cannot_have_debug_information() {
    let folder = Folder::new();
    folder.write("app.wat", TRAP);
    for (args, told) in [
        (
            &["--debug-file", "app"][..],
            "error: app would be the executable and its debug information\n",
        ),
        (
            &["--debug-file", "app.wat"],
            "error: the output would overwrite app.wat\n",
        ),
        (
            &["--debug-file", "-"],
            "error: debuggers find no debug information in a file `-`\n",
        ),
        (
            &["--debug-file", "gone/app.debug"],
            "error: cannot write gone/app.debug: No such file or directory",
        ),
        (
            &["--emit", "obj", "--debug-file", "app.debug"],
            "error: `--debug-file` takes the debug information of executables alone\n",
        ),
    ] {
        let args = ["build", "app.wat"].iter().chain(args);
        let error = Outcome::of(&mut folder.kiln(args)).fails(1);
        assert!(error.starts_with(told), "{error}");
        assert_eq!(folder.names(), ["app.wat"]);
    }
}
