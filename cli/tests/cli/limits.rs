//! What programs may use, baked when they are built or lowered when they are started, by programs
//! that want more.

use crate::support::{DEEP, Folder, Outcome};
use std::io::{Write, pipe};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Instant;

/// Grows its memory by a page as often as it can, and exits with the number of pages it then has.
const GROW: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 2 30)
    (func (export "_start")
        (loop $more (br_if $more (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))
        (call $exit (memory.size))))"#;

#[test]
fn memory_grows_as_far_as_it_may() {
    let folder = Folder::new();
    for checks in ["guard", "explicit"] {
        let pages = |baked: &[&str], launch: &str| {
            let options = [&["--bounds-checks", checks], baked].concat();
            let mut app = folder.built(GROW, &options);
            if !launch.is_empty() {
                app.env("KILN_MAX_MEMORY", launch);
            }
            Outcome::of(&mut app).status
        };
        assert_eq!(pages(&[], ""), Ok(30), "the module's own maximum");
        assert_eq!(pages(&["--max-memory", "1M"], ""), Ok(16));
        assert_eq!(pages(&["--max-memory", "1G"], ""), Ok(30));
        assert_eq!(pages(&[], "640K"), Ok(10));
        assert_eq!(pages(&[], "700000"), Ok(10), "whole pages");
        assert_eq!(pages(&["--max-memory", "1M"], "640K"), Ok(10));
        assert_eq!(pages(&["--max-memory", "1M"], "1G"), Ok(16), "no more");
    }
}

#[test]
fn a_memory_that_starts_with_more_than_it_may_is_refused() {
    let folder = Folder::new();
    folder.write("app.wat", GROW);
    let build = folder
        .kiln(["build", "app.wat", "--max-memory", "64K"])
        .output();
    let told = Outcome::from(build.unwrap()).fails(1);
    assert!(
        told.contains("131072") && told.contains("--max-memory"),
        "{told}"
    );

    let mut app = folder.built(GROW, &[]);
    let told = Outcome::of(app.env("KILN_MAX_MEMORY", "64K")).fails(1);
    assert!(
        told.contains("131072") && told.contains("KILN_MAX_MEMORY"),
        "{told}"
    );
}

/// Grows two memories and two tables in turn, by 64 KiB each, as often as it can, and exits with the
/// number of such pieces that they have together. `$other` has its own maximum.
const GROW_ALL: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1) (memory $other 1 5)
    (table $externs 8192 externref) (table $functions 8192 funcref)
    (func (export "_start") (local $grown i32)
        (loop $more
            (local.set $grown (i32.const 0))
            (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1))
                (then (local.set $grown (i32.const 1))))
            (if (i32.ne (memory.grow $other (i32.const 1)) (i32.const -1))
                (then (local.set $grown (i32.const 1))))
            (if (i32.ne (table.grow $externs (ref.null extern) (i32.const 8192)) (i32.const -1))
                (then (local.set $grown (i32.const 1))))
            (if (i32.ne (table.grow $functions (ref.null func) (i32.const 8192)) (i32.const -1))
                (then (local.set $grown (i32.const 1))))
            (br_if $more (local.get $grown)))
        (if (i32.ne (memory.size $other) (i32.const 5)) (then unreachable))
        (call $exit (i32.add (i32.add (memory.size) (memory.size $other))
            (i32.shr_u (i32.add (table.size $externs) (table.size $functions))
                (i32.const 13))))))"#;

#[test]
fn memories_and_tables_count_together() {
    let folder = Folder::new();
    for checks in ["guard", "explicit"] {
        let options = ["--bounds-checks", checks, "--max-memory", "2M"];
        let mut app = folder.built(GROW_ALL, &options);
        assert_eq!(Outcome::of(&mut app).status, Ok(32));
        // A piece that does not fit whole is not had.
        app.env("KILN_MAX_MEMORY", "2000000");
        assert_eq!(Outcome::of(&mut app).status, Ok(30));
    }
    let mut app = folder.built(GROW_ALL, &[]);
    app.env("KILN_MAX_MEMORY", "200K");
    let told = Outcome::of(&mut app).fails(1);
    let expected = "error: the memories and tables start with 262144 bytes, KILN_MAX_MEMORY allows \
                    204800\n";
    assert_eq!(told, expected);
    let build = ["build", "app.wat", "--max-memory", "200K"];
    let told = Outcome::of(&mut folder.kiln(build)).fails(1);
    assert!(
        told.contains("262144") && told.contains("--max-memory"),
        "{told}"
    );
}

/// A table that grows by as much as it can in one step is as much under the limit.
#[test]
fn a_table_that_would_take_gigabytes_does_not_grow() {
    let folder = Folder::new();
    let wat = r#"(module
        (table $externs 1 externref)
        (func (export "_start")
            (if (i32.ne (table.grow $externs (ref.null extern) (i32.const 0xffffffe)) (i32.const -1))
                (then unreachable))
            (if (i32.ne (table.size $externs) (i32.const 1)) (then unreachable))))"#;
    let mut app = folder.built(wat, &["--max-memory", "1M"]);
    assert_eq!(Outcome::of(&mut app).succeeds(), "");
}

#[test]
fn a_launch_can_make_the_stack_smaller_but_not_larger() {
    let folder = Folder::new();
    let mut app = folder.built(DEEP, &[]);
    Outcome::of(&mut app).succeeds();
    let told = Outcome::of(app.env("KILN_STACK_SIZE", "1M")).fails(134);
    assert!(told.contains("call stack exhausted"), "{told}");
    let mut app = folder.built(DEEP, &["--stack-size", "1M"]);
    Outcome::of(app.env("KILN_STACK_SIZE", "64M")).fails(134);
}

/// Opens the preopened directory again and again. When that fails as it should for want of
/// descriptors, exits with the number of times it did not; closes two and opens two in between.
const OPEN: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "new.")
    (global $opened (mut i32) (i32.const 0))
    ;; `open(3, ".")`, or a new file where `flags` have O_CREAT
    (func $path_open (param $len i32) (param $flags i32) (result i32)
        (call $open (i32.const 3) (i32.const 0)
            (i32.sub (i32.const 20) (local.get $len)) (local.get $len)
            (local.get $flags) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
    (func $open_all (result i32) (local $error i32)
        (loop $more
            (local.set $error (call $path_open (i32.const 1) (i32.const 0)))
            (if (i32.eqz (local.get $error)) (then
                (global.set $opened (i32.add (global.get $opened) (i32.const 1)))
                (br $more))))
        (local.get $error))
    (func (export "_start")
        (if (i32.ne (call $open_all) (i32.const 33)) (then unreachable))    ;; EMFILE
        (if (i32.ne (call $path_open (i32.const 4) (i32.const 1)) (i32.const 33)) (then unreachable))
        (if (call $close (i32.const 4)) (then unreachable))
        (if (call $close (i32.const 5)) (then unreachable))
        (global.set $opened (i32.sub (global.get $opened) (i32.const 2)))
        (if (i32.ne (call $open_all) (i32.const 33)) (then unreachable))
        (call $exit (global.get $opened))))"#;

#[test]
fn descriptors_are_had_as_many_as_may_be() {
    let folder = Folder::new();
    let opened = |baked: &[&str], launch: &str| {
        let options = [&["--dir", "."], baked].concat();
        let mut app = folder.built(OPEN, &options);
        if !launch.is_empty() {
            app.env("KILN_MAX_OPEN_FILES", launch);
        }
        Outcome::of(&mut app).status
    };
    // Standard streams and the directory are four.
    assert_eq!(opened(&["--max-open-files", "10"], ""), Ok(6));
    assert_eq!(opened(&["--max-open-files", "40"], ""), Ok(36));
    assert_eq!(opened(&["--max-open-files", "40"], "10"), Ok(6));
    assert_eq!(opened(&["--max-open-files", "10"], "40"), Ok(6), "no more");
    let names = folder.names();
    assert!(
        !names.contains(&"new.".to_owned()),
        "{names:?}: a file is left of a failure"
    );
}

#[test]
fn what_a_program_is_given_must_fit_its_descriptors() {
    let folder = Folder::new();
    let mut app = folder.built(OPEN, &["--dir", ".", "--max-open-files", "3"]);
    let told = Outcome::of(&mut app).fails(1);
    assert!(told.contains("--max-open-files"), "{told}");
    assert!(told.contains("`.`"), "{told}");
}

#[test]
fn no_connection_is_accepted_without_a_descriptor_for_it() {
    let folder = Folder::new();
    let accept = r#"(module
        (import "wasi_snapshot_preview1" "sock_accept"
            (func $accept (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (call $exit (call $accept (i32.const 3) (i32.const 0) (i32.const 0)))))"#;
    let limits = ["--max-open-files", "4", "--timeout", "10s"];
    let options = [&["--listen", "127.0.0.1:0"], &limits[..]].concat();
    let mut app = folder.built(accept, &options);
    assert_eq!(Outcome::of(&mut app).fails(33), "");
}

const TIMED_OUT: &str = "error: the time limit of 100 ms is exceeded\n";

/// A command module that does `body`, with some functions to do it with.
fn doing(body: &str) -> String {
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_read"
                (func $read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write"
                (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "poll_oneoff"
                (func $poll (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
            (memory (export "memory") 2)
            (data (i32.const 0) "\00\01\00\00\00\00\01\00") ;; a buffer of 64 KiB at 256
            (data (i32.const 32) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
                "\01\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00") ;; a clock in 2^32 ns and more
            (func (export "_start") {body}))"#
    )
}

const LOOP: &str = "(loop $again (br $again))";

#[test]
fn time_is_up_in_a_loop() {
    let folder = Folder::new();
    let mut app = folder.built(&doing(LOOP), &["--timeout", "100ms"]);
    assert_eq!(Outcome::of(&mut app).fails(124), TIMED_OUT);
    assert_eq!(
        Outcome::of(app.env("KILN_TIMEOUT", "1h")).fails(124),
        TIMED_OUT
    );
    let mut app = folder.built(&doing(LOOP), &[]);
    assert_eq!(
        Outcome::of(app.env("KILN_TIMEOUT", "100ms")).fails(124),
        TIMED_OUT
    );
}

#[test]
fn time_is_up_while_waiting() {
    let folder = Folder::new();
    let read = "(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))";
    let poll = "(drop (call $poll (i32.const 32) (i32.const 512) (i32.const 1) (i32.const 16)))";
    for body in [read, poll] {
        let (reader, _writer) = pipe().unwrap();
        let mut app = folder.built(&doing(body), &["--timeout", "100ms"]);
        assert_eq!(
            Outcome::of(app.stdin(reader)).fails(124),
            TIMED_OUT,
            "{body}"
        );
    }
}

#[test]
fn time_is_up_though_nobody_reads() {
    let folder = Folder::new();
    // A stream that is full, as standard output and as standard error.
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    while theirs.write(&[0; 4096]).is_ok() {}
    theirs.set_nonblocking(false).unwrap();
    let write = "(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))";
    let mut app = folder.built(&doing(write), &["--timeout", "100ms"]);
    let stream = || Stdio::from(std::os::fd::OwnedFd::from(theirs.try_clone().unwrap()));
    let start = Instant::now();
    let status = app.stdout(stream()).stderr(stream()).status().unwrap();
    assert_eq!(status.code(), Some(124));
    assert!(start.elapsed().as_secs() < 30);
    drop(ours);
}

#[test]
fn time_is_up_for_a_program_that_would_stop() {
    let folder = Folder::new();
    // SIGSTOP, SIGTSTP, SIGTTIN and SIGTTOU, as WASI numbers them. The answer is ENOTSUP.
    for signal in 18..=21 {
        let body = format!(
            "(if (i32.ne (call $raise (i32.const {signal})) (i32.const 58)) (then unreachable)) {LOOP}"
        );
        let mut app = folder.built(&doing(&body), &["--timeout", "100ms"]);
        assert_eq!(Outcome::of(&mut app).fails(124), TIMED_OUT, "{signal}");
    }
}

#[test]
fn time_is_up_though_the_signal_is_blocked_or_ignored() {
    let folder = Folder::new();
    folder.built(&doing(LOOP), &["--timeout", "100ms"]);
    for how in ["--block-signal=ALRM", "--ignore-signal=ALRM"] {
        let mut env = folder.command("env");
        env.arg(how).arg(folder.path("app"));
        assert_eq!(Outcome::of(&mut env).fails(124), TIMED_OUT, "{how}");
    }
}

#[test]
fn a_program_that_is_done_in_time_is_left_alone() {
    let folder = Folder::new();
    let mut app = folder.built(&doing(""), &["--timeout", "1h"]);
    assert_eq!(Outcome::of(&mut app).succeeds(), "");
}

#[test]
fn an_alarm_that_is_not_the_timers_is_itself() {
    let folder = Folder::new();
    const SIGALRM: i32 = 14;
    let raise = "(drop (call $raise (i32.const 14)))";
    let mut app = folder.built(&doing(raise), &["--timeout", "1h"]);
    let outcome = Outcome::of(&mut app);
    assert_eq!(
        (outcome.status, outcome.stderr.as_str()),
        (Err(SIGALRM), "")
    );
}

#[test]
fn limits_that_are_none_are_refused() {
    let folder = Folder::new();
    folder.write("app.wat", GROW);
    for (flag, value) in [
        ("--timeout", "5"),
        ("--timeout", "0s"),
        ("--max-memory", "64KB"),
        ("--max-open-files", "0"),
    ] {
        let told = Outcome::of(&mut folder.kiln(["build", "app.wat", flag, value])).fails(2);
        assert!(told.contains(flag) && told.contains(value), "{told}");
    }
    let mut app = folder.built(GROW, &[]);
    for (variable, value) in [
        ("KILN_TIMEOUT", "soon"),
        ("KILN_STACK_SIZE", "0"),
        ("KILN_MAX_MEMORY", ""),
        ("KILN_MAX_OPEN_FILES", "many"),
    ] {
        let told = Outcome::of(app.env_clear().env(variable, value)).fails(1);
        assert!(
            told.contains(variable) && told.contains(&format!("`{value}`")),
            "{told}"
        );
    }
}

#[test]
fn a_library_has_no_timeout() {
    let folder = Folder::new();
    folder.write("app.wat", GROW);
    let build = ["build", "app.wat", "--emit", "obj", "--timeout", "1s"];
    let told = Outcome::of(&mut folder.kiln(build)).fails(1);
    assert!(
        told.contains("timeout") && told.contains("help: "),
        "{told}"
    );
}

#[test]
fn run_sets_the_same_limits() {
    let folder = Folder::new();
    folder.write("grow.wat", GROW);
    folder.write("open.wat", OPEN);
    folder.write("loop.wat", doing(LOOP));
    let run = |args: &[&str]| Outcome::of(&mut folder.kiln([&["run"], args].concat()));
    assert_eq!(run(&["--max-memory", "1M", "grow.wat"]).status, Ok(16));
    let open = ["--dir", ".", "--max-open-files", "10", "open.wat"];
    assert_eq!(run(&open).status, Ok(6));
    for sealed in [&["--seal"][..], &[]] {
        let run = run(&[sealed, &["--timeout", "100ms", "loop.wat"]].concat());
        assert_eq!(run.fails(124), TIMED_OUT);
    }
}
