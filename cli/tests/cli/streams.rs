//! What stands in for standard streams, sockets that listen, and directories that may not change.

use crate::support::{Folder, Outcome};
use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

const COPY: &str = include_str!("../data/copy.wat");
const GREET: &str = include_str!("../data/greet.wat");
const READ: &str = include_str!("../data/read.wat");
const WRITE: &str = include_str!("../data/write.wat");

/// What a program exits with that is refused a change: WASI's number for `EPERM`.
const PERM: i32 = 63;

#[track_caller]
fn holds(folder: &Folder, name: &str, contents: &str) {
    assert_eq!(fs::read_to_string(folder.path(name)).unwrap(), contents);
}

#[test]
fn files_stand_in_for_streams() {
    let folder = Folder::new();
    folder.write("in;1", "baked\n");
    folder.write("out", "longer than what is written");
    let files = ["--stdin", "in;1", "--stdout", "out", "--stderr", "err"];
    let mut app = folder.built(COPY, &files);
    assert_eq!(Outcome::of(&mut app).succeeds(), "");
    holds(&folder, "out", "baked\n");
    holds(&folder, "err", "baked\n");

    folder.write("in2", "launched\n");
    app.env("KILN_STDIN", "in2").env("KILN_STDOUT", "&1");
    assert_eq!(Outcome::of(&mut app).succeeds(), "launched\n");
    holds(&folder, "err", "launched\n");

    let run = ["run"].into_iter().chain(files).chain(["app.wat"]);
    assert_eq!(Outcome::of(&mut folder.kiln(run)).succeeds(), "");
    holds(&folder, "out", "baked\n");
}

#[test]
fn a_stream_that_cannot_be_opened_is_named() {
    let folder = Folder::new();
    let mut app = folder.built(COPY, &["--stdin", "gone"]);
    let told = Outcome::of(&mut app).fails(1);
    assert!(told.contains("`gone`"), "{told}");
    let told = Outcome::of(app.env("KILN_STDIN", "&x")).fails(1);
    assert!(told.contains("`&x`"), "{told}");
}

#[test]
fn a_read_only_directory_can_be_read_and_not_changed() {
    let folder = Folder::new();
    folder.write("data/note.txt", "as it was\n");
    let grant = ["--dir", "data::/:ro"];
    let mut read = folder.built(READ, &grant);
    assert_eq!(Outcome::of(&mut read).succeeds(), "as it was\n");

    Outcome::of(&mut folder.built(WRITE, &grant)).fails(PERM);
    let mut launched = folder.built(WRITE, &[]);
    Outcome::of(launched.env("KILN_DIRS", "data::/:ro")).fails(PERM);
    let run = ["run"].into_iter().chain(grant).chain(["app.wat"]);
    Outcome::of(&mut folder.kiln(run)).fails(PERM);

    // Without `:ro` the same programs may.
    Outcome::of(launched.env("KILN_DIRS", "data::/")).succeeds();
    holds(&folder, "data/note.txt", "as it was\n");
}

/// Exits with the flags of its descriptor 3. Where these say that it does not block, accepting a
/// connection must fail with EAGAIN.
fn flags(body: &str) -> String {
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_fdstat_get"
                (func $stat (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "sock_accept"
                (func $accept (param i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "poll_oneoff"
                (func $poll (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (func (export "_start") (local $flags i32)
                {body}
                (if (call $stat (i32.const 3) (i32.const 0)) (then unreachable))
                (local.set $flags (i32.load16_u (i32.const 2)))
                (if (local.get $flags) (then
                    (if (i32.ne (call $accept (i32.const 3) (i32.const 0) (i32.const 64))
                            (i32.const 6)) (then unreachable))))
                (call $exit (local.get $flags))))"#
    )
}

const CAN_POLL: &str =
    "(drop (call $poll (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))";

/// The flag of a descriptor that does not block.
const NONBLOCK: i32 = 4;

#[test]
fn sockets_of_programs_that_can_poll_do_not_block() {
    let folder = Folder::new();
    for (body, default) in [(CAN_POLL, NONBLOCK), ("", 0)] {
        let wat = flags(body);
        for (mode, expected) in [("", default), (",block", 0), (",nonblock", NONBLOCK)] {
            let address = format!("127.0.0.1:0{mode}");
            let status = |command: &mut Command| Outcome::of(command).status;
            let listen = ["--listen", &address];
            assert_eq!(
                status(&mut folder.built(&wat, &listen)),
                Ok(expected),
                "{address}"
            );
            let run = ["run", "--listen", &address, "app.wat"];
            assert_eq!(status(&mut folder.kiln(run)), Ok(expected), "{address}");
            let mut app = folder.built(&wat, &[]);
            app.env("KILN_LISTEN", &address);
            assert_eq!(status(&mut app), Ok(expected), "{address}");
            folder.write(
                "kiln.toml",
                format!("module = 'app.wat'\nlisten = ['{address}']\n"),
            );
            Outcome::of(&mut folder.kiln(["build"])).succeeds();
            fs::remove_file(folder.path("kiln.toml")).unwrap();
            assert_eq!(
                status(&mut folder.command(folder.path("app"))),
                Ok(expected)
            );

            inherits(&folder, mode, expected);
        }
    }
}

/// Runs `app` with an inherited socket. O_NONBLOCK is set on that where it must be, else left alone.
#[track_caller]
fn inherits(folder: &Folder, mode: &str, expected: i32) {
    folder.built(&fs::read_to_string(folder.path("app.wat")).unwrap(), &[]);
    for before in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(before).unwrap();
        let ours = listener.try_clone().unwrap();
        let mut shell = folder.command("/bin/sh");
        shell.args(["-c", "exec ./app 3<&0"]).env("LISTEN_FDS", "1");
        if !mode.is_empty() {
            shell.env("KILN_LISTEN", format!("LISTEN_FDS{mode}"));
        }
        let outcome = Outcome::of(shell.stdin(OwnedFd::from(listener)));
        assert_eq!(outcome.status, Ok(expected), "LISTEN_FDS{mode}");
        assert_eq!(is_nonblocking(&ours), before || expected == NONBLOCK);
    }
}

fn is_nonblocking(listener: &TcpListener) -> bool {
    let path = format!("/proc/self/fdinfo/{}", listener.as_raw_fd());
    let info = fs::read_to_string(path).unwrap();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = u32::from_str_radix(flags.unwrap().trim(), 8).unwrap();
    const O_NONBLOCK: u32 = 0o4000;
    flags & O_NONBLOCK != 0
}

#[test]
fn addresses_that_are_none_are_refused() {
    let folder = Folder::new();
    folder.built(GREET, &[]);
    for wrong in [
        "127.0.0.1",
        "127.0.0.1:0,both",
        "localhost:80",
        "LISTEN_FDS,no",
    ] {
        let told = Outcome::of(&mut folder.kiln(["build", "app.wat", "--listen", wrong])).fails(2);
        assert!(told.contains(wrong), "{told}");
        let mut app = folder.command(folder.path("app"));
        let told = Outcome::of(app.env("KILN_LISTEN", wrong)).fails(1);
        assert!(
            told.contains("KILN_LISTEN") && told.contains(&format!("`{wrong}`")),
            "{told}"
        );
    }
}

/// An address of this machine that nothing listens at.
fn free_address() -> SocketAddr {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    taken.local_addr().unwrap()
}

/// Demands that a program which listens at an address greet who connects.
#[track_caller]
fn greets(app: &mut Command, address: SocketAddr) {
    let mut app = app.spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    let mut connection = loop {
        match TcpStream::connect(address) {
            Ok(connection) => break connection,
            Err(error) => assert!(Instant::now() < patience, "{error}"),
        }
        sleep(Duration::from_millis(10));
    };
    let mut greeting = String::new();
    connection.read_to_string(&mut greeting).unwrap();
    assert_eq!(greeting, "hello\n");
    assert!(app.wait().unwrap().success());
}

#[test]
fn sockets_that_listen() {
    let folder = Folder::new();
    let address = free_address();
    let listen = ["--listen", &address.to_string()];
    greets(&mut folder.built(GREET, &listen), address);
    let run = ["run"].into_iter().chain(listen).chain(["app.wat"]);
    greets(&mut folder.kiln(run), address);
    let mut app = folder.built(GREET, &[]);
    greets(app.env("KILN_LISTEN", address.to_string()), address);
}

#[test]
fn sockets_that_are_inherited() {
    let folder = Folder::new();
    folder.built(GREET, &[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut shell = folder.command("/bin/sh");
    shell.args(["-c", "exec ./app 3<&0"]).env("LISTEN_FDS", "1");
    greets(shell.stdin(OwnedFd::from(listener)), address);
}
