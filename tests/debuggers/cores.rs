//! Core dumps: a trap raises a signal that makes one, it is not large, and gdb finds the guest's functions
//! in it.
//!
//! gdb makes the dump, at the signal: the kernel gives its own to whatever program the machine names in
//! /proc/sys/kernel/core_pattern. gdb's is the larger, because it reads what was never accessed too.

use super::gdb::{OUTERMOST, functions, gdb};
use super::{Program, from_line, printed, tells, tool};
use anyhow::{Context, Result, ensure};
use kiln_compiler::{BoundsChecks, ConfigEntry, Options};
use kiln_tests::{options, program};
use object::{Object, ObjectSegment};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

/// The stack of 8 MiB, the memory of 1.2 MiB and the runtime.
const LARGEST: u64 = 12 << 20;

/// Puts 16 bytes that no register and no file holds together into each memory, where it starts and where it has grown,
/// and into two globals, fills a table that lies in the state and one that has grown out of it, and traps.
const SECRETS: &str = r#"(module
    (memory (export "memory") 2 100)
    (memory $second 1 100)
    (table $kept 300 funcref)
    (table $grown 10 4000 funcref)
    (elem declare func $put)
    (global $first (mut i64) (i64.const 0))
    (global $last (mut i64) (i64.const 0))
    (func $word (param $from i64) (result i64)
        (i64.add (local.get $from) (i64.extend_i32_u (memory.size $second))))
    (func $put (param $at i32)
        (i64.store (local.get $at) (global.get $first))
        (i64.store offset=8 (local.get $at) (global.get $last)))
    (func $put_second (param $at i32)
        (i64.store $second (local.get $at) (global.get $first))
        (i64.store $second offset=8 (local.get $at) (global.get $last)))
    (func (export "_start")
        (global.set $first (call $word (i64.const 0x6767676767676766)))
        (global.set $last (call $word (i64.const 0x3838383838383837)))
        (drop (memory.grow (i32.const 9)))
        (drop (memory.grow $second (i32.const 9)))
        (call $put (i32.const 4096))
        (call $put (i32.const 262144))
        (call $put_second (i32.const 64))
        (call $put_second (i32.const 262144))
        (table.fill $kept (i32.const 0) (ref.func $put) (i32.const 300))
        (drop (table.grow $grown (ref.func $put) (i32.const 1000)))
        unreachable)
    (data (i32.const 4000) "PAGES"))"#;
const SECRET: &[u8; 16] = b"gggggggg88888888";

/// The parts of the guest that a dump holds.
#[derive(Debug, PartialEq)]
struct Dumped {
    /// The copies of [`SECRET`].
    secrets: usize,
    /// The tables whose elements are one function.
    tables: usize,
    /// Set where it holds the top of the stack.
    stack: bool,
}

const ALL: Dumped = Dumped {
    secrets: 5,
    tables: 2,
    stack: true,
};
const NOTHING: Dumped = Dumped {
    secrets: 0,
    tables: 0,
    stack: false,
};

/// Dumps [`SECRETS`] at its trap, and finds what the dump holds of it.
fn secrets_dumped(
    text: &str,
    launch: &[(&str, &str)],
    change: impl FnOnce(&mut Options),
) -> Result<Dumped> {
    let folder = tempfile::tempdir()?;
    let module = folder.path().join("secrets.wat");
    fs::write(&module, text)?;
    let mut options = options::options();
    options.bake(ConfigEntry::TrapSignal);
    options.bake(ConfigEntry::InheritVar(b"GIVEN"));
    change(&mut options);
    program::build(&module, options, &folder.path().join("program"))?;
    let program = Program { folder };

    let variables = [("GIVEN", "env-of-guest"), ("KEPT", "env-of-host")];
    let variables = variables.iter().chain(launch);
    let variables = variables.map(|(name, value)| format!("set environment {name} {value}"));
    let variables: Vec<_> = variables.collect();
    let commands = [
        "handle SIGSEGV nostop",
        "run",
        "print/x $rsp",
        "continue",
        "generate-core-file core",
    ];
    let commands: Vec<_> = variables
        .iter()
        .map(String::as_str)
        .chain(commands)
        .collect();
    let told = gdb(&program, &commands)?;
    tells(&told, "received signal SIGABRT")?;
    let core = fs::read(program.folder.path().join("core"))?;
    let count = |wanted: &[u8]| {
        core.windows(wanted.len())
            .filter(|part| *part == wanted)
            .count()
    };
    ensure!(count(b"env-of-guest") > 0, "a granted variable");
    ensure!(count(b"env-of-host") == 0, "a variable that is not granted");
    let (_, stack) = told.split_once("$1 = 0x").context("no stack pointer")?;
    let stack = stack.lines().next().unwrap_or_default();
    let stack = u64::from_str_radix(stack, 16)?;
    let parsed = object::File::parse(&*core)?;
    let (mut tables, mut has_stack) = (0, false);
    for segment in parsed.segments() {
        let data = segment.data()?;
        let end = segment.address() + data.len() as u64;
        has_stack |= (segment.address()..end).contains(&stack);
        tables += filled_tables(data);
    }
    Ok(Dumped {
        secrets: count(SECRET),
        tables,
        stack: has_stack,
    })
}

/// Counts the places where at least 256 words are one element of a table.
fn filled_tables(data: &[u8]) -> usize {
    let words = data.chunks_exact(8);
    let words: Vec<_> = words
        .map(|word| u64::from_le_bytes(word.try_into().expect("8 bytes")))
        .collect();
    let runs = words.chunk_by(|one, next| one == next);
    let elements = 1..1 << 47;
    runs.filter(|run| run.len() >= 256 && elements.contains(&run[0]))
        .count()
}

#[test]
fn a_dump_of_the_host_holds_nothing_of_the_guest() -> Result<()> {
    // A page that is full is moved into place.
    let full = SECRETS.replace("PAGES", &"full".repeat(5000));
    for text in [SECRETS, &full] {
        for checks in [BoundsChecks::Guard, BoundsChecks::Explicit] {
            let check = |options: &mut Options| options.bounds_checks = checks;
            let host = |options: &mut Options| {
                check(options);
                options.bake(ConfigEntry::HostDump);
            };
            let variable = |value| [("KILN_CORE_DUMP", value)];
            assert_eq!(secrets_dumped(text, &[], check)?, ALL);
            assert_eq!(secrets_dumped(text, &variable("full"), host)?, ALL);
            assert_eq!(secrets_dumped(text, &[], host)?, NOTHING);
            assert_eq!(secrets_dumped(text, &variable("host"), check)?, NOTHING);
        }
    }
    Ok(())
}

#[test]
fn a_dump_at_a_trap_is_small_and_names_functions() -> Result<()> {
    let program = Program::new("cores.wat", |options| {
        options.bake(ConfigEntry::TrapSignal);
    })?;
    let status = Command::new(program.path()).output()?.status;
    ensure!(status.signal() == Some(libc::SIGABRT), "{status}");

    let commands = ["handle SIGSEGV nostop", "run", "generate-core-file core"];
    let told = gdb(&program, &commands)?;
    tells(&told, "received signal SIGABRT")?;
    let len = fs::metadata(program.folder.path().join("core"))?.len();
    ensure!(len < LARGEST, "{len} bytes");

    let mut gdb = tool("gdb", &program)?;
    gdb.args(["--batch", "-nx", "-ex", "set backtrace past-main on"]);
    let told = printed(gdb.args([
        "-ex",
        "bt",
        "-ex",
        "x/wx 0x70001388",
        "-ex",
        "x/wx 0x70124f80",
        "program",
        "core",
    ]))?;
    let (_, trapped) = told
        .split_once("<signal handler called>")
        .ok_or_else(|| anyhow::anyhow!("no signal in:\n{told}"))?;
    let walk = functions(trapped);
    let guest = ["descend", "descend", "descend", "wasm-function[1]"];
    ensure!(
        walk.starts_with(&guest) && walk.ends_with(&OUTERMOST),
        "{told}"
    );
    // What the guest has stored, in the memory that it started with and in the one that it grew.
    tells(from_line(&told, "0x70001388:")?, "0x00000007")?;
    tells(from_line(&told, "0x70124f80:")?, "0x00000008")
}
