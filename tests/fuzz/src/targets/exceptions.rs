//! Programs that throw, catch, keep and throw again, many times, so that exceptions are collected, do what
//! they do under Wasmtime.

use super::{compare, one_of};
use crate::ways::Way;
use anyhow::Result;
use arbitrary::Unstructured;
use std::fmt::Write as _;

const FUNCTIONS: usize = 6;
const TAGS: [(&str, &str); 4] = [
    ("$none", ""),
    ("$number", "(i32.const 7)"),
    ("$pair", "(i64.extend_i32_u (local.get $x)) (f64.const 1.5)"),
    ("$vector", "(i32x4.splat (local.get $x))"),
];
/// Places that keep references to exceptions: how one is stored from local `$caught`, and read.
const PLACES: [(&str, &str); 5] = [
    (
        "(global.set $kept (local.get $caught))",
        "(global.get $kept)",
    ),
    (
        "(global.set $other (local.get $caught))",
        "(global.get $other)",
    ),
    (
        "(table.set $many (i32.and (local.get $x) (i32.const 63)) (local.get $caught))",
        "(table.get $many (i32.and (local.get $x) (i32.const 63)))",
    ),
    (
        "(table.set $many (i32.const 5) (local.get $caught))",
        "(table.get $many (i32.const 5))",
    ),
    ("(local.set $mine (local.get $caught))", "(local.get $mine)"),
];

pub fn check(input: &[u8]) -> Result<bool> {
    let mut input = Unstructured::new(input);
    let text = text(&mut input)?;
    compare(&wat::parse_str(text)?, Way::all())
}

fn text(input: &mut Unstructured) -> Result<String> {
    let mut functions = String::new();
    for number in 0..FUNCTIONS {
        writeln!(
            functions,
            "(func $f{number} (param $x i32) (result i32)
  (local $caught exnref) (local $mine exnref) (local $i i32)
  (if (i32.le_s (global.get $fuel) (i32.const 0)) (then (return (i32.const 0))))
  (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))"
        )?;
        for _ in 0..input.int_in_range(1..=5)? {
            statement(&mut functions, input, 3)?;
        }
        writeln!(functions, "(local.get $x))")?;
    }
    let rounds = input.int_in_range(1..=400)?;
    let root = input.int_in_range(0..=FUNCTIONS - 1)?;
    Ok(format!(
        r#"(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (tag $none) (tag $number (param i32)) (tag $pair (param i64 f64)) (tag $vector (param v128))
  (global $kept (mut exnref) (ref.null exn))
  (global $other (mut exnref) (ref.null exn))
  (global $fuel (mut i32) (i32.const 0))
  (global $sum (mut i64) (i64.const 0))
  (table $many 64 exnref)
  (func $add (param i64)
    (global.set $sum
      (i64.add (i64.mul (global.get $sum) (i64.const 1099511628211)) (local.get 0))))
  {functions}
  (func (export "_start") (local $round i32)
    (loop $again
      (global.set $fuel (i32.const 60))
      (block $all
        (try_table (catch_all $all) (call $add (i64.extend_i32_u (call $f{root} (local.get $round)))))
        (call $add (i64.const 1)))
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $round) (i32.const {rounds}))))
    (i64.store (i32.const 8) (global.get $sum))
    (i64.store (i32.const 0) (i64.const 0x800000008))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
    (global.set $fuel (i32.const 60))
    (drop (call $f{root} (i32.const 3)))))
"#
    ))
}

fn statement(text: &mut String, input: &mut Unstructured, depth: u32) -> Result<()> {
    let kind = input.int_in_range(0..=if depth == 0 { 4 } else { 9 })?;
    match kind {
        0 => {
            let (tag, values) = one_of(input, &TAGS)?;
            let mask = input.int_in_range(0..=7)?;
            writeln!(
                text,
                "(if (i32.eqz (i32.and (local.get $x) (i32.const {mask}))) (then (throw {tag} {values})))"
            )?;
        }
        1 => {
            let (_, read) = one_of(input, &PLACES)?;
            writeln!(
                text,
                "(if (i32.eqz (ref.is_null {read})) (then (throw_ref {read})))"
            )?;
        }
        2 => writeln!(text, "(call $add (i64.extend_i32_u (local.get $x)))")?,
        3 => {
            let callee = input.int_in_range(0..=FUNCTIONS - 1)?;
            let change = input.int_in_range(-3..=9)?;
            writeln!(
                text,
                "(local.set $x (call $f{callee} (i32.add (local.get $x) (i32.const {change}))))"
            )?;
        }
        4 => {
            let (_, read) = one_of(input, &PLACES)?;
            writeln!(text, "(local.set $caught {read})")?;
            writeln!(text, "{}", one_of(input, &PLACES)?.0)?;
        }
        5 | 6 => catch_references(text, input, depth)?,
        7 | 8 => catch_values(text, input, depth)?,
        _ => {
            let count = input.int_in_range(1..=4)?;
            writeln!(text, "(local.set $i (i32.const 0)) (loop $l")?;
            statement(text, input, depth - 1)?;
            writeln!(
                text,
                "(local.set $i (i32.add (local.get $i) (i32.const 1)))
(br_if $l (i32.and (i32.lt_u (local.get $i) (i32.const {count})) (i32.gt_s (global.get $fuel) (i32.const 0))))
(global.set $fuel (i32.sub (global.get $fuel) (i32.const 1))))"
            )?;
        }
    }
    Ok(())
}

/// A block that keeps a reference to what is thrown in it.
fn catch_references(text: &mut String, input: &mut Unstructured, depth: u32) -> Result<()> {
    let (store, _) = one_of(input, &PLACES)?;
    let clause = one_of(input, &["(catch_all_ref $c)", "(catch_ref $none $c)"])?;
    catch(text, input, depth, "exnref", clause)?;
    writeln!(text, "(local.set $caught) {store}")?;
    if input.ratio(1, 3)? {
        writeln!(text, "(throw_ref (local.get $caught))")?;
    } else {
        statement(text, input, depth - 1)?;
    }
    writeln!(text, ")")?;
    Ok(())
}

/// A block that counts the values of what is thrown in it.
fn catch_values(text: &mut String, input: &mut Unstructured, depth: u32) -> Result<()> {
    let (clause, results, count) = *one_of(
        input,
        &[
            (
                "(catch $number $c)",
                "i32",
                "(call $add (i64.extend_i32_s))",
            ),
            (
                "(catch $vector $c)",
                "v128",
                "(call $add (i64x2.extract_lane 1))",
            ),
            (
                "(catch $pair $c)",
                "i64 f64",
                "(call $add (i64.reinterpret_f64)) (call $add)",
            ),
        ],
    )?;
    catch(text, input, depth, results, clause)?;
    writeln!(text, "{count})")?;
    Ok(())
}

/// The beginning of a block, up to where what `clause` has caught is on the stack.
fn catch(
    text: &mut String,
    input: &mut Unstructured,
    depth: u32,
    results: &str,
    clause: &str,
) -> Result<()> {
    writeln!(
        text,
        "(block $done (block $c (result {results}) (try_table {clause}"
    )?;
    for _ in 0..input.int_in_range(1..=2)? {
        statement(text, input, depth - 1)?;
    }
    writeln!(text, ") (br $done))")?;
    Ok(())
}
