//! Sandboxes around the program, and kernels without one: the program sees no difference.

use super::filters::{docker, old_kernel, without_landlock, without_seccomp};
use super::*;
use kiln_tests::seccomp::deny;
use std::io::{Read, Seek, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::process::CommandExt;

/// Creates a file in the granted directory, writes to it and renames it.
const WRITES: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open" (func $path_open
        (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_create_directory"
        (func $path_create_directory (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename"
        (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\06\00\00\00hello\n  hello\n")
    (data (i32.const 64) "file")
    (data (i32.const 80) "dir")
    (data (i32.const 96) "dir/moved")
    (func $check (param i32)
        (if (local.get 0) (then (call $proc_exit (local.get 0)))))
    (func (export "_start")
        (call $check (call $path_create_directory (i32.const 3) (i32.const 80) (i32.const 3)))
        (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4)
            (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 48)))
        (call $check (call $fd_write (i32.load (i32.const 48)) (i32.const 0) (i32.const 1)
            (i32.const 52)))
        (call $check (call $path_rename (i32.const 3) (i32.const 64) (i32.const 4)
            (i32.const 3) (i32.const 96) (i32.const 9)))
        (call $check (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1)
            (i32.const 52)))))"#;

/// Grants the command a directory of its own, runs it, and sees what it left there.
fn writes(program: &Program, prepare: impl FnOnce(&mut Command)) -> Result<Outcome> {
    let granted = program.path("granted");
    let _ = fs::remove_dir_all(&granted);
    fs::create_dir(&granted)?;
    let mut command = program.command();
    command.env("KILN_DIRS", "granted");
    prepare(&mut command);
    let outcome = Outcome::of(&mut command)?;
    if outcome.status == 0 {
        assert_eq!(fs::read_to_string(granted.join("dir/moved"))?, "hello\n");
        assert_eq!(outcome.stdout, "hello\n");
    }
    Ok(outcome)
}

#[test]
fn programs_work_in_every_sandbox_and_without() -> Result<()> {
    let program = Program::new(WRITES, |_| {})?;
    let around = [
        ("nothing", Vec::new()),
        ("Docker", docker()),
        ("no Landlock", without_landlock()),
        ("no seccomp", without_seccomp()),
        ("an old kernel", old_kernel()),
    ];
    for (name, denied) in around {
        let outcome = writes(&program, |command| deny(command, denied))?;
        assert_eq!(outcome.status, 0, "{name}: {outcome:?}");
    }
    let outcome = writes(&program, |command| {
        command.env("KILN_SANDBOX", "off");
    })?;
    assert_eq!(outcome.status, 0, "{outcome:?}");
    Ok(())
}

#[test]
fn a_sandbox_within_sandboxes_works() -> Result<()> {
    let program = Program::new(WRITES, |_| {})?;
    for depth in 1..=3 {
        let outcome = writes(&program, |command| {
            for _ in 0..depth {
                deny(command, docker());
                // SAFETY: the closure makes system calls only.
                unsafe { command.pre_exec(within_landlock) };
            }
        })?;
        assert_eq!(outcome.status, 0, "{depth}: {outcome:?}");
    }
    Ok(())
}

/// `struct landlock_path_beneath_attr` of linux/landlock.h.
#[repr(C, packed)]
struct Beneath {
    allowed: u64,
    dir: libc::c_int,
}

/// Confines the process by Landlock as another sandbox may: no device can be made. Files can be moved between
/// directories, which a ruleset forbids unless it says so.
fn within_landlock() -> std::io::Result<()> {
    const MAKE_BLOCK: u64 = 1 << 11;
    const REFER: u64 = 1 << 13;
    const PATH_BENEATH: libc::c_int = 1;
    let handled = MAKE_BLOCK | REFER;
    // SAFETY: the kernel reads the records given.
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        let ruleset = libc::syscall(libc::SYS_landlock_create_ruleset, &raw const handled, 8, 0);
        let rule = Beneath {
            allowed: REFER,
            dir: libc::open(c"/".as_ptr(), libc::O_PATH | libc::O_CLOEXEC),
        };
        match libc::syscall(
            libc::SYS_landlock_add_rule,
            ruleset,
            PATH_BENEATH,
            &raw const rule,
            0,
        ) {
            0 => libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0),
            error => error,
        }
    };
    match done {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

#[test]
fn a_sandbox_that_is_required_is_had_or_the_program_does_not_start() -> Result<()> {
    let baked = Program::new(WRITES, |options| options.sandbox = SandboxMode::Required)?;
    let outcome = writes(&baked, |_| {})?;
    assert_eq!(outcome.status, 0, "{outcome:?}");
    for (denied, call) in [
        (without_landlock(), "landlock_restrict_self"),
        (without_seccomp(), "seccomp"),
    ] {
        let outcome = writes(&baked, |command| deny(command, denied))?;
        assert_eq!(outcome.status, 1, "{outcome:?}");
        assert!(outcome.stderr.contains(call), "{outcome:?}");
    }
    let program = Program::new(WRITES, |_| {})?;
    let outcome = writes(&program, |command| {
        deny(command, without_seccomp());
        command.env("KILN_SANDBOX", "require");
    })?;
    assert_eq!(outcome.status, 1, "{outcome:?}");
    let without = Program::new(WRITES, |options| options.sandbox = SandboxMode::Off)?;
    let outcome = writes(&without, |command| {
        command.env("KILN_SANDBOX", "require");
    })?;
    assert!(
        outcome.stderr.contains("built without a sandbox"),
        "{outcome:?}"
    );
    Ok(())
}

/// Reads from descriptor 9, which is none of its own, by the runtime's number.
const SILENT: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read"
        (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\10\00\00\00")
    (func (export "_start")
        (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// Makes what a command starts inherit a descriptor under another number.
fn inherit(command: &mut Command, from: RawFd, to: RawFd) {
    // SAFETY: dup2(2) and fcntl(2) are async-signal-safe.
    unsafe {
        command.pre_exec(move || {
            // dup2(2) of a number to itself does nothing, so that close-on-exec would stay set.
            match libc::dup2(from, to) != -1 && libc::fcntl(to, libc::F_SETFD, 0) != -1 {
                true => Ok(()),
                false => Err(std::io::Error::last_os_error()),
            }
        });
    }
}

#[test]
fn streams_of_inherited_descriptors_go_on_working() -> Result<()> {
    let program = Program::new(SILENT, |_| {})?;
    let mut file = tempfile::tempfile()?;
    file.write_all(b"inherited")?;
    file.rewind()?;
    let number = file.as_raw_fd();
    let mut command = program.command();
    command.env("KILN_STDIN", "&9");
    inherit(&mut command, number, 9);
    let outcome = Outcome::of(&mut command)?;
    assert_eq!(
        (outcome.status, &*outcome.stdout),
        (0, "inherited"),
        "{outcome:?}"
    );
    Ok(())
}

/// Accepts a connection at each of two sockets, and writes a byte between.
const ACCEPTS: &str = r#"(module
    (import "wasi_snapshot_preview1" "sock_accept"
        (func $sock_accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "\10\00\00\00\01\00\00\00")
    (func $accept (param i32) (local $error i32)
        (local.set $error (call $sock_accept (local.get 0) (i32.const 0) (i32.const 8)))
        (if (local.get $error) (then (call $proc_exit (local.get $error)))))
    (func (export "_start")
        (call $accept (i32.const 3))
        (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
        (call $accept (i32.const 4))))"#;

/// The numbers of a process's descriptors from 3 on.
fn descriptors(process: u32) -> Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(format!("/proc/{process}/fd"))? {
        let number = entry?.file_name();
        numbers.push(number.to_str().context("a number")?.parse()?);
    }
    numbers.retain(|number| *number >= 3);
    numbers.sort_unstable();
    Ok(numbers)
}

#[test]
fn inherited_sockets_stay_and_other_descriptors_are_closed() -> Result<()> {
    let program = Program::new(ACCEPTS, |_| {})?;
    let sockets = [
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    ];
    let file = tempfile::tempfile()?;
    let mut command = program.command();
    command.env("LISTEN_FDS", "2");
    // By way of numbers that none of these has, because a socket may have the one that another is to get.
    let given = [
        sockets[0].as_raw_fd(),
        sockets[1].as_raw_fd(),
        file.as_raw_fd(),
    ];
    for (from, to) in given.into_iter().zip(400..) {
        inherit(&mut command, from, to);
    }
    for (from, to) in [(400, 3), (401, 4), (402, 5), (402, 300)] {
        inherit(&mut command, from, to);
    }
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let first = TcpStream::connect(sockets[0].local_addr()?)?;
    let mut stdout = child.stdout.take().context("a pipe")?;
    stdout.read_exact(&mut [0])?;
    let numbers = descriptors(child.id());
    let second = TcpStream::connect(sockets[1].local_addr()?)?;
    let status = child.wait()?;
    drop((first, second));
    assert_eq!(numbers?, [3, 4, 5], "the sockets, and the connection");
    assert_eq!(status.code(), Some(0));
    Ok(())
}
