//! Libraries and what is linked in: which files the command reads and writes. What they do is for
//! `tests/libraries` to say.

use crate::support::{Folder, Outcome};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const REACTOR: &str = r#"(module (func (export "answer") (result i32) (i32.const 42)))"#;
const IMPORTER: &str = r#"(module (import "env" "f" (func)) (func (export "_start")))"#;

fn build(folder: &Folder, args: &[&str]) -> Outcome {
    Outcome::of(&mut folder.kiln(["build"].iter().chain(args)))
}

#[test]
fn each_kind_has_its_name() {
    let folder = Folder::new();
    folder.write("my-app.wat", REACTOR);
    for (kind, file, magic) in [
        ("obj", "my-app.o", "\x7fELF"),
        ("staticlib", "libmy-app.a", "!<arch>\n"),
        ("sharedlib", "libmy-app.so", "\x7fELF"),
        ("header", "my-app.h", "/*\n"),
    ] {
        build(&folder, &["my-app.wat", "--emit", kind]).succeeds();
        let path = folder.path(file);
        assert!(fs::read(&path).unwrap().starts_with(magic.as_bytes()));
        let executable = fs::metadata(path).unwrap().permissions().mode() & 0o111 != 0;
        assert_eq!(executable, kind == "sharedlib", "{kind}");
    }
    let args = ["my-app.wat", "--emit", "header", "--name", "other"];
    build(&folder, &args).succeeds();
    let header = fs::read_to_string(folder.path("other.h")).unwrap();
    assert!(header.contains("uint32_t other_answer(other_instance *instance, int32_t *result);"));
}

#[test]
fn a_name_is_no_path() {
    let folder = Folder::new();
    folder.write("app.wat", REACTOR);
    let args = ["app.wat", "--emit", "obj", "--name", "a/b"];
    let told = build(&folder, &args).fails(2);
    assert!(told.contains("has no `/` in it"), "{told}");
}

#[test]
fn a_library_inherits_no_environment() {
    let folder = Folder::new();
    folder.write("app.wat", REACTOR);
    for grant in ["--inherit-env", "--env=HOME"] {
        let told = build(&folder, &["app.wat", "--emit", "staticlib", grant]).fails(1);
        assert!(told.contains("a library has no launch"), "{told}");
    }
    build(&folder, &["app.wat", "--emit", "staticlib", "--env=HOME=/"]).succeeds();
}

#[test]
fn a_reactor_is_no_program() {
    let folder = Folder::new();
    folder.write("app.wat", r#"(module (func (export "_initialize")))"#);
    let told = build(&folder, &["app.wat"]).fails(1);
    assert!(told.contains("--emit staticlib"), "{told}");
}

#[test]
fn what_cannot_be_linked_is_named() {
    let folder = Folder::new();
    folder.write("app.wat", IMPORTER);
    folder.write("text.o", "no object");
    let told = build(&folder, &["app.wat", "--link", "missing.o"]).fails(1);
    assert!(told.contains("cannot read missing.o"), "{told}");
    let told = build(&folder, &["app.wat", "--link", "text.o"]).fails(1);
    assert!(told.contains("`text.o` is neither"), "{told}");
}

#[test]
fn imports_can_be_left_to_others_by_libraries_only() {
    let folder = Folder::new();
    folder.write("app.wat", IMPORTER);
    let args = ["app.wat", "--unknown-imports", "link", "--emit", "obj"];
    build(&folder, &args).succeeds();
    let told = build(&folder, &args[..3]).fails(1);
    assert!(told.contains("unknown import: `env::f`"), "{told}");
    assert!(told.contains("--link"), "{told}");
}
