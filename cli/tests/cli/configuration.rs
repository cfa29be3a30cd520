//! What programs are granted: baked when they are built, given when they are started, or nothing.

use crate::support::{Folder, Outcome};
use std::fs;
use std::process::Command;

const ARGS: &str = include_str!("../data/args.wat");
const ENVIRON: &str = include_str!("../data/environ.wat");
const PREOPENS: &str = include_str!("../data/preopens.wat");
const READ: &str = include_str!("../data/read.wat");

/// The strings that a program prints, each followed by `end`.
#[track_caller]
fn printed(command: &mut Command, end: char) -> Vec<String> {
    let printed = Outcome::of(command).succeeds();
    printed.split_terminator(end).map(str::to_owned).collect()
}

#[track_caller]
fn environ(command: &mut Command) -> Vec<String> {
    let mut vars = printed(command, '\0');
    vars.sort();
    vars
}

#[test]
fn nothing_is_granted_by_default() {
    let folder = Folder::new();
    assert!(environ(folder.built(ENVIRON, &[]).env("HOME", "/root")).is_empty());
    assert!(printed(&mut folder.built(PREOPENS, &[]), '\n').is_empty());
}

#[test]
fn all_arguments_are_the_programs() {
    let folder = Folder::new();
    let mut app = folder.built(ARGS, &[]);
    let args = ["--help", "", "--version", "--", "x y", "é"];
    assert_eq!(printed(app.args(args), '\0')[1..], args);
}

#[test]
fn argv0_is_how_the_program_was_called() {
    let folder = Folder::new();
    let mut app = folder.built(ARGS, &[]);
    let path = folder.path("app").into_os_string().into_string().unwrap();
    assert_eq!(printed(&mut app, '\0'), [path]);
    assert_eq!(
        printed(app.env("KILN_ARGV0", "launched"), '\0'),
        ["launched"]
    );
}

#[test]
fn baked_arguments_come_first() {
    let folder = Folder::new();
    let baked = ["--argv0", "baked", "--arg", "-x", "--arg", "y"];
    let mut app = folder.built(ARGS, &baked);
    assert_eq!(printed(app.arg("z"), '\0'), ["baked", "-x", "y", "z"]);
    assert_eq!(
        printed(app.env("KILN_ARGV0", "launched"), '\0')[0],
        "launched"
    );
}

#[test]
fn baked_environment() {
    let folder = Folder::new();
    let baked = [
        "--env", "A=1", "--env", "EMPTY=", "--env", "B", "--env", "ABSENT",
    ];
    let mut app = folder.built(ENVIRON, &baked);
    app.env("A", "2").env("B", "x=y").env("C", "3");
    assert_eq!(environ(&mut app), ["A=1", "B=x=y", "EMPTY="]);
}

#[test]
fn the_whole_environment() {
    let folder = Folder::new();
    let mut app = folder.built(ENVIRON, &["--inherit-env", "--env", "A=1"]);
    app.env("A", "2")
        .env("B", "3")
        .env("KILN_ENV", "C=4")
        .env("KILN_TIMEOUT", "1h");
    assert_eq!(environ(&mut app), ["A=1", "B=3", "C=4"]);
}

#[test]
fn environment_at_launch() {
    let folder = Folder::new();
    let mut app = folder.built(ENVIRON, &["--env", "A=1"]);
    app.env("B", "2").env("KILN_ENV", r"A=x\;y\\z;B;ABSENT;C=");
    assert_eq!(environ(&mut app), [r"A=x;y\z", "B=2", "C="]);
}

#[test]
fn directories() {
    let folder = Folder::new();
    let here = folder.path(".").into_os_string().into_string().unwrap();
    let mut app = folder.built(
        PREOPENS,
        &["--dir", ".", "--dir", &format!("{here}::/data")],
    );
    assert_eq!(printed(&mut app, '\n'), [".", "/data"]);
    app.env("KILN_DIRS", format!(".::/a\\;b;{here}::c"));
    assert_eq!(printed(&mut app, '\n'), [".", "/data", "/a;b", "c"]);
}

#[test]
fn relative_directories_are_resolved_at_launch() {
    let folder = Folder::new();
    folder.write("data/note.txt", "of the build\n");
    folder.write("elsewhere/data/note.txt", "of the launch\n");
    let mut app = folder.built(READ, &["--dir", "data::/"]);
    app.current_dir(folder.path("elsewhere"));
    assert_eq!(Outcome::of(&mut app).succeeds(), "of the launch\n");
}

#[test]
fn a_granted_directory_that_is_not_there_is_named() {
    let folder = Folder::new();
    for (options, variable) in [(&["--dir", "gone"][..], ""), (&[], "gone")] {
        let mut app = folder.built(PREOPENS, options);
        let told = Outcome::of(app.env("KILN_DIRS", variable)).fails(1);
        assert!(
            told.starts_with("error: ") && told.contains("gone"),
            "{told}"
        );
    }
}

#[test]
fn run_grants_the_same() {
    let folder = Folder::new();
    folder.write("environ.wat", ENVIRON);
    folder.write("preopens.wat", PREOPENS);
    folder.write("args.wat", ARGS);
    fs::create_dir(folder.path("a;b")).unwrap();

    let mut run = folder.kiln(["run", "--env", r"A=;\", "--env", "B", "environ.wat"]);
    run.env("B", "2")
        .env("C", "3")
        .env("KILN_ENV", "A=launched;D=4");
    assert_eq!(environ(&mut run), [r"A=;\", "B=2", "D=4"]);

    let mut run = folder.kiln(["run", "--inherit-env", "--env", "A=1", "environ.wat"]);
    run.env_remove("XDG_CACHE_HOME")
        .env("A", "0")
        .env("B", "2")
        .env("KILN_TIMEOUT", "3m");
    assert_eq!(environ(&mut run), ["A=1", "B=2"]);

    let mut run = folder.kiln(["run", "--dir", "a;b", "--dir", ".::/", "preopens.wat"]);
    assert_eq!(printed(&mut run, '\n'), ["a;b", "/"]);

    let mut run = folder.kiln(["run", "--argv0", "me", "--arg", "x", "args.wat", "y"]);
    assert_eq!(
        printed(run.env("KILN_ARGV0", "you"), '\0'),
        ["me", "x", "y"]
    );
}
