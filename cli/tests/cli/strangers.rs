//! A `kiln.toml` that nobody named, from the side of who wrote it: nothing is granted, linked, read or
//! written by it.

use crate::support::{Folder, HELLO, Outcome};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

const ARGS: &str = include_str!("../data/args.wat");
const COPY: &str = include_str!("../data/copy.wat");
const ENVIRON: &str = include_str!("../data/environ.wat");
const PREOPENS: &str = include_str!("../data/preopens.wat");

/// A folder where a stranger's module lies in `theirs` beside this `kiln.toml`.
fn folder(wat: &str, toml: &str) -> Folder {
    let folder = Folder::new();
    folder.write("theirs/app.wat", wat);
    folder.write("theirs/kiln.toml", toml);
    folder.write("secret/key", "secret");
    folder
}

/// What a program prints, run by `kiln run` and built by `kiln build`, from the folder above and from
/// within.
fn printed(folder: &Folder) -> [String; 4] {
    let theirs = folder.path("theirs");
    let run = |command: &mut Command| Outcome::of(command.env("HOME", "/home")).succeeds();
    let kiln = |line: &[&str]| folder.kiln(line);
    let built = |build: &mut Command, app: &str| {
        assert_eq!(Outcome::of(build).status, Ok(0));
        let printed = run(&mut folder.command(folder.path(app)));
        fs::remove_file(folder.path(app)).unwrap();
        printed
    };
    [
        run(&mut kiln(&["run", "theirs/app.wat"])),
        run(kiln(&["run", "app.wat"]).current_dir(&theirs)),
        built(&mut kiln(&["build", "theirs/app.wat"]), "app"),
        built(
            kiln(&["build", "app.wat"]).current_dir(&theirs),
            "theirs/app",
        ),
    ]
}

#[test]
fn nothing_is_granted() {
    for (wat, toml, expected) in [
        (PREOPENS, "dir = ['/', 'secret', 'secret::/x:ro']", ""),
        (PREOPENS, "embed = ['../secret::/data']", ""),
        (
            PREOPENS,
            "embed = ['../secret::/data']\nembed-times = true",
            "",
        ),
        (PREOPENS, "listen = ['127.0.0.1:0']", ""),
        (ENVIRON, "inherit-env = true", ""),
        (ENVIRON, "env = ['HOME', 'A=1']", ""),
        (ARGS, "arg = ['--delete-all']", "app"),
        (ARGS, "argv0 = 'sudo'", "app"),
        (COPY, "stdin = 'secret/key'", ""),
        (
            COPY,
            "stdin = '&0'\nstdout = 'secret/key'\nstderr = 'secret/key'",
            "",
        ),
        (ARGS, "name = 'secret/key'", "app"),
    ] {
        // A bad value is an error in any case.
        if toml.starts_with("name") {
            let folder = folder(wat, toml);
            let told = Outcome::of(&mut folder.kiln(["run", "theirs/app.wat"])).fails(1);
            assert!(told.contains("bad value for `name`"), "{told}");
            continue;
        }
        let folder = folder(wat, toml);
        for printed in printed(&folder) {
            let first = printed.split('\0').next().unwrap();
            let name = first.rsplit('/').next().unwrap();
            assert_eq!(name.trim_end_matches(".wat"), expected, "{toml}: {printed}");
            assert!(printed.matches('\0').count() <= 1, "{toml}: {printed}");
        }
        assert_eq!(fs::read(folder.path("secret/key")).unwrap(), b"secret");
    }
}

#[test]
fn nothing_is_linked() {
    let toml = "link = ['evil.o']\nunknown-imports = 'error'";
    let wat = r#"(module (import "evil" "run" (func $run)) (func (export "_start") (call $run)))"#;
    let folder = folder(wat, toml);
    // It would be refused as an object if it were read.
    folder.write("theirs/evil.o", "no object");
    for line in [["run", "theirs/app.wat"], ["build", "theirs/app.wat"]] {
        let outcome = Outcome::of(&mut folder.kiln(line));
        assert_eq!(outcome.status, Ok(1));
        let told = &outcome.stderr;
        assert!(
            told.contains("`evil::run`") && !told.contains("evil.o:"),
            "{told}"
        );
    }
}

#[test]
fn no_file_is_overwritten() {
    for toml in [
        "output = '../secret/key'",
        "name = 'notes'",
        "emit = 'asm'\noutput = '../secret/key'",
    ] {
        let folder = folder(HELLO, toml);
        folder.write("notes", "mine");
        symlink("secret/key", folder.path("app.asm")).unwrap();
        assert_eq!(
            Outcome::of(&mut folder.kiln(["build", "theirs/app.wat"])).status,
            Ok(0)
        );
        assert_eq!(fs::read(folder.path("secret/key")).unwrap(), b"secret");
        assert_eq!(fs::read(folder.path("notes")).unwrap(), b"mine");
        assert_eq!(
            folder.names(),
            ["app", "app.asm", "notes", "secret", "theirs"]
        );
    }
}

#[test]
fn limits_and_seals_stay_those_of_the_user() {
    let folder = folder(ENVIRON, "seal = true\nmax-memory = '64K'\ntimeout = '1ms'");
    Outcome::of(&mut folder.kiln(["build", "theirs/app.wat", "--max-memory", "1M"]));
    let told = Outcome::of(&mut folder.kiln(["inspect", "app"])).succeeds();
    assert!(told.contains("max-memory     1M\n"), "{told}");
    assert!(
        told.contains("sealed         no\n") && !told.contains("timeout"),
        "{told}"
    );
    // Grants by the user are still heeded.
    let mut run = folder.kiln(["run", "--env", "A=1", "theirs/app.wat"]);
    assert_eq!(Outcome::of(&mut run).succeeds(), "A=1\0");
}

#[test]
fn the_module_is_the_one_that_was_typed() {
    let folder = folder(ARGS, "module = '../other.wat'\nopt-level = 0");
    folder.write("other.wat", "(module)");
    assert_eq!(printed(&folder)[0], "app.wat\0");
    let told = Outcome::of(&mut folder.kiln(["run", "-v", "theirs/app.wat"])).stderr;
    let aside = "note: theirs/kiln.toml is left aside, because it names another module\n";
    assert!(told.starts_with(aside), "{told}");
}

#[test]
fn how_to_compile_is_taken_and_told() {
    let toml = "module = 'app.wat'\nopt-level = 0\nbounds-checks = 'explicit'\ndir = ['/']\n\
                link = ['a.o', 'b.o']\nseal = true\n";
    let folder = folder(HELLO, toml);
    let told = "note: of theirs/kiln.toml, which nobody named, opt-level, bounds-checks is taken and \
                not dir, link, seal: `--config theirs/kiln.toml` takes all\n";
    let build = Outcome::of(&mut folder.kiln(["build", "theirs/app.wat"]));
    assert_eq!((build.status, &*build.stderr), (Ok(0), told));
    let inspected = Outcome::of(&mut folder.kiln(["inspect", "app"])).succeeds();
    assert!(
        inspected.contains("opt-level      0\nbounds-checks  explicit\n"),
        "{inspected}"
    );
    assert!(inspected.contains("grants         none\n"), "{inspected}");
    let run = Outcome::of(&mut folder.kiln(["run", "-v", "theirs/app.wat"]));
    assert!(run.stderr.starts_with(told), "{}", run.stderr);
    // The standard error of a program is its own unless more is asked for.
    Outcome::of(&mut folder.kiln(["run", "theirs/app.wat"])).succeeds();
    Outcome::of(&mut folder.kiln(["build", "theirs/app.wat", "--no-config"])).succeeds();
    // Nothing is left aside that need be told.
    folder.write("theirs/kiln.toml", "opt-level = 0");
    Outcome::of(&mut folder.kiln(["build", "theirs/app.wat"])).succeeds();
}

#[test]
fn only_a_regular_file_is_read() {
    let folder = folder(HELLO, "");
    let toml = folder.path("theirs/kiln.toml");
    let run = || {
        let outcome = Outcome::of(&mut folder.kiln(["run", "-v", "theirs/app.wat"]));
        assert_eq!(outcome.status, Ok(0), "{}", outcome.stderr);
        outcome.stderr.lines().next().unwrap().to_owned()
    };
    let aside = |reason: &str| format!("note: theirs/kiln.toml is left aside, because {reason}");
    fs::remove_file(&toml).unwrap();
    // An error would show a line of what the link leads to.
    symlink("../secret/key", &toml).unwrap();
    assert_eq!(run(), aside("it is a symbolic link that nobody named"));
    fs::remove_file(&toml).unwrap();
    fs::create_dir(&toml).unwrap();
    assert_eq!(run(), aside("it is not a regular file"));
    fs::remove_dir(&toml).unwrap();
    // Reading a pipe that nobody writes to would never end.
    let mut mkfifo = Command::new("mkfifo");
    assert!(mkfifo.arg(&toml).status().unwrap().success());
    assert_eq!(run(), aside("it is not a regular file"));
    fs::remove_file(&toml).unwrap();
    fs::File::create(&toml).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(run(), aside("it has more than 1 MiB"));
}

#[test]
fn what_is_wrong_with_it_cannot_control_the_terminal() {
    for toml in [
        &b"\"\\u001b[2J\" = 1"[..],
        b"opt-level = '\x1b[2J'",
        b"a\x1b[2J = 1",
    ] {
        let folder = folder(HELLO, "");
        folder.write("theirs/kiln.toml", toml);
        // As to a terminal: to a pipe nothing is written that could control one.
        let mut run = folder.kiln(["run", "theirs/app.wat"]);
        let told = Outcome::of(run.env("CLICOLOR_FORCE", "1")).fails(1);
        assert!(
            told.contains("\x1b[") && !told.contains("\x1b[2J"),
            "{told:?}"
        );
    }
}
