//! Sealed executables are deaf to every variable that grants something to others.

use crate::support::{Folder, Outcome};
use std::collections::BTreeSet;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

const ARGS: &str = include_str!("../data/args.wat");
const COPY: &str = include_str!("../data/copy.wat");
const ENVIRON: &str = include_str!("../data/environ.wat");
const GREET: &str = include_str!("../data/greet.wat");
const PREOPENS: &str = include_str!("../data/preopens.wat");

/// Each variable with a value, and a program that shows whether it is heeded.
const VARIABLES: [(&str, &str, &str); 16] = [
    ("KILN_DIRS", ".", PREOPENS),
    ("KILN_ENV", "A=1", ENVIRON),
    ("KILN_ARGV0", "other", ARGS),
    ("KILN_STDIN", "in", COPY),
    ("KILN_STDOUT", "out", ARGS),
    ("KILN_STDERR", "err", COPY),
    // An address that nothing can listen at, which ends a program that tries.
    ("KILN_LISTEN", "192.0.2.1:1", ARGS),
    // Limits that leave a program no room to start, or that are none.
    ("KILN_MAX_MEMORY", "1", ARGS),
    ("KILN_MAX_OPEN_FILES", "1", ARGS),
    ("KILN_STACK_SIZE", "none", ARGS),
    ("KILN_TIMEOUT", "none", ARGS),
    ("KILN_BACKTRACE", "none", ARGS),
    ("KILN_TRAP", "none", ARGS),
    ("KILN_SANDBOX", "none", ARGS),
    ("KILN_CORE_DUMP", "none", ARGS),
    // Refused by a program that makes no profile.
    ("KILN_PROFILE_FILE", "profile", ARGS),
];

/// What a program does, and the files that are there afterwards.
fn effects(folder: &Folder, app: &mut Command) -> (Outcome, Vec<String>) {
    folder.write("in", "from a file");
    (Outcome::of(app), folder.names())
}

#[test]
fn every_variable_is_ignored() {
    for (variable, value, program) in VARIABLES {
        let is_heeded = |options: &[&str]| {
            let folder = Folder::new();
            let mut app = folder.built(program, options);
            app.arg0("app");
            let without = effects(&folder, &mut app);
            without != effects(&folder, app.env(variable, value))
        };
        assert!(is_heeded(&[]), "{variable} does nothing here");
        assert!(!is_heeded(&["--seal"]), "{variable} is heeded");
    }
}

#[test]
fn the_variables_are_those_that_help_names() {
    let help = Outcome::of(&mut Folder::new().kiln(["help", "build"])).succeeds();
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let words = help.split(|c| !is_part(c));
    let named = words.filter(|word| word.len() > 5 && word.starts_with("KILN_"));
    let tried = VARIABLES.iter().map(|(variable, ..)| *variable);
    assert_eq!(named.collect::<BTreeSet<_>>(), tried.collect());
}

#[test]
fn inherited_sockets_are_ignored() {
    for (options, greeting) in [(&[][..], "hello\n"), (&["--seal"], "")] {
        let folder = Folder::new();
        folder.built(GREET, options);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut shell = folder.command("/bin/sh");
        shell.args(["-c", "exec ./app 3<&0"]).env("LISTEN_FDS", "1");
        Outcome::of(shell.stdin(OwnedFd::from(listener)));
        // The last holder of the listener is gone, so this does not wait.
        drop(shell);
        let mut heard = String::new();
        let _ = connection.read_to_string(&mut heard);
        assert_eq!(heard, greeting);
    }
}

#[test]
fn what_is_baked_stays() {
    let folder = Folder::new();
    let mut app = folder.built(ENVIRON, &["--seal", "--env", "A=1", "--env", "B"]);
    app.env("A", "2").env("B", "3").env("KILN_ENV", "A=4;C=5");
    assert_eq!(Outcome::of(&mut app).succeeds(), "A=1\0B=3\0");
}

#[test]
fn arguments_are_still_the_programs() {
    let folder = Folder::new();
    let mut app = folder.built(ARGS, &["--seal", "--argv0", "me"]);
    assert_eq!(
        Outcome::of(app.args(["x", "--y"])).succeeds(),
        "me\0x\0--y\0"
    );
}

#[test]
fn run_seals_too() {
    let folder = Folder::new();
    folder.write("environ.wat", ENVIRON);
    folder.write("args.wat", ARGS);
    let mut run = folder.kiln(["run", "--seal", "--env", "A=1", "environ.wat"]);
    run.env("KILN_ENV", "A=2;B=3");
    assert_eq!(Outcome::of(&mut run).succeeds(), "A=1\0");
    let mut run = folder.kiln(["run", "--seal", "--arg", "x", "args.wat", "y"]);
    run.env("KILN_ARGV0", "other");
    assert_eq!(Outcome::of(&mut run).succeeds(), "args.wat\0x\0y\0");
}

#[test]
fn kiln_toml_seals_too() {
    let folder = Folder::new();
    folder.write("kiln.toml", "seal = true");
    let mut app = folder.built(ENVIRON, &["--config", "kiln.toml"]);
    assert_eq!(Outcome::of(app.env("KILN_ENV", "A=1")).succeeds(), "");
}
