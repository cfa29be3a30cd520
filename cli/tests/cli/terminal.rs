//! Colour and progress: on terminals only.

use crate::support::{Folder, HELLO, Outcome, long_build};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::process::Command;

/// Runs a command whose standard error is a terminal, and gives what is written there.
fn on_terminal(command: &mut Command) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new())
        .unwrap()
        .into_string()
        .unwrap();
    let screen = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name)
        .unwrap();
    let mut child = command.stderr(screen.try_clone().unwrap()).spawn().unwrap();
    let reader = std::thread::spawn(move || {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        // Reading fails with EIO once nobody holds the terminal any more.
        let mut terminal = File::from(terminal);
        while let Ok(count @ 1..) = terminal.read(&mut buffer) {
            bytes.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8(bytes).unwrap()
    });
    child.wait().unwrap();
    command.stderr(std::process::Stdio::null()); // lets go of the terminal
    drop(screen);
    reader.join().unwrap()
}

#[test]
fn errors_are_coloured_on_terminals_only() {
    let folder = Folder::new();
    let build = || {
        let mut build = folder.kiln(["build", "gone.wasm"]);
        build.env("TERM", "xterm");
        build
    };
    assert!(on_terminal(&mut build()).starts_with("\x1b["));
    assert!(on_terminal(build().env("NO_COLOR", "1")).starts_with("error: "));
    assert!(Outcome::of(&mut build()).fails(1).starts_with("error: "));
}

#[test]
fn long_builds_show_progress_on_terminals_only() {
    let folder = Folder::new();
    let shown = on_terminal(long_build(&folder).env("TERM", "xterm"));
    assert!(shown.contains("app.wat: compiling ["), "{shown}");
    assert_eq!(Outcome::of(&mut long_build(&folder)).succeeds(), "");
}

#[test]
fn short_builds_show_no_progress() {
    let folder = Folder::new();
    folder.write("app.wat", HELLO);
    assert_eq!(
        on_terminal(folder.kiln(["build", "app.wat"]).env("TERM", "xterm")),
        ""
    );
}
