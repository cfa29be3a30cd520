//! How programs end: their exit status, and what is said of traps.

use crate::support::{DEEP, Folder, Outcome};
use std::os::unix::process::CommandExt;

#[track_caller]
fn run(wat: &str) -> Outcome {
    Outcome::of(&mut Folder::new().built(wat, &[]))
}

#[test]
fn returning_exits_with_0() {
    assert_eq!(run(r#"(module (func (export "_start")))"#).succeeds(), "");
}

#[test]
fn proc_exit_gives_the_low_8_bits() {
    for (code, status) in [
        (0, 0),
        (1, 1),
        (42, 42),
        (126, 126),
        (255, 255),
        (256, 0),
        (300, 44),
        (-1, 255),
    ] {
        let wat = format!(
            r#"(module
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 0)
                (func (export "_start") (call $exit (i32.const {code})) unreachable))"#
        );
        assert_eq!(run(&wat).fails(status), "");
    }
}

#[test]
fn a_start_function_runs_first() {
    let told = run(r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 0)
        (func $early (call $exit (i32.const 7)))
        (start $early)
        (func (export "_start") unreachable))"#);
    assert_eq!(told.fails(7), "");
}

/// The module whose function `culprit` has this body.
fn culprit(body: &str) -> String {
    format!(
        r#"(module
            (type $unary (func (param i32) (result i32)))
            (memory 1 1)
            (table $table 3 3 funcref)
            (elem (i32.const 1) $other)
            (func $other (param f64))
            (func $culprit (drop {body}))
            (func (export "_start") (call $culprit)))"#
    )
}

#[test]
fn traps_are_named_and_exit_with_134() {
    for (body, kind) in [
        ("(i32.const 0) unreachable", "unreachable executed"),
        (
            "(i32.load (i32.const 65533))",
            "out of bounds memory access",
        ),
        (
            "(i32.load offset=0xffffffff (i32.const -1))",
            "out of bounds memory access",
        ),
        (
            "(i32.div_u (i32.const 1) (i32.const 0))",
            "integer divide by zero",
        ),
        (
            "(i64.rem_s (i64.const 1) (i64.const 0))",
            "integer divide by zero",
        ),
        (
            "(i32.div_s (i32.const 0x80000000) (i32.const -1))",
            "integer overflow",
        ),
        ("(i32.trunc_f64_s (f64.const 1e300))", "integer overflow"),
        (
            "(i32.trunc_f32_u (f32.const nan))",
            "invalid conversion to integer",
        ),
        (
            "(table.get $table (i32.const 3))",
            "out of bounds table access",
        ),
        (
            "(call_indirect (type $unary) (i32.const 1) (i32.const 3))",
            "undefined element",
        ),
        (
            "(call_indirect (type $unary) (i32.const 1) (i32.const 0))",
            "uninitialized element",
        ),
        (
            "(call_indirect (type $unary) (i32.const 1) (i32.const 1))",
            "indirect call type mismatch",
        ),
        ("(ref.as_non_null (ref.null func))", "null reference"),
        (
            "(call_ref $unary (i32.const 1) (ref.null $unary))",
            "null function reference",
        ),
        (
            "(i32.const 0) (throw_ref (ref.null exn))",
            "null exception reference",
        ),
    ] {
        let told = run(&culprit(body)).fails(134);
        let (first, rest) = told.split_once('\n').unwrap();
        // What is known beside the kind follows it.
        assert!(
            first.starts_with(&format!("error: wasm trap: {kind}")),
            "{told}"
        );
        let begin = "  #0 culprit (wasm-function[1] at 0x";
        assert!(rest.starts_with(begin), "{body}: {told}");
    }
}

#[test]
fn a_trap_in_an_inlined_function_is_that_functions() {
    let wat = r#"(module
        (memory 1)
        (global $bad (mut i32) (i32.const -1))
        (func $inlined (param i32) (result i32) (i32.load offset=16 (local.get 0)))
        (func $outer (param i32) (result i32)
            (i32.add (i32.load (i32.const 8)) (call $inlined (local.get 0))))
        (func $later (param i32) (result i32)
            (i32.div_u (call $outer (i32.const 0)) (local.get 0)))
        (func (export "_start")
            (drop (call $later (i32.const 1)))
            (drop (call $WHICH (global.get $bad)))
            (global.set $bad (i32.const 0))))"#;
    let told = run(&wat.replace("WHICH", "outer")).fails(134);
    let first = "error: wasm trap: out of bounds memory access: address 0x10000000f in a memory of \
        0x10000 bytes";
    assert_eq!(told.lines().next(), Some(first));
    assert_eq!(
        functions(&told),
        ["inlined 0", "outer 1", "wasm-function 3"]
    );
    let wat = wat.replace("i32.const -1", "i32.const 0");
    let told = run(&wat.replace("WHICH", "later")).fails(134);
    let first = "error: wasm trap: integer divide by zero";
    assert_eq!(told.lines().next(), Some(first));
    assert_eq!(functions(&told), ["later 2", "wasm-function 3"]);
}

/// Names and indices of the functions that a trap tells of, the innermost first.
fn functions(told: &str) -> Vec<String> {
    let frames = told.lines().enumerate().skip(1);
    let function = |(number, line): (usize, &str)| {
        let frame = line
            .strip_prefix(&format!("  #{} ", number - 1))
            .expect(told);
        let (name, index) = frame.split_once("(wasm-function[").expect(told);
        let (index, _) = index.split_once(']').expect(told);
        let name = if name.is_empty() {
            "wasm-function"
        } else {
            name.trim_end()
        };
        format!("{name} {index}")
    };
    frames.map(function).collect()
}

/// Traps in a function that is called many times, directly and through a table, and inlined twice.
const NESTED: &str = r#"(module
    (memory 1)
    (table funcref (elem $fib))
    (global $bad (mut i32) (i32.const 0x7fffff00))
    (func $peek (param i32) (result i32) (i32.load offset=4 (local.get 0)))
    (func $twice (param i32) (result i32)
        (i32.add (call $peek (i32.const 16)) (call $peek (local.get 0))))
    (func $fib (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
            (then (call $twice (global.get $bad)))
            (else (i32.add
                (call $fib (i32.sub (local.get 0) (i32.const 1)))
                (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func (export "_start")
        (drop (call_indirect (param i32) (result i32) (i32.const 60) (i32.const 0)))))"#;

#[test]
fn a_trap_tells_the_functions_at_work() {
    let folder = Folder::new();
    for level in ["0", "s", "2"] {
        let mut expected = vec!["peek 0".to_owned(), "twice 1".to_owned()];
        expected.extend(vec!["fib 2".to_owned(); 60]);
        expected.push("wasm-function 3".to_owned());
        let told = |backtrace: Option<&str>| {
            let mut built = folder.built(NESTED, &["-O", level]);
            built.envs(backtrace.map(|value| ("KILN_BACKTRACE", value)));
            Outcome::of(&mut built).fails(134)
        };
        assert_eq!(functions(&told(Some("full"))), expected, "-O {level}");
        assert_eq!(functions(&told(Some("0"))), expected[..1], "-O {level}");
        for default in [None, Some("1")] {
            let told = told(default);
            let (frames, more) = told.trim_end().rsplit_once('\n').unwrap();
            assert_eq!(functions(frames), expected[..32], "-O {level}");
            assert_eq!(more, "  ... and 31 more (KILN_BACKTRACE=full tells all)");
        }
    }
}

#[test]
fn each_call_of_an_inlined_function_has_its_place() {
    let wasm = wat::parse_str(NESTED).unwrap();
    let call = |argument: &[u8]| {
        let call = [argument, b"\x10\x00"].concat();
        let mut places = wasm.windows(call.len());
        places.position(|bytes| bytes == call).unwrap() + argument.len()
    };
    let (first, second) = (call(b"\x41\x10"), call(b"\x20\x00"));
    let told = |wat: &str| run(wat).fails(134);
    let at = |offset: usize| format!("twice (wasm-function[1] at {offset:#x})");
    assert!(told(NESTED).contains(&at(second)), "{}", told(NESTED));
    // A constant as long, which the first of the calls is bad with.
    let other = NESTED.replace("i32.const 16", "i32.const -1");
    assert!(told(&other).contains(&at(first)), "{}", told(&other));
}

#[test]
fn a_traps_offset_is_the_instructions() {
    let wat = r#"(module (func (export "_start") (drop (i32.const 424242)) unreachable))"#;
    let wasm = wat::parse_str(wat).unwrap();
    let before = b"\x41\xb2\xf2\x19\x1a"; // i32.const 424242, drop
    let at = wasm
        .windows(before.len())
        .position(|bytes| bytes == before)
        .unwrap();
    let expected = format!(
        "error: wasm trap: unreachable executed\n  #0 (wasm-function[0] at {:#x})\n",
        at + before.len()
    );
    assert_eq!(run(wat).fails(134), expected);
}

#[test]
fn an_exhausted_stack_is_a_trap() {
    let deep = r#"(module
        (func $deep (param i64) (result i64)
            (i64.add (call $deep (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))
        (func (export "_start") (drop (call $deep (i64.const 0)))))"#;
    let told = run(deep).fails(134);
    let begin = "error: wasm trap: call stack exhausted\n  #0 deep (wasm-function[0] at 0x";
    assert!(told.starts_with(begin), "{told}");
    let calls = told
        .lines()
        .filter(|line| line.contains(" deep (wasm-function[0] at 0x"));
    assert_eq!(calls.count(), 32);
}

#[test]
fn the_stacks_size_is_as_asked() {
    let folder = Folder::new();
    let told = Outcome::of(&mut folder.built(DEEP, &["--stack-size", "1M"])).fails(134);
    assert!(told.contains("call stack exhausted"), "{told}");
    Outcome::of(&mut folder.built(DEEP, &["--stack-size", "64M"])).succeeds();
}

#[test]
fn an_unknown_import_can_be_a_trap() {
    let wat = r#"(module
        (import "env" "frobnicate" (func $frobnicate (param i32) (result i32)))
        (func (export "_start") (drop (call $frobnicate (i32.const 1)))))"#;
    let folder = Folder::new();
    let told = Outcome::of(&mut folder.built(wat, &["--unknown-imports", "trap"])).fails(134);
    let begin = "error: wasm trap: unknown import called: env::frobnicate\n";
    assert!(told.starts_with(begin), "{told}");
}

#[test]
fn an_unknown_import_that_is_not_called_does_no_harm() {
    let wat = r#"(module
        (import "env" "frobnicate" (func (param i32) (result i32)))
        (func (export "_start")))"#;
    let folder = Folder::new();
    Outcome::of(&mut folder.built(wat, &["--unknown-imports", "trap"])).succeeds();
}

const UNREACHABLE: &str = r#"(module (func (export "_start") unreachable))"#;
const UNCAUGHT: &str = r#"(module (tag $t) (func (export "_start") (throw $t)))"#;

/// Runs the program under this variable at launch; gives the status or signal that ends it.
fn ends(folder: &Folder, trap: Option<&str>) -> Result<i32, i32> {
    let mut app = folder.command(folder.path("app"));
    app.envs(trap.map(|value| ("KILN_TRAP", value)));
    // A default action is taken though whoever starts the program has the signal ignored and blocked.
    let ignore = || {
        // SAFETY: both calls may be made between fork and exec, and the set is made before it is used.
        unsafe {
            libc::signal(libc::SIGABRT, libc::SIG_IGN);
            let mut set = std::mem::zeroed();
            libc::sigemptyset(&mut set);
            libc::sigaddset(&mut set, libc::SIGABRT);
            libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
        }
        Ok(())
    };
    // SAFETY: see there.
    unsafe { app.pre_exec(ignore) };
    let outcome = Outcome::of(&mut app);
    assert!(outcome.stderr.starts_with("error: "), "{outcome:?}");
    outcome.status
}

#[test]
fn traps_and_exceptions_end_by_a_signal_where_asked_for() {
    let aborted = Err(libc::SIGABRT);
    for (wat, status) in [(UNREACHABLE, Ok(134)), (UNCAUGHT, Ok(1))] {
        let folder = Folder::new();
        folder.built(wat, &[]);
        assert_eq!(ends(&folder, None), status);
        assert_eq!(ends(&folder, Some("exit")), status);
        assert_eq!(ends(&folder, Some("abort")), aborted);
        folder.built(wat, &["--trap-signal"]);
        assert_eq!(ends(&folder, None), aborted);
        assert_eq!(ends(&folder, Some("exit")), status);
        folder.built(wat, &["--seal"]);
        assert_eq!(ends(&folder, Some("abort")), status);
        folder.built(wat, &["--seal", "--trap-signal"]);
        assert_eq!(ends(&folder, Some("exit")), aborted);
    }
}

#[test]
fn a_library_has_no_trap_signal() {
    let folder = Folder::new();
    folder.write("app.wat", UNREACHABLE);
    let build = ["build", "--emit", "obj", "--trap-signal", "app.wat"];
    let told = Outcome::of(&mut folder.kiln(build)).fails(1);
    assert!(
        told.contains("a library cannot end its traps by a signal"),
        "{told}"
    );
}
