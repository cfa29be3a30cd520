//! Executables where address space is limited (`ulimit -v`): what explicit bounds checks are for. And
//! what is told of other limits that stand in the way.

use crate::support::{Folder, Outcome};
use std::path::Path;
use std::process::Command;

/// Grows to 512 MiB step by step, as memory comes to be allocated, and sees each time that what was
/// in it is in it still, initial contents first.
const GROW: &str = r#"(module
    (memory (export "memory") 3)
    (data (i32.const 1000) "begin")
    (data (i32.const 131072) "0123456789abcdef")
    (func $expect (param $at i32) (param $value i32)
        (if (i32.ne (i32.load (local.get $at)) (local.get $value)) (then unreachable)))
    (func (export "_start") (local $end i32)
        (loop $more
            (call $expect (i32.const 1000) (i32.const 0x69676562))
            (call $expect (i32.const 131072) (i32.const 0x33323130))
            (local.set $end (i32.shl (memory.size) (i32.const 16)))
            (if (i32.eq (memory.grow (i32.const 37)) (i32.const -1)) (then unreachable))
            (call $expect (local.get $end) (i32.const 0))
            (i32.store (local.get $end) (local.get $end))
            (i32.store (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 4)) (local.get $end))
            (call $expect (local.get $end) (local.get $end))
            (br_if $more (i32.lt_u (memory.size) (i32.const 8192))))
        (memory.fill (i32.const 0) (i32.const 7) (i32.const 1000))
        (call $expect (i32.const 996) (i32.const 0x07070707))))"#;

/// MiB of address space beside the memory's 512.
const BESIDE: u64 = 64;

/// A command that runs `program` with so much address space.
fn limited(folder: &Folder, program: &Path, mebibytes: u64) -> Command {
    let mut shell = folder.command("sh");
    let script = format!("ulimit -v {} && exec \"$0\"", mebibytes << 10);
    shell.arg("-c").arg(script).arg(program);
    shell
}

#[test]
fn explicit_checks_need_hardly_more_than_the_memory() {
    let folder = Folder::new();
    folder.built(GROW, &["--bounds-checks", "explicit"]);
    let app = folder.path("app");
    let mut run = limited(&folder, &app, 512 + BESIDE);
    assert_eq!(Outcome::of(&mut run).succeeds(), "");
    // The module takes a failure to grow for an error of its own.
    let told = Outcome::of(&mut limited(&folder, &app, 400)).fails(134);
    assert!(told.contains("unreachable"), "{told}");
}

#[test]
fn guards_where_address_space_is_limited_are_told_of() {
    let folder = Folder::new();
    folder.built(GROW, &[]);
    let app = folder.path("app");
    let told = Outcome::of(&mut limited(&folder, &app, 512 + BESIDE)).fails(1);
    let expected = "error: cannot reserve 8 GiB of address space: the limit on it (ulimit -v, \
                    RLIMIT_AS) is 576 MiB\n\
                    help: what is built with `--bounds-checks explicit` needs no such \
                    reservation\n";
    assert_eq!(told, expected);
    // What even explicit checks need.
    folder.built(
        GROW,
        &["--bounds-checks", "explicit", "--stack-size", "100M"],
    );
    let told = Outcome::of(&mut limited(&folder, &app, 50)).fails(1);
    assert!(
        told.contains("ulimit -v") && told.contains("50 MiB"),
        "{told}"
    );
    assert!(!told.contains("explicit"), "{told}");
}

#[test]
fn limits_on_data_and_descriptors_are_told_of() {
    let folder = Folder::new();
    let app = folder.built(GROW, &["--dir", "."]).get_program().to_owned();
    let under = |limit: &str| {
        let mut shell = folder.command("sh");
        shell
            .args(["-c", &format!("ulimit {limit} && exec \"$0\"")])
            .arg(&app);
        Outcome::of(&mut shell).fails(1)
    };
    let data = "error: cannot reserve 8 MiB of address space: the limit on data (ulimit -d, \
                RLIMIT_DATA) is 4 MiB\n";
    assert_eq!(under("-d 4096"), data);
    let files = "error: cannot open the directory `.`: too many open files (EMFILE): the limit on \
                 them (ulimit -n, RLIMIT_NOFILE) is 3\n";
    assert_eq!(under("-n 3"), files);
}

#[test]
fn initial_contents_of_any_size_are_there() {
    // Large ones are moved into memories that stay where they are.
    let contents = "abcdefgh".repeat(20_000);
    let wat = format!(
        r#"(module
            (memory (export "memory") 3)
            (data (i32.const 4096) "{contents}")
            (func (export "_start")
                (if (i32.eq (memory.grow (i32.const 2000)) (i32.const -1)) (then unreachable))
                (if (i64.ne (i64.load (i32.const 4096)) (i64.load (i32.const 164088)))
                    (then unreachable))))"#
    );
    let folder = Folder::new();
    for checks in ["guard", "explicit"] {
        Outcome::of(&mut folder.built(&wat, &["--bounds-checks", checks])).succeeds();
    }
}

#[test]
fn an_access_out_of_bounds_is_a_trap() {
    let folder = Folder::new();
    for access in [
        "(i32.load (i32.const 65533))",
        "(i32.load offset=0xffffffff (i32.const -1))",
        "(i32.load8_u (i32.const -1))",
        "(i64.load offset=65529 (i32.const 0))",
        "(i64.load $wide (i64.const -8))",
        "(i64.load $wide offset=0xfffffffffffffff8 (i64.const 0))",
    ] {
        let wat = format!(
            "(module (memory 1) (memory $wide i64 1) (func (export \"_start\") (drop {access})))"
        );
        let told =
            Outcome::of(&mut folder.built(&wat, &["--bounds-checks", "explicit"])).fails(134);
        assert!(
            told.contains("out of bounds memory access"),
            "{access}: {told}"
        );
    }
}
