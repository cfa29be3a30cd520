//! `kiln run`: arguments, and the cache.

use crate::support::{Folder, HELLO, HELLO_PRINTS, Outcome, names};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const ARGS: &str = include_str!("../data/args.wat");

/// The only entry of the cache.
fn cached(folder: &Folder) -> PathBuf {
    let cache = folder.path("cache/kiln");
    match names(&cache).as_slice() {
        [only] => cache.join(only),
        entries => panic!("not one entry: {entries:?}"),
    }
}

#[test]
fn the_program_gets_its_arguments() {
    let folder = Folder::new();
    folder.write("m/args.wat", ARGS);
    for (line, args) in [
        (&[][..], &[][..]),
        (&["--"], &[]),
        (&["--", "-O", "--help"], &["-O", "--help"]),
        (&["word", "--dir", "x", "--"], &["word", "--dir", "x", "--"]),
        (&["--dir", ".", "--", "word"], &["word"]),
        (&["--arg", "-first", "word"], &["-first", "word"]),
    ] {
        let line = ["run", "m/args.wat"].iter().chain(line);
        let printed = Outcome::of(&mut folder.kiln(line)).succeeds();
        let printed: Vec<_> = printed.split_terminator('\0').collect();
        assert_eq!(printed[0], "args.wat");
        assert_eq!(printed[1..], *args);
    }
}

#[test]
fn the_exit_status_is_the_programs() {
    let folder = Folder::new();
    folder.write(
        "trap.wat",
        r#"(module (func (export "_start") unreachable))"#,
    );
    let told = Outcome::of(&mut folder.kiln(["run", "trap.wat"])).fails(134);
    assert!(told.starts_with("error: wasm trap: "), "{told}");
}

#[test]
fn a_second_run_finds_the_first_ones_executable() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let run = || Outcome::of(&mut folder.kiln(["run", "hello.wat"])).succeeds();
    assert_eq!(run(), HELLO_PRINTS);
    // Whatever stands there is run: proof that nothing is compiled.
    folder.built(&HELLO.replace("hello world", "other words"), &[]);
    fs::rename(folder.path("app"), cached(&folder)).unwrap();
    assert_eq!(run(), "other words\n");
}

#[test]
fn grants_and_arguments_share_an_executable() {
    let folder = Folder::new();
    folder.write("args.wat", ARGS);
    for line in [
        &["--dir", "."][..],
        &["--env", "A=b"],
        &["--argv0", "me", "--", "you"],
    ] {
        let line = ["run", "args.wat"].iter().chain(line);
        Outcome::of(&mut folder.kiln(line)).succeeds();
    }
    cached(&folder);
}

#[test]
fn other_modules_and_options_have_other_executables() {
    let folder = Folder::new();
    folder.write("a.wat", HELLO);
    folder.write("b.wat", HELLO.replace("hello world", "other words"));
    let run = |line: &[&str]| Outcome::of(&mut folder.kiln(["run"].iter().chain(line))).succeeds();
    assert_eq!(run(&["a.wat"]), HELLO_PRINTS);
    assert_eq!(run(&["b.wat"]), "other words\n");
    run(&["-O0", "a.wat"]);
    run(&["--cpu", "native", "a.wat"]);
    run(&["--stack-size", "1M", "a.wat"]);
    run(&["-O0", "a.wat"]);
    assert_eq!(names(&folder.path("cache/kiln")).len(), 5);
}

#[test]
fn a_damaged_entry_is_made_anew() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let run = || Outcome::of(&mut folder.kiln(["run", "hello.wat"])).succeeds();
    run();
    let entry = cached(&folder);
    let whole = fs::read(&entry).unwrap();
    fs::write(&entry, "").unwrap();
    assert_eq!(run(), HELLO_PRINTS);
    assert!(fs::read(&entry).unwrap() == whole);
}

#[test]
fn without_a_cache_the_program_runs_all_the_same() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let file = folder.write("file", "");
    for cache in [file.to_str().unwrap(), "/proc", "relative"] {
        let mut run = folder.kiln(["run", "hello.wat"]);
        assert_eq!(
            Outcome::of(run.env("XDG_CACHE_HOME", cache)).succeeds(),
            HELLO_PRINTS
        );
    }
    assert_eq!(folder.names(), ["file", "hello.wat"]);
}

#[test]
fn a_cache_that_others_can_write_is_not_used() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let cache = folder.path("cache/kiln");
    fs::create_dir_all(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    let printed = Outcome::of(&mut folder.kiln(["run", "hello.wat"])).succeeds();
    assert_eq!(printed, HELLO_PRINTS);
    assert!(names(&cache).is_empty());
}

#[test]
fn the_cache_is_in_home_by_default() {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    let mut run = folder.kiln(["run", "hello.wat"]);
    run.env_remove("XDG_CACHE_HOME")
        .env("HOME", folder.path("home"));
    assert_eq!(Outcome::of(&mut run).succeeds(), HELLO_PRINTS);
    assert_eq!(names(&folder.path("home/.cache/kiln")).len(), 1);
}
