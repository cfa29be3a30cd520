//! The fold of constants into addresses (`compiler/src/optimize/addresses.rs`) at every edge: a model
//! of the specification says of each access whether it traps and where it goes.
//!
//! A case is a function that makes an access by an index of a certain form. A library is called with
//! every case and every index near an edge; an executable, which ends where it traps, with a sample.

use crate::support::Case;
use anyhow::{Context, Result, ensure};
use kiln_compiler::{Compiler, Emit};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const PAGE: u64 = 65536;
/// Indices where something changes: the ends of memories and of the numbers themselves.
const EDGES: [u64; 5] = [0, PAGE, 1 << 31, (1 << 32) - PAGE, 1 << 32];
/// Distances from an edge: all sizes of accesses, and one more or less.
const NEAR: [i64; 16] = [
    -17, -16, -15, -9, -8, -7, -4, -3, -2, -1, 0, 1, 4, 8, 15, 16,
];
const ADDED: [u32; 13] = [
    1,
    16,
    0xfff0,
    0xffff,
    0x1_0000,
    0x1_0001,
    0x7fff_ffff,
    0x8000_0000,
    -1_i32 as u32,
    -16_i32 as u32,
    -0xffff_i32 as u32,
    -0x1_0000_i32 as u32,
    -0x1_0001_i32 as u32,
];
const OFFSETS: [u32; 3] = [0, 8, 0xffff];
const SIZES: [u32; 5] = [1, 2, 4, 8, 16];
const STORED: u64 = 0x8182_8384_8586_8788;

/// An access by `((x & mask) + added) + more`, behind another by `x + before` where there is one.
#[derive(Clone, Copy)]
struct Access {
    mask: u32,
    more: u32,
    before: Option<(u32, u32)>,
    added: u32,
    offset: u32,
    size: u32,
    is_store: bool,
}

type Form = (u32, u32, Option<(u32, u32)>);

/// Instructions before the sum, as in `Access`: nothing, an access to another field, masks, a sum.
const FORMS: [Form; 8] = [
    (u32::MAX, 0, None),
    (u32::MAX, 0, Some((0, 0))),
    (u32::MAX, 0, Some((0, 64))),
    (u32::MAX, 0, Some((8, 0))),
    (u32::MAX, 0, Some((-8_i32 as u32, 4))),
    (0x7fff_ffff, 0, None),
    (0xfff8, 0, None),
    (u32::MAX, 4, None),
];

impl Access {
    fn all() -> Vec<Access> {
        let mut all = Vec::new();
        for (mask, more, before) in FORMS {
            for added in ADDED {
                for (offset, size) in OFFSETS.iter().flat_map(|o| SIZES.map(|s| (*o, s))) {
                    for is_store in [false, true] {
                        all.push(Access {
                            mask,
                            more,
                            before,
                            added,
                            offset,
                            size,
                            is_store,
                        });
                    }
                }
            }
        }
        all
    }

    fn text(&self) -> String {
        let x = format!("(i32.and (local.get $x) (i32.const {}))", self.mask as i32);
        let add = |index: &str, by: u32| format!("(i32.add {index} (i32.const {}))", by as i32);
        let index = match self.more {
            0 => add(&x, self.added),
            more => add(&add(&x, more), self.added),
        };
        let before = self.before.map_or(String::new(), |(by, offset)| {
            let index = if by == 0 { x.clone() } else { add(&x, by) };
            format!("(drop (i32.load8_u offset={offset} {index}))")
        });
        let offset = self.offset;
        let width = match self.size {
            1 => "8",
            2 => "16",
            4 => "32",
            _ => "",
        };
        let access = match (self.is_store, self.size) {
            (false, 16) => format!("(i64x2.extract_lane 1 (v128.load offset={offset} {index}))"),
            (false, 8) => format!("(i64.load offset={offset} {index})"),
            (false, _) => format!("(i64.load{width}_u offset={offset} {index})"),
            (true, 16) => {
                let value = format!("(i64x2.splat (i64.const {}))", STORED as i64);
                format!("(v128.store offset={offset} {index} {value}) (i64.const 0)")
            }
            (true, _) => {
                let value = format!("(i64.const {})", STORED as i64);
                format!("(i64.store{width} offset={offset} {index} {value}) (i64.const 0)")
            }
        };
        format!("{before} {access}")
    }

    /// The first byte that is accessed; none where the access traps, or the one before it.
    fn first(&self, x: u32, len: u64) -> Option<u64> {
        let x = x & self.mask;
        let is_inside = |first: u64, size: u32| first + u64::from(size) <= len;
        if let Some((by, offset)) = self.before {
            let first = u64::from(x.wrapping_add(by)) + u64::from(offset);
            is_inside(first, 1).then_some(())?;
        }
        let index = x.wrapping_add(self.more).wrapping_add(self.added);
        let first = u64::from(index) + u64::from(self.offset);
        is_inside(first, self.size).then_some(first)
    }

    fn value(&self, first: u64) -> u64 {
        let from = if self.size == 16 { first + 8 } else { first };
        let bytes = (from..from + u64::from(self.size.min(8))).rev();
        bytes.fold(0, |value, at| value << 8 | u64::from(mark(at)))
    }

    /// The `x` for which something happens near an edge.
    fn operands(&self) -> impl Iterator<Item = u32> {
        let total = self.added.wrapping_add(self.more);
        let moved = [total, total.wrapping_add(self.offset)];
        let edges = EDGES.into_iter().flat_map(move |edge| {
            let near = NEAR.into_iter().map(move |near| edge as i64 + near);
            near.flat_map(move |index| moved.map(|by| (index as u32).wrapping_sub(by)))
        });
        edges.collect::<std::collections::BTreeSet<_>>().into_iter()
    }
}

/// The byte that memory holds at an index: a pattern near edges, 0 elsewhere.
fn mark(at: u64) -> u8 {
    let is_near = EDGES
        .iter()
        .any(|edge| (edge.saturating_sub(64)..edge + 64).contains(&at));
    if is_near {
        (at as u8).wrapping_mul(167).wrapping_add(5)
    } else {
        0
    }
}

fn module(cases: &[Access], pages: u64) -> String {
    let (mut functions, mut names) = (String::new(), String::new());
    for (number, case) in cases.iter().enumerate() {
        let text = case.text();
        writeln!(
            functions,
            "(func $c{number} (param $x i32) (result i64) {text})"
        )
        .unwrap();
        write!(names, " $c{number}").unwrap();
    }
    let mut marks = String::new();
    for edge in EDGES {
        let from = edge.saturating_sub(64).min(pages * PAGE);
        let to = (edge + 64).min(pages * PAGE);
        write!(marks, "(call $mark (i64.const {from}) (i64.const {to})) ").unwrap();
    }
    format!(
        r#"(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") {pages})
  {functions}
  (type $case (func (param i32) (result i64)))
  (table funcref (elem{names}))
  (func $mark (param $at i64) (param $to i64)
    (block $done (loop $next
      (br_if $done (i64.ge_u (local.get $at) (local.get $to)))
      (i64.store8 (i32.wrap_i64 (local.get $at))
        (i64.add (i64.mul (local.get $at) (i64.const 167)) (i64.const 5)))
      (local.set $at (i64.add (local.get $at) (i64.const 1)))
      (br $next))))
  (func $access (export "access") (param $case i32) (param $x i32) (result i64)
    (call_indirect (type $case) (local.get $x) (local.get $case)))
  (func $prepare (export "prepare") {marks})
  ;; Standard input: the case, x, and two indices whose bytes follow the result on standard output.
  (func (export "_start")
    (local $case i32) (local $x i32) (local $from i32) (local $to i32) (local $value i64)
    (i32.store (i32.const 128) (i32.const 136))
    (i32.store (i32.const 132) (i32.const 16))
    (drop (call $fd_read (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 160)))
    (local.set $case (i32.load (i32.const 136)))
    (local.set $x (i32.load (i32.const 140)))
    (local.set $from (i32.load (i32.const 144)))
    (local.set $to (i32.load (i32.const 148)))
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 256))
    (call $prepare)
    (local.set $value (call $access (local.get $case) (local.get $x)))
    (local.set $x (i32.or (i32.load8_u (local.get $from))
      (i32.shl (i32.load8_u (local.get $to)) (i32.const 8))))
    (i64.store (i32.const 136) (local.get $value))
    (i32.store (i32.const 144) (local.get $x))
    (i32.store (i32.const 128) (i32.const 136))
    (i32.store (i32.const 132) (i32.const 10))
    (drop (call $fd_write (i32.const 1) (i32.const 128) (i32.const 1) (i32.const 160)))))"#
    )
}

/// Lengths in pages: small, to the middle, the longest with folds, and the one that has none.
const LENGTHS: [u64; 4] = [1, 32769, 65535, 65536];

#[test]
fn folded_addresses_access_what_the_specification_says() -> Result<()> {
    let cases = Access::all();
    for pages in LENGTHS {
        let len = pages * PAGE;
        let (mut records, mut inside, mut traps) = (Vec::new(), 0, 0);
        for (number, case) in cases.iter().enumerate() {
            for x in case.operands() {
                let first = case.first(x, len);
                let value = first.map_or(0, |first| match case.is_store {
                    true => 0,
                    false => case.value(first),
                });
                *(if first.is_some() {
                    &mut inside
                } else {
                    &mut traps
                }) += 1;
                let stored = if case.is_store { case.size } else { 0 };
                for number in [number as u32, x, stored, u32::from(first.is_none())] {
                    records.extend(number.to_le_bytes());
                }
                records.extend(value.to_le_bytes());
                records.extend(first.unwrap_or(0).to_le_bytes());
            }
        }
        ensure!(
            inside > 1000 && traps > 1000,
            "{inside} inside, {traps} traps"
        );
        let case = Case::new()?;
        let file = case.folder().join("addresses.wat");
        // A library does not start on its own.
        let module = module(&cases, pages).replace("_start", "once");
        std::fs::write(&file, module)?;
        std::fs::write(case.folder().join("records"), records)?;
        let case = case.with("addresses", &file, Emit::StaticLibrary, |_| {})?;
        let records = case.folder().join("records").display().to_string();
        let host = case.c_host("addresses_host.c")?;
        host.succeeds(&[&records])
            .with_context(|| format!("{pages} pages"))?;
    }
    Ok(())
}

#[test]
fn executables_fold_addresses_as_libraries_do() -> Result<()> {
    let cases = Access::all();
    let folder = tempfile::tempdir()?;
    for pages in LENGTHS {
        let program = folder.path().join("addresses");
        let module = module(&cases, pages);
        let compiler = Compiler::new(kiln_tests::options::options())?;
        kiln_tests::program::install(&compiler.compile(module.as_bytes())?.bytes, &program)?;
        let mut calls = cases
            .iter()
            .enumerate()
            .flat_map(|(number, case)| case.operands().map(move |x| (number, x)));
        // Every 251st, a prime, so that every form and edge has its turn.
        while let Some((number, x)) = calls.nth(250) {
            check(&program, pages * PAGE, (number, &cases[number]), x)
                .with_context(|| format!("{pages} pages, {x:#x}: {}", cases[number].text()))?;
        }
    }
    Ok(())
}

fn check(program: &Path, len: u64, (number, case): (usize, &Access), x: u32) -> Result<()> {
    let first = case.first(x, len);
    let at = first.unwrap_or(0);
    let last = at + u64::from(case.size) - 1;
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let words = [number as u32, x, at as u32, last as u32];
    let input: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    child.stdin.take().context("no pipe")?.write_all(&input)?;
    let output = child.wait_with_output()?;
    if first.is_none() {
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            said.contains("out of bounds memory access"),
            "{said}{:?}",
            output.stdout
        );
        return Ok(());
    }
    let byte = |index: u64| match case.is_store {
        true => STORED.to_le_bytes()[(index - at) as usize % 8],
        false => mark(index),
    };
    let value = if case.is_store { 0 } else { case.value(at) };
    let mut expected = value.to_le_bytes().to_vec();
    expected.extend([byte(at), byte(last)]);
    ensure!(
        output.stdout == expected,
        "{:x?}, not {expected:x?}",
        output.stdout
    );
    Ok(())
}

#[test]
fn a_memory_that_folds_addresses_does_not_grow_into_the_last_page() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("grow");
    // As far as it may, and no further.
    let module = r#"(module (memory (export "memory") 1)
      (func (export "_start")
        (if (i32.ne (memory.grow (i32.const 65535)) (i32.const -1)) (then unreachable))
        (if (i32.ne (memory.grow (i32.const 65534)) (i32.const 1)) (then unreachable))
        (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
        (if (i32.ne (memory.size) (i32.const 65535)) (then unreachable))))"#;
    let compiler = Compiler::new(kiln_tests::options::options())?;
    kiln_tests::program::install(&compiler.compile(module.as_bytes())?.bytes, &program)?;
    let output = Command::new(&program).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}");
    Ok(())
}
