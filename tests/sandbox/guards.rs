//! The address space below memories, where an index leads that compiled code takes for negative: nothing is
//! accessible there but, in an executable, the state.

use super::Program;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::io::{Read as _, Write as _};
use std::ops::Range;
use std::process::{Child, Stdio};

/// Says that it runs, and waits for input. Memory 1 has a length that nothing else has.
const WAITING: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (memory $second 7 9)
    (global $count (mut i32) (i32.const 0))
    (data (i32.const 0) "\08\00\00\00\01\00\00\00!")
    (func (export "_start")
        (global.set $count (memory.grow $second (i32.const 0)))
        (i32.store $second (i32.const 8) (global.get $count))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))))"#;
const SECOND_LEN: usize = 7 << 16;
const MEMORY_BASE: usize = 0x7000_0000;
const STATE: usize = 0x5000_0000;
const REACH: usize = 2 << 30;

/// A line of `/proc/PID/maps`.
struct Mapping {
    range: Range<usize>,
    is_accessible: bool,
}

fn mappings(child: &Child) -> Result<Vec<Mapping>> {
    let maps = fs::read_to_string(format!("/proc/{}/maps", child.id()))?;
    let parse = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let address = |text| usize::from_str_radix(text, 16).ok();
        let is_accessible = !rest.starts_with("---");
        let range = address(start)?..address(end)?;
        Some(Mapping {
            range,
            is_accessible,
        })
    };
    let mappings: Option<_> = maps.lines().map(parse).collect();
    mappings.with_context(|| maps.clone())
}

/// The mappings of the program while it waits.
fn mappings_of_waiting() -> Result<Vec<Mapping>> {
    let program = Program::new(WAITING, |_| {})?;
    let mut command = program.command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut said = [0];
    child
        .stdout
        .as_mut()
        .context("piped")?
        .read_exact(&mut said)?;
    ensure!(said == *b"!");
    let mappings = mappings(&child)?;
    child.stdin.as_mut().context("piped")?.write_all(b"?")?;
    ensure!(child.wait()?.success());
    Ok(mappings)
}

#[test]
fn below_memory_0_nothing_but_the_state_is_accessible() -> Result<()> {
    let mappings = mappings_of_waiting()?;
    let below = mappings.iter().filter(|m| m.range.start < MEMORY_BASE);
    let below: Vec<_> = below.map(|m| (m.range.clone(), m.is_accessible)).collect();
    let [(state, true), (guard, false)] = &below[..] else {
        anyhow::bail!("{below:x?}");
    };
    ensure!(
        state.start == STATE && state.end < guard.start,
        "{below:x?}"
    );
    ensure!(*guard == (0x6000_0000..MEMORY_BASE), "{below:x?}");
    Ok(())
}

#[test]
fn below_any_other_memory_nothing_is_accessible() -> Result<()> {
    let mappings = mappings_of_waiting()?;
    let is_second = |m: &&Mapping| m.is_accessible && m.range.len() == SECOND_LEN;
    let second = mappings.iter().find(is_second).context("no memory 1")?;
    let reach = second.range.start - REACH..second.range.start;
    let guards =
        |m: &Mapping| !m.is_accessible && m.range.start <= reach.start && m.range.end == reach.end;
    ensure!(mappings.iter().any(guards), "{reach:x?}");
    Ok(())
}
