//! Profiles: `--profile-generate`, a run, `--profile-use`.

use crate::support::{Folder, Outcome};
use std::fs;
use std::process::Command;

/// Adds up in a loop by a function that is too large to be inlined without a profile, and exits with 3, by
/// way of a second function with an argument, which traps for any but one.
const LOOP: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func $work (param $x i32) (result i32)
        BODY
        (if (i32.eqz (local.get $x)) (then (return (i32.const 1))))
        (local.get $x))
    (func $end (param $arguments i32)
        (if (i32.ne (local.get $arguments) (i32.const 1)) (then unreachable))
        (call $exit (i32.const 3)))
    (func $cold (result i32) (i32.add (call $work (i32.const 5)) (call $work (i32.const 6))))
    (func (export "_start") (call $main))
    (func $main (local $i i32) (local $sum i32)
        (loop $fill
            (i32.store offset=64 (i32.shl (local.get $i) (i32.const 2)) (local.get $i))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $fill (i32.lt_u (local.get $i) (i32.const 1000))))
        (local.set $i (i32.const 0))
        (loop $again
            (local.set $sum (i32.add (local.get $sum) (call $work (local.get $i))))
            (if (i32.eq (local.get $i) (i32.const -1)) (then (drop (call $cold))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 5000))))
        (drop (call $sizes (i32.const 0) (i32.const 4)))
        (call $end (i32.load (i32.const 0)))))"#;

fn module() -> String {
    let step = "(local.set $x (i32.xor (i32.rotl (local.get $x) (i32.const 5)) (local.get $x)))\n";
    LOOP.replace("BODY", &step.repeat(30))
}

/// A folder with the module and a profile of one run, `app.kprof`.
fn profiled() -> Folder {
    let folder = Folder::new();
    let mut app = folder.built(&module(), &["--profile-generate"]);
    app.env("KILN_PROFILE_FILE", "app.kprof");
    assert_eq!(Outcome::of(&mut app).fails(3), "");
    folder
}

fn listing(folder: &Folder, flags: &[&str]) -> String {
    let build = ["build", "app.wat", "--emit", "asm", "-o", "-"];
    let build = build.iter().chain(flags);
    Outcome::of(&mut folder.kiln(build)).succeeds()
}

/// The number of call instructions in a listing.
fn calls(listing: &str) -> usize {
    let lines = listing.lines();
    lines
        .filter(|line| line.split_whitespace().any(|word| word.starts_with("call")))
        .count()
}

/// The sum of all counters of a file.
fn counted(folder: &Folder, name: &str) -> u64 {
    let bytes = fs::read(folder.path(name)).unwrap();
    let words = bytes
        .as_chunks()
        .0
        .iter()
        .map(|word| u64::from_le_bytes(*word));
    let words: Vec<u64> = words.collect();
    words[4 + 2 * words[1] as usize + words[2] as usize..]
        .iter()
        .sum()
}

#[test]
fn hot_calls_are_inlined() {
    let folder = profiled();
    let before = listing(&folder, &[]);
    let after = listing(&folder, &["--profile-use", "app.kprof"]);
    assert_eq!(calls(&after), calls(&before) - 1, "{before}\n{after}");
    for level in ["-O2", "-Os"] {
        let mut app = folder.built(&module(), &["--profile-use", "app.kprof", level]);
        assert_eq!(Outcome::of(&mut app).fails(3), "");
        let told = Outcome::of(&mut folder.kiln(["inspect", "app"])).succeeds();
        assert!(
            told.contains("profile        used: knows 5 of 5 functions"),
            "{told}"
        );
    }
}

/// Calls by an index that is 1 in most cases, or, with an argument, at last by one beyond the table; exits with
/// what comes out.
const INDIRECT: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (type $t (func (param i32) (result i32)))
    (table 4 4 funcref)
    (elem (i32.const 0) $none $often $seldom)
    (func $none)
    (func $often (type $t) (i32.xor (local.get 0) (i32.const 0x5ca1ab1e)))
    (func $seldom (type $t) (i32.add (local.get 0) (i32.const 1)))
    (func $by (param $value i32) (param $index i32) (result i32)
        (call_indirect (type $t) (local.get $value) (local.get $index)))
    (func $start (export "_start") (local $i i32) (local $sum i32)
        (drop (call $sizes (i32.const 0) (i32.const 4)))
        (loop $again
            (local.set $sum (call $by (local.get $sum)
                (select (i32.const 2) (i32.const 1) (i32.eqz (i32.rem_u (local.get $i) (i32.const 7))))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 1000))))
        (if (i32.gt_u (i32.load (i32.const 0)) (i32.const 2)) (then (drop (call $by (i32.const 0) (i32.const 0)))))
        (if (i32.gt_u (i32.load (i32.const 0)) (i32.const 1)) (then (drop (call $by (i32.const 0) (i32.const 9)))))
        (call $exit (i32.and (local.get $sum) (i32.const 63)))))"#;

#[test]
fn an_indirect_call_tries_the_most_frequent_callee() {
    let folder = Folder::new();
    let run = |mut app: Command| {
        let ends = [&[][..], &["x"], &["x", "y"]];
        ends.map(|args| Outcome::of(app.args(args)))
    };
    let expected = run(folder.built(INDIRECT, &[]));
    assert_eq!(expected[0].stderr, "");
    assert!(
        expected[1].stderr.contains("undefined element"),
        "{expected:?}"
    );
    assert!(expected[2].stderr.contains("type mismatch"), "{expected:?}");
    let constant = |listing: &str| listing.to_lowercase().matches("5ca1ab1e").count();
    let before = constant(&listing(&folder, &[]));
    let mut app = folder.built(INDIRECT, &["--profile-generate"]);
    app.env("KILN_PROFILE_FILE", "app.kprof");
    assert_eq!(Outcome::of(&mut app), expected[0]);
    let after = constant(&listing(&folder, &["--profile-use", "app.kprof"]));
    assert!((1..after).contains(&before), "{before} {after}");
    for more in [
        ["-O2", "--spectre=on"],
        ["-O2", "--spectre=off"],
        ["-Os", "--spectre=off"],
    ] {
        let flags = [&["--profile-use", "app.kprof"][..], &more].concat();
        assert_eq!(run(folder.built(INDIRECT, &flags)), expected);
    }
}

#[test]
fn runs_add_up_however_they_end() {
    let folder = Folder::new();
    for level in ["-O0", "-O2", "-Os"] {
        folder.built(
            &module(),
            &["--profile-generate", level, "--sandbox=require"],
        );
        let told = Outcome::of(&mut folder.kiln(["inspect", "app"])).succeeds();
        assert!(told.contains("profile        generated"), "{told}");
        let mut app = folder.command(folder.path("app"));
        assert_eq!(Outcome::of(&mut app).fails(3), "");
        let once = counted(&folder, "default.kprof");
        assert!((10_000..30_000).contains(&once), "{once}");
        // A trap, with an argument.
        let told = Outcome::of(app.arg("x")).fails(134);
        assert!(told.contains("unreachable"), "{told}");
        // The condition in front of it holds.
        assert_eq!(counted(&folder, "default.kprof"), 2 * once + 1);
        // Each level of optimisation counts the same.
        let mut last = folder.command(folder.path("app"));
        last.env("KILN_PROFILE_FILE", level);
        assert_eq!(Outcome::of(&mut last).fails(3), "");
        assert_eq!(counted(&folder, level), once);
        fs::remove_file(folder.path("default.kprof")).unwrap();
    }
    let read = |level| fs::read(folder.path(level)).unwrap();
    assert_eq!(read("-O0"), read("-O2"));
    assert_eq!(read("-O0"), read("-Os"));
}

#[test]
fn a_timeout_keeps_what_was_counted() {
    let folder = Folder::new();
    let wat = r#"(module (func (export "_start") (loop $l (br $l))))"#;
    let mut app = folder.built(wat, &["--profile-generate", "--timeout", "300ms"]);
    let told = Outcome::of(&mut app).fails(124);
    assert!(told.contains("time limit"), "{told}");
    assert!(counted(&folder, "default.kprof") > 1000);
}

#[test]
fn a_changed_module_keeps_what_is_alike() {
    let folder = profiled();
    // An import more moves every index, another constant and a further function change little.
    let changed = module()
        .replace(
            "(memory",
            r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory"#,
        )
        .replace(
            "(call $exit (i32.const 3))",
            "(call $exit (i32.const 4)) (call $exit (i32.const 5))",
        );
    folder.write("app.wat", changed);
    let build = ["build", "app.wat", "--profile-use", "app.kprof"];
    let told = Outcome::of(&mut folder.kiln(build));
    assert_eq!(told.status, Ok(0));
    let expected = "warning: 4 of 5 functions are as the profile app.kprof knows them; the others are \
                    compiled as without it\n";
    assert_eq!(told.stderr, expected);
    assert_eq!(
        Outcome::of(&mut folder.command(folder.path("app"))).fails(4),
        ""
    );
}

#[test]
fn several_profiles_add_up() {
    let folder = profiled();
    fs::copy(folder.path("app.kprof"), folder.path("b.kprof")).unwrap();
    let flags = ["--profile-use", "app.kprof"];
    let both = [flags, ["--profile-use", "b.kprof"]].concat();
    assert_eq!(listing(&folder, &flags), listing(&folder, &both));
}

#[test]
fn what_is_no_profile_is_refused() {
    let folder = profiled();
    let profile = fs::read(folder.path("app.kprof")).unwrap();
    let mut other = profile.clone();
    other[7] += 1;
    let mut foreign = profile.clone();
    foreign[32..32 + 16 * 5]
        .chunks_mut(16)
        .for_each(|record| record[0] ^= 1);
    let cases: [(&[u8], &str); 5] = [
        (b"", "app.kprof is no profile"),
        (
            b"\0asm\x01\0\0\0 and what follows in a module",
            "app.kprof is no profile",
        ),
        (&profile[..100], "the profile app.kprof is damaged"),
        (
            &other,
            "the profile app.kprof is of another version of Kiln",
        ),
        (&foreign, "the profile app.kprof is of another module"),
    ];
    for (bytes, expected) in cases {
        folder.write("app.kprof", bytes);
        let build = ["build", "app.wat", "--profile-use", "app.kprof"];
        let told = Outcome::of(&mut folder.kiln(build)).fails(1);
        assert!(told.contains(expected), "{told}");
        assert!(told.contains("help: "), "{told}");
    }
}

#[test]
fn a_program_does_not_count_in_what_is_anothers() {
    let folder = profiled();
    let app = || {
        let mut app = folder.command(folder.path("app"));
        app.env("KILN_PROFILE_FILE", "there");
        app
    };
    let profile = fs::read(folder.path("app.kprof")).unwrap();
    let mut foreign = profile.clone();
    foreign[32] ^= 1;
    for there in [&b"text"[..], &foreign] {
        folder.write("there", there);
        let told = Outcome::of(&mut app()).fails(1);
        assert!(
            told.contains("error: `there` is no profile of this program\nhelp: "),
            "{told}"
        );
        assert_eq!(fs::read(folder.path("there")).unwrap(), there);
    }
    fs::remove_file(folder.path("there")).unwrap();
    fs::create_dir(folder.path("there")).unwrap();
    let told = Outcome::of(&mut app()).fails(1);
    assert!(
        told.contains("cannot count in the file `there`: "),
        "{told}"
    );
}

#[test]
fn what_no_profile_goes_with_is_said() {
    let folder = profiled();
    let cases: [(&[&str], &str); 3] = [
        (
            &["--profile-generate", "--emit", "obj"],
            "a library makes no profile",
        ),
        (
            &["--profile-use", "app.kprof", "-O0"],
            "no profile is used where nothing is optimised",
        ),
        (
            &["--profile-use", "app.kprof", "--profile-generate"],
            "a profile is made or used, not both",
        ),
    ];
    for (flags, expected) in cases {
        let build = ["build", "app.wat"].iter().chain(flags);
        let told = Outcome::of(&mut folder.kiln(build)).fails(1);
        assert!(told.contains(expected), "{told}");
    }
    let told = Outcome::of(folder.built(&module(), &[]).env("KILN_PROFILE_FILE", "x")).fails(1);
    assert!(
        told.contains("built without `--profile-generate`"),
        "{told}"
    );
    // A library of the same functions is served by it.
    let library = [
        "build",
        "app.wat",
        "--emit",
        "obj",
        "--profile-use",
        "app.kprof",
    ];
    let told = Outcome::of(&mut folder.kiln(library));
    assert!(!told.stderr.contains("error"), "{}", told.stderr);
}
