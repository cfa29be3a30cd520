//! Executables on odd hosts: started with more rights than their user's, with signals blocked, in a
//! sandbox, on an old processor, under qemu's user mode.

use crate::support::{Folder, HELLO, HELLO_PRINTS, Outcome};
use kiln_tests::tools::debian;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

const ENVIRON: &str = include_str!("../data/environ.wat");

/// Traps as many ways as there are, by its number of arguments, its name included.
const TRAPS: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get"
        (func $args_sizes_get (param i32 i32) (result i32)))
    (type $unary (func (param i32) (result i32)))
    (memory (export "memory") 1 1)
    (table $table 3 3 funcref)
    (elem (i32.const 1) $other)
    (func $other (param f64))
    (func $deep (param i64) (result i64)
        (i64.add (call $deep (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))
    (func $is (param i32) (result i32) (i32.eq (local.get 0) (i32.load (i32.const 0))))
    (func (export "_start")
        (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
        (if (call $is (i32.const 1)) (then unreachable))
        (if (call $is (i32.const 2)) (then (drop (i32.load (i32.const 65533)))))
        (if (call $is (i32.const 3)) (then (drop (i32.load (i32.const -5)))))
        (if (call $is (i32.const 4))
            (then (drop (i32.div_u (i32.const 1) (i32.load (i32.const 64))))))
        (if (call $is (i32.const 5)) (then (drop (i32.trunc_f32_u (f32.const nan)))))
        (if (call $is (i32.const 6)) (then (drop (call $deep (i64.const 0)))))
        (if (call $is (i32.const 7)) (then (drop (table.get $table (i32.const 7)))))
        (if (call $is (i32.const 8))
            (then (drop (call_indirect (type $unary) (i32.const 1) (i32.const 1)))))))"#;

const TRAP_WORDS: [&str; 8] = [
    "unreachable executed",
    "out of bounds memory access",
    "out of bounds memory access",
    "integer divide by zero",
    "invalid conversion to integer",
    "call stack exhausted",
    "out of bounds table access",
    "indirect call type mismatch",
];

/// Runs [`TRAPS`] once for each trap, by the command that `start` makes.
fn check_traps(start: impl Fn() -> Command) {
    for (arguments, words) in TRAP_WORDS.iter().enumerate() {
        let told = Outcome::of(start().args(vec!["x"; arguments])).fails(134);
        let begin = format!("error: wasm trap: {words}");
        assert!(told.starts_with(&begin), "{arguments}: {told}");
    }
}

// The bit that makes the kernel set AT_SECURE counts where the file system is not mounted nosuid. So
// the executable lies on a file system of the test's own, in a mount namespace of its own.
#[test]
fn a_program_with_rights_of_its_own_is_sealed() {
    let folder = Folder::new();
    folder.built(ENVIRON, &["--env", "A=1"]);
    let script = "mkdir -p mnt && mount -t tmpfs -o suid,exec,mode=755 tmpfs mnt \
        && chmod 777 . && cp app mnt/app && chown 65534 mnt/app && chmod \"$1\" mnt/app && exec mnt/app";
    let run = |mode: &str| {
        let mut command = folder.command("unshare");
        command.args(["--mount", "sh", "-c", script, "sh", mode]);
        command.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        command
            .env("KILN_ENV", "A=2;B=3")
            .env("KILN_STDOUT", "planted");
        Outcome::of(&mut command)
    };
    assert_eq!(run("4755").succeeds(), "A=1\0");
    assert!(!folder.names().contains(&"planted".into()));
    // The variables do count where the user is the program's owner in all but name.
    assert_eq!(run("0755").succeeds(), "");
    assert_eq!(fs::read(folder.path("planted")).unwrap(), b"A=2\0B=3\0");
}

#[test]
fn traps_are_told_where_the_parent_blocks_or_ignores_their_signals() {
    let folder = Folder::new();
    folder.built(TRAPS, &[]);
    for ignores in [false, true] {
        check_traps(|| {
            let mut command = folder.command(folder.path("app"));
            command.arg0("app");
            let prepare = move || {
                // SAFETY: the calls are async-signal-safe, and the set is initialised by the first.
                unsafe {
                    let mut set = std::mem::zeroed();
                    libc::sigfillset(&mut set);
                    libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
                    for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
                        if ignores {
                            libc::signal(signal, libc::SIG_IGN);
                        }
                    }
                }
                Ok(())
            };
            // SAFETY: see there.
            unsafe { command.pre_exec(prepare) };
            command
        });
    }
}

/// Makes system calls fail in what a command starts, all with one error.
fn deny(command: &mut Command, calls: &[libc::c_long], errno: i32) {
    let denied = calls.iter().map(|call| (*call, errno)).collect();
    kiln_tests::seccomp::deny(command, denied);
}

/// Has large initial contents, grows its memory and its table twice, and looks at all of them.
fn growing() -> String {
    let contents = "a".repeat(300_000);
    format!(
        r#"(module
            (memory (export "memory") 20)
            (data (i32.const 4096) "{contents}")
            (table $table 10 funcref)
            (elem (i32.const 3) $look)
            (func $look
                (if (i32.ne (i32.load8_u (i32.const 100000)) (i32.const 97)) (then unreachable))
                (if (i32.ne (i32.load8_u (i32.const 1000000)) (i32.const 7)) (then unreachable)))
            (func (export "_start")
                (i32.store8 (i32.const 1000000) (i32.const 7))
                (if (i32.eq (table.grow $table (ref.null func) (i32.const 100000)) (i32.const -1))
                    (then unreachable))
                (if (i32.eq (table.grow $table (ref.null func) (i32.const 300000)) (i32.const -1))
                    (then unreachable))
                (if (i32.eq (memory.grow (i32.const 20)) (i32.const -1)) (then unreachable))
                (i32.store (i32.const 2600000) (i32.const 1))
                (call_indirect $table (i32.const 3))))"#
    )
}

#[test]
fn system_calls_with_a_substitute_may_be_denied() {
    const CALLS: &[libc::c_long] = &[
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_munmap,
        libc::SYS_madvise,
        libc::SYS_exit_group,
    ];
    for checks in ["guard", "explicit"] {
        let folder = Folder::new();
        folder.built(&growing(), &["--bounds-checks", checks]);
        for errno in [libc::EPERM, libc::ENOSYS] {
            let mut run = folder.command(folder.path("app"));
            deny(&mut run, CALLS, errno);
            assert_eq!(Outcome::of(&mut run).succeeds(), "");
        }
        // Traps are told as ever.
        folder.built(TRAPS, &["--bounds-checks", checks]);
        check_traps(|| {
            let mut run = folder.command(folder.path("app"));
            deny(&mut run, &[libc::SYS_mprotect], libc::EPERM);
            run
        });
    }
}

#[test]
fn system_calls_without_a_substitute_are_named() {
    let folder = Folder::new();
    folder.built(HELLO, &["--timeout", "10s", "--dir", "."]);
    const CALLS: [(&[libc::c_long], &str); 6] = [
        (&[libc::SYS_mmap], "mmap"),
        (&[libc::SYS_sigaltstack], "sigaltstack"),
        (&[libc::SYS_rt_sigaction], "rt_sigaction"),
        (&[libc::SYS_rt_sigprocmask], "rt_sigprocmask"),
        (&[libc::SYS_setitimer], "setitimer"),
        (&[libc::SYS_openat], "openat"),
    ];
    for (calls, name) in CALLS {
        for errno in [libc::EPERM, libc::ENOSYS] {
            let mut run = folder.command(folder.path("app"));
            deny(&mut run, calls, errno);
            let told = Outcome::of(&mut run).fails(1);
            let help = format!(
                "\nhelp: the sandbox (seccomp filter) that the program runs in must allow {name}\n"
            );
            assert!(told.starts_with("error: cannot "), "{told}");
            assert!(told.ends_with(&help), "{told}");
        }
    }
}

/// The command that runs programs as on another processor, in qemu's user mode.
fn qemu(folder: &Folder, options: &[&str]) -> Command {
    const QEMU: &str = "/usr/bin/qemu-x86_64-static";
    debian(&["qemu-user-static"], &[QEMU]).unwrap();
    let mut command = folder.command(QEMU);
    command.args(options);
    command
}

#[test]
fn traps_are_told_under_qemu() {
    let folder = Folder::new();
    folder.built(TRAPS, &[]);
    check_traps(|| {
        let mut run = qemu(&folder, &[]);
        run.arg(folder.path("app"));
        run
    });
}

#[test]
fn a_processor_that_lacks_what_was_asked_for_is_told_of() {
    let folder = Folder::new();
    let run = |processor: &str, level: &str| {
        folder.built(HELLO, &["--cpu", level]);
        let mut run = qemu(&folder, &["-cpu", processor]);
        Outcome::of(run.arg(folder.path("app")))
    };
    assert_eq!(run("qemu64", "x86-64").succeeds(), HELLO_PRINTS);
    assert_eq!(run("Nehalem", "x86-64-v2").succeeds(), HELLO_PRINTS);
    assert_eq!(
        run("qemu64", "x86-64-v2").fails(1),
        "error: this processor lacks ssse3, sse41, sse42, popcnt, for which this was built (--cpu \
         x86-64-v2)\nhelp: without `--cpu` it is built for any x86-64 processor\n"
    );
    assert_eq!(
        run("Nehalem", "x86-64-v3").fails(1),
        "error: this processor lacks avx, avx2, fma, bmi1, bmi2, lzcnt, for which this was built \
         (--cpu x86-64-v3)\nhelp: without `--cpu` it is built for any x86-64 processor\n"
    );
    let told = run("Nehalem", "x86-64-v4").fails(1);
    assert!(told.contains("avx512f, avx512dq, avx512vl"), "{told}");
}

/// Each exception holds the one before.
#[test]
fn a_chain_of_exceptions_takes_time_in_proportion_to_its_length() {
    let wat = r#"(module
        (tag $link (param exnref))
        (func $add (param $chain exnref) (result exnref)
            (block $caught (result exnref exnref)
                (try_table (catch_ref $link $caught) (throw $link (local.get $chain)))
                (unreachable))
            (local.set $chain)
            (drop)
            (local.get $chain))
        (func (export "_start") (local $left i32) (local $chain exnref)
            (local.set $left (i32.const 2_000_000))
            (loop $more
                (local.set $chain (call $add (local.get $chain)))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br_if $more (local.get $left)))
            (loop $back
                (local.set $left (i32.add (local.get $left) (i32.const 1)))
                (block $caught (result exnref)
                    (try_table (catch $link $caught) (throw_ref (local.get $chain)))
                    (unreachable))
                (local.set $chain)
                (br_if $back (i32.eqz (ref.is_null (local.get $chain)))))
            (if (i32.ne (local.get $left) (i32.const 2_000_000)) (then unreachable))))"#;
    // It takes half a second; a quadratic collector would take an hour.
    let folder = Folder::new();
    assert_eq!(
        Outcome::of(&mut folder.built(wat, &["--timeout", "60s"])).succeeds(),
        ""
    );
}
