//! How programs end: their exit status, and what is said of traps.

use crate::support::{DEEP, Folder, Outcome};

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
        let begin = format!(
            "error: wasm trap: {kind}\n  in function `culprit` (index 1) at wasm offset 0x"
        );
        assert!(told.starts_with(&begin), "{body}: {told}");
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
    let inlined =
        "error: wasm trap: out of bounds memory access\n  in function `inlined` (index 0)";
    assert!(told.starts_with(inlined), "{told}");
    let wat = wat.replace("i32.const -1", "i32.const 0");
    let told = run(&wat.replace("WHICH", "later")).fails(134);
    let later = "error: wasm trap: integer divide by zero\n  in function `later` (index 2)";
    assert!(told.starts_with(later), "{told}");
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
        "error: wasm trap: unreachable executed\n  \
         in function (index 0) at wasm offset {:#x}\n",
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
    let begin = "error: wasm trap: call stack exhausted\n  in function `deep` (index 0)";
    assert!(told.starts_with(begin), "{told}");
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
