//! Where `kiln build` writes, and that it writes whole executables or nothing.

use crate::support::{Folder, HELLO, HELLO_PRINTS, Outcome, long_build};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

fn with_hello() -> Folder {
    let folder = Folder::new();
    folder.write("hello.wat", HELLO);
    folder
}

#[test]
fn the_name_is_the_modules_without_its_extension() {
    let folder = Folder::new();
    folder.write("src/hello.min.wat", HELLO);
    assert_eq!(
        Outcome::of(&mut folder.kiln(["build", "src/hello.min.wat"])).succeeds(),
        ""
    );
    assert_eq!(folder.names(), ["hello.min", "src"]);
    let mut hello = folder.command(folder.path("hello.min"));
    assert_eq!(Outcome::of(&mut hello).succeeds(), HELLO_PRINTS);
}

#[test]
fn both_formats_give_the_same_executable() {
    let folder = with_hello();
    folder.write("hello.wasm", wat::parse_str(HELLO).unwrap());
    for (module, out) in [("hello.wat", "a"), ("hello.wasm", "b")] {
        Outcome::of(&mut folder.kiln(["build", module, "-o", out])).succeeds();
    }
    assert!(fs::read(folder.path("a")).unwrap() == fs::read(folder.path("b")).unwrap());
}

#[test]
fn the_mode_is_0777_less_the_umask() {
    let folder = with_hello();
    for (umask, mode) in [("022", 0o755), ("077", 0o700)] {
        let script = format!("umask {umask}; exec \"$0\" build hello.wat");
        let mut build = folder.command("/bin/sh");
        build.args(["-c", &script, env!("CARGO_BIN_EXE_kiln")]);
        Outcome::of(&mut build).succeeds();
        let built = fs::metadata(folder.path("hello")).unwrap();
        assert_eq!(built.permissions().mode() & 0o7777, mode);
    }
}

#[test]
fn what_was_there_is_replaced() {
    let folder = with_hello();
    folder.write("hello", "an older build");
    symlink("hello", folder.path("link")).unwrap();
    Outcome::of(&mut folder.kiln(["build", "hello.wat", "-o", "link"])).succeeds();
    assert_eq!(
        fs::read_link(folder.path("link")).unwrap().to_str(),
        Some("hello")
    );
    let mut hello = folder.command(folder.path("hello"));
    assert_eq!(Outcome::of(&mut hello).succeeds(), HELLO_PRINTS);
}

#[test]
fn a_running_program_can_be_built_anew() {
    let folder = Folder::new();
    let wait = r#"(module
        (import "wasi_snapshot_preview1" "fd_read"
            (func $fd_read (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\01\00\00\00")
        (func (export "_start")
            (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;
    let mut running = folder
        .built(wait, &[])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    Outcome::of(&mut folder.kiln(["build", "app.wat"])).succeeds();
    drop(running.stdin.take());
    assert!(running.wait().unwrap().success());
}

#[test]
fn a_device_is_written_to() {
    let folder = with_hello();
    let told = Outcome::of(&mut folder.kiln(["build", "hello.wat", "-o", "/dev/full"])).fails(1);
    assert!(
        told.starts_with("error: cannot write /dev/full: No space left"),
        "{told}"
    );
}

#[test]
fn places_that_cannot_be_written() {
    let folder = with_hello();
    folder.write("folder/file", "");
    for (out, reason) in [
        ("folder", "it is a directory"),
        ("folder/", "it is a directory"),
        ("gone/", "it names a directory"),
        ("gone/hello", "No such file or directory"),
        ("folder/file/hello", "Not a directory"),
        ("/proc/hello", ""),
    ] {
        let told = Outcome::of(&mut folder.kiln(["build", "hello.wat", "-o", out])).fails(1);
        let begin = format!("error: cannot write {out}: {reason}");
        assert!(told.starts_with(&begin), "{told}");
    }
    assert_eq!(folder.names(), ["folder", "hello.wat"]);
}

#[test]
fn the_module_is_not_overwritten() {
    let folder = Folder::new();
    folder.write("hello", HELLO);
    symlink("hello", folder.path("link")).unwrap();
    for line in [&["build", "hello"][..], &["build", "hello", "-o", "link"]] {
        let told = Outcome::of(&mut folder.kiln(line)).fails(1);
        assert!(
            told.starts_with("error: the output would overwrite hello\n"),
            "{told}"
        );
    }
    assert_eq!(fs::read_to_string(folder.path("hello")).unwrap(), HELLO);
}

#[test]
fn a_failed_build_leaves_what_was_there() {
    let folder = Folder::new();
    folder.write("app.wat", "(module)");
    folder.write("app", "an older build");
    Outcome::of(&mut folder.kiln(["build", "app.wat"])).fails(1);
    assert_eq!(
        fs::read_to_string(folder.path("app")).unwrap(),
        "an older build"
    );
    assert_eq!(folder.names(), ["app", "app.wat"]);
}

#[test]
fn a_write_that_fails_leaves_nothing() {
    let folder = with_hello();
    let script = "ulimit -f 1; trap '' XFSZ; exec \"$0\" build hello.wat";
    let mut build = folder.command("/bin/sh");
    build.args(["-c", script, env!("CARGO_BIN_EXE_kiln")]);
    let told = Outcome::of(&mut build).fails(1);
    assert!(
        told.starts_with("error: cannot write hello: File too large"),
        "{told}"
    );
    assert_eq!(folder.names(), ["hello.wat"]);
}

#[test]
fn an_interrupted_compilation_leaves_nothing() {
    let folder = Folder::new();
    let mut build = long_build(&folder);
    let build = build.stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    interrupt(&build);
    let outcome = Outcome::from(build.wait_with_output().unwrap());
    assert_eq!(
        outcome.status,
        Err(Signal::INT.as_raw()),
        "{}",
        outcome.stderr
    );
    assert_eq!(folder.names(), ["app.wat"]);
}

/// Interrupts many builds about when they write. Whichever moment is hit, no temporary file may
/// be left and an executable that is there must be whole.
#[test]
fn an_interrupted_write_leaves_nothing() {
    let folder = with_hello();
    let started = Instant::now();
    Outcome::of(&mut folder.kiln(["build", "hello.wat", "-o", "whole"])).succeeds();
    let lasts = started.elapsed();
    let whole = fs::read(folder.path("whole")).unwrap();
    for step in 0..40 {
        let mut build = folder
            .kiln(["build", "hello.wat", "-o", "app"])
            .spawn()
            .unwrap();
        std::thread::sleep(lasts.mul_f64(0.6 + 0.01 * f64::from(step)));
        interrupt(&build);
        build.wait().unwrap();
        if let Ok(app) = fs::read(folder.path("app")) {
            assert!(app == whole, "the executable is not whole");
            fs::remove_file(folder.path("app")).unwrap();
        }
        assert_eq!(folder.names(), ["hello.wat", "whole"]);
    }
}

fn interrupt(child: &Child) {
    // A build that is over cannot be interrupted, and need not be.
    let _ = kill_process(Pid::from_child(child), Signal::INT);
}
