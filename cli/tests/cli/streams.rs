//! What stands in for standard streams, sockets that listen, and directories that may not change.

use crate::support::{Folder, Outcome};
use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
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
