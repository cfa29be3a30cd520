//! Sandboxes around the program, and kernels without one: the program sees no difference.

use super::*;
use kiln_tests::around::{self, Around, without_landlock, without_seccomp};
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
    for (name, around) in Around::ALL {
        let outcome = writes(&program, |command| around.apply(command))?;
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
    // The kernel has at most 16 rulesets of Landlock in force (`LANDLOCK_MAX_NUM_LAYERS`).
    for depth in [1, 2, 3, 15, 16] {
        let outcome = writes(&program, |command| {
            for _ in 0..depth {
                around::in_docker(command);
                around::in_landlock(command);
            }
        })?;
        assert_eq!(outcome.status, 0, "{depth}: {outcome:?}");
    }
    Ok(())
}

/// Makes a system call in a child that has Docker's default profile around it; gives the error number, or 0.
fn in_docker(call: libc::c_long, arguments: [libc::c_ulong; 3]) -> Result<i32> {
    let mut command = Command::new("true");
    around::in_docker(&mut command);
    // SAFETY: system calls only, none of which changes what the parent has.
    unsafe {
        command.pre_exec(move || {
            let [one, two, three] = arguments;
            match libc::syscall(call, one, two, three, 0, 0, 0) {
                -1 => Err(std::io::Error::last_os_error()),
                _ => Ok(()),
            }
        });
    }
    match command.status() {
        Ok(_) => Ok(0),
        Err(error) => error.raw_os_error().context("an error number"),
    }
}

#[test]
fn dockers_profile_is_replayed() -> Result<()> {
    use libc::*;
    const ALL: c_ulong = c_ulong::MAX;
    let socket = |domain: c_int| [domain as c_ulong, SOCK_STREAM as c_ulong, 0];
    for (call, arguments, errno) in [
        (SYS_getpid, [0; 3], 0),
        (SYS_mount, [0; 3], EPERM),
        (SYS_unshare, [0; 3], EPERM),
        (SYS_keyctl, [0; 3], EPERM),
        (SYS_io_uring_setup, [0; 3], EPERM),
        (SYS_chroot, [0; 3], EPERM),
        (SYS_socket, socket(AF_UNIX), 0),
        (SYS_socket, socket(AF_INET), 0),
        (SYS_socket, socket(AF_VSOCK), EPERM),
        (SYS_socket, socket(AF_ALG), EPERM),
        (SYS_socket, [1 << 32 | 1, SOCK_STREAM as c_ulong, 0], EPERM),
        (SYS_personality, [0xffff_ffff, 0, 0], 0),
        (SYS_personality, [0x8, 0, 0], 0),
        (SYS_personality, [ADDR_NO_RANDOMIZE as c_ulong, 0, 0], EPERM),
        (SYS_personality, [ALL, 0, 0], EPERM),
        // Its flags without CLONE_VM, which CLONE_THREAD needs, are refused by the kernel itself.
        (SYS_clone, [CLONE_THREAD as c_ulong, 0, 0], EINVAL),
        (
            SYS_clone,
            [(CLONE_THREAD | CLONE_NEWUSER) as c_ulong, 0, 0],
            EPERM,
        ),
        (
            SYS_clone,
            [(CLONE_THREAD | CLONE_NEWCGROUP) as c_ulong, 0, 0],
            EPERM,
        ),
        (SYS_clone3, [0; 3], ENOSYS),
        // The newest system call that the profile knows, and one of later kernels.
        (466, [ALL, 0, 0], EFAULT),
        (5000, [0; 3], ENOSYS),
    ] {
        assert_eq!(in_docker(call, arguments)?, errno, "{call}, {arguments:x?}");
    }
    Ok(())
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
