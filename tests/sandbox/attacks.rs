//! Moves of someone who has taken control of a program (`attacks.c`): each is stopped by the filter of
//! system calls alone, or by Landlock alone, and reaches the kernel where the sandbox is off.

use super::*;
use kiln_tests::around::{without_landlock, without_seccomp};
use kiln_tests::seccomp::deny;
use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// Makes the move that its number of arguments names, its own name among them. It has no functions
/// on paths.
const PLAIN: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get"
        (func $args_sizes_get (param i32 i32) (result i32)))
    (import "env" "attack" (func $attack (param i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
        (call $attack (i32.load (i32.const 0)))))"#;

/// The same with functions on paths, so that the filter must allow their system calls.
const PATHS: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get"
        (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $path_open
        (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_create_directory"
        (func $path_create_directory (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file"
        (func $path_unlink_file (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename"
        (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_link"
        (func $path_link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_symlink"
        (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "attack" (func $attack (param i32)))
    (memory (export "memory") 1)
    (table 6 6 funcref)
    (elem (i32.const 0) $path_open $path_create_directory $path_unlink_file $path_rename $path_link
        $path_symlink)
    (func (export "_start")
        (drop (table.get (i32.load (i32.const 8))))
        (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
        (call $attack (i32.load (i32.const 0)))))"#;

const MOVES: &str = include_str!("moves.h");

/// A move by its number, with the name of its system call.
struct Move {
    number: usize,
    name: &'static str,
}

fn moves() -> Result<Vec<Move>> {
    let lines = MOVES.lines().filter_map(|line| line.strip_prefix("MOVE("));
    let parse = |line: &'static str| {
        let mut parts = line.splitn(3, ", ");
        let number = parts.next().and_then(|number| number.parse().ok());
        let name = parts.next().map(|name| name.trim_matches('"'));
        let number = number.with_context(|| format!("no number in {line}"))?;
        let name = name.with_context(|| format!("no name in {line}"))?;
        Ok(Move { number, name })
    };
    lines.map(parse).collect()
}

/// A program with the attacker linked in, and a file outside of its grant.
fn attacked(wat: &str, change: impl FnOnce(&mut Options)) -> Result<Program> {
    let objects = tempfile::tempdir()?;
    let object = objects.path().join("attacks.o");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("sandbox/attacks.c");
    let mut gcc = Command::new("gcc");
    gcc.args(["-O1", "-fno-stack-protector", "-c", "-o"]);
    run(gcc.arg(&object).arg(source), "gcc")?;
    let bytes = fs::read(&object)?;
    let name = "attacks.o".to_owned();
    let program = Program::new(wat, |options| {
        options.link.push(LinkInput { name, bytes });
        change(options);
    })?;
    fs::create_dir(program.path("granted"))?;
    Ok(program)
}

impl Program {
    /// Runs it so that it makes a move.
    fn moved(&self, number: usize, prepare: impl FnOnce(&mut Command)) -> Result<Outcome> {
        fs::write(self.path("outside.txt"), "secret")?;
        let _ = fs::remove_file(self.path("made"));
        let _ = fs::remove_dir(self.path("made"));
        let mut command = self.command();
        command
            .env("KILN_DIRS", "granted")
            .args(vec!["x"; number - 1]);
        prepare(&mut command);
        Outcome::of(&mut command)
    }
}

impl Outcome {
    /// The number that the kernel gave for a move; `None` where the move was stopped. A program that
    /// became `true` gave nothing, and a child ends as its parent does.
    fn result(&self) -> Option<i64> {
        match (self.status, self.stderr.lines().next()) {
            (0, None) => Some(0),
            (0, Some(number)) => number.parse().ok(),
            _ => None,
        }
    }
}

fn nothing(_: &mut Command) {}

#[test]
fn the_filter_stops_each_move() -> Result<()> {
    let confined = attacked(PLAIN, |options| options.sandbox = SandboxMode::On)?;
    let moves = moves()?;
    assert!(moves.len() >= 25);
    for Move { number, name } in moves {
        for has_landlock in [true, false] {
            let outcome = confined.moved(number, |command| {
                if !has_landlock {
                    deny(command, without_landlock());
                }
            })?;
            let told = format!(
                "error: the sandbox ended the program, which may not make the system call {name} ("
            );
            assert_eq!(outcome.status, 159, "{name}: {outcome:?}");
            assert!(outcome.stderr.starts_with(&told), "{name}: {outcome:?}");
        }
    }
    // A call of another architecture has another's number.
    let outcome = confined.moved(100, nothing)?;
    assert_eq!(outcome.status, 159, "{outcome:?}");
    Ok(())
}

#[test]
fn each_move_reaches_the_kernel_without_the_sandbox() -> Result<()> {
    let open = attacked(PLAIN, |_| {})?;
    let confined = attacked(PLAIN, |options| options.sandbox = SandboxMode::On)?;
    for Move { number, name } in moves()? {
        let by_default = open.moved(number, nothing)?;
        let at_launch = confined.moved(number, |command| {
            command.env("KILN_SANDBOX", "off");
        })?;
        for outcome in [by_default, at_launch] {
            assert!(outcome.result().is_some(), "{name}: {outcome:?}");
        }
    }
    // What needs no rights succeeds.
    let harmless = [
        "execve", "fork", "mprotect", "mmap", "open", "openat", "socket", "unlink", "mkdir",
        "rename",
    ];
    for Move { number, name } in moves()?.into_iter().filter(|a| harmless.contains(&a.name)) {
        let outcome = open.moved(number, nothing)?;
        assert!(
            outcome.result().is_some_and(|n| n >= 0),
            "{name}: {outcome:?}"
        );
    }
    Ok(())
}

/// The version of Landlock that the kernel has.
fn landlock_version() -> i64 {
    // SAFETY: with this flag the call reads nothing.
    unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<u8>(),
            0,
            1,
        )
    }
}

/// Moves that Landlock refuses, the version since which it does, and the error.
const BY_LANDLOCK: [(usize, i64, i32); 22] = [
    (1, 1, libc::EACCES),
    (2, 1, libc::EACCES),
    (10, 1, libc::EACCES),
    (11, 1, libc::EACCES),
    (12, 1, libc::EACCES),
    (13, 1, libc::EACCES),
    (14, 1, libc::EACCES),
    (15, 1, libc::EACCES),
    (16, 1, libc::EACCES),
    (17, 1, libc::EACCES),
    (18, 1, libc::EACCES),
    (19, 3, libc::EACCES),
    (70, 1, libc::EACCES),
    (71, 1, libc::EACCES),
    (72, 1, libc::EACCES),
    (73, 1, libc::EACCES),
    (74, 1, libc::EACCES),
    (75, 1, libc::EACCES),
    (101, 4, libc::EACCES),
    (102, 4, libc::EACCES),
    (103, 6, libc::EPERM),
    (26, 6, libc::EPERM),
];

#[test]
fn landlock_alone_refuses_what_is_outside() -> Result<()> {
    let version = landlock_version();
    assert!(version > 0, "this kernel has no Landlock to test");
    let confined = attacked(PATHS, |options| options.sandbox = SandboxMode::On)?;
    // Move 103 is to find someone who listens; another run of the test may be it.
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name("kiln-x")?);
    let is_other = |error: &std::io::Error| error.kind() == ErrorKind::AddrInUse;
    assert!(listener.as_ref().err().is_none_or(is_other), "{listener:?}");
    for (number, since, errno) in BY_LANDLOCK {
        let outcome = confined.moved(number, |command| deny(command, without_seccomp()))?;
        let refused = outcome.result() == Some(-i64::from(errno));
        assert!(refused || version < since, "{number}: {outcome:?}");
    }
    // With both, the filter allows what functions on paths need, and Landlock refuses it.
    for number in [11, 12, 70, 71, 72, 73, 74, 75] {
        let outcome = confined.moved(number, nothing)?;
        let refused = Some(-i64::from(libc::EACCES));
        assert_eq!(outcome.result(), refused, "{number}: {outcome:?}");
        let outcome = confined.moved(number, |command| {
            command.env("KILN_SANDBOX", "off");
        })?;
        assert!(
            outcome.result().is_some_and(|n| n >= 0),
            "{number}: {outcome:?}"
        );
    }
    Ok(())
}

#[test]
fn what_the_user_allows_is_allowed() -> Result<()> {
    let moves = moves()?;
    let number = moves.iter().find(|a| a.name == "memfd_create");
    let number = number.context("no such move")?.number;
    let program = attacked(PLAIN, |options| {
        options.allow_syscalls = vec!["memfd_create".to_owned(), "execve".to_owned()];
    })?;
    let outcome = program.moved(number, nothing)?;
    assert!(outcome.result().is_some_and(|n| n >= 0), "{outcome:?}");
    // The list turns the sandbox on.
    let outcome = program.moved(number + 1, nothing)?;
    assert_eq!(outcome.status, 159, "{outcome:?}");
    Ok(())
}
