//! Accesses at addresses that are sums, shifts, masks and constants, near every edge of memories of every
//! size, do what they do under Wasmtime.

use super::{compare, one_of};
use crate::ways::Way;
use anyhow::Result;
use arbitrary::Unstructured;
use std::fmt::Write as _;

const PAGES: [u64; 5] = [0, 1, 2, 17, 65535];
const OFFSETS: [u64; 12] = [
    0,
    1,
    7,
    0xfff8,
    0xffff,
    0x1_0000,
    0x1_fffc,
    0x7fff_ffff,
    0x8000_0000,
    0xfffe_fff8,
    0xffff_fff8,
    0xffff_ffff,
];
/// Loads and stores with the number of bytes and the type of the value.
const LOADS: [(&str, &str); 9] = [
    ("i32.load8_u", "i64.extend_i32_u"),
    ("i32.load16_s", "i64.extend_i32_u"),
    ("i32.load", "i64.extend_i32_u"),
    ("i64.load", "i64.const 0 i64.or"),
    ("i64.load8_s", "i64.const 0 i64.or"),
    ("i64.load32_u", "i64.const 0 i64.or"),
    ("f32.load", "i32.reinterpret_f32 i64.extend_i32_u"),
    ("f64.load", "i64.reinterpret_f64"),
    ("v128.load", "i64x2.extract_lane 1"),
];
const STORES: [(&str, &str); 6] = [
    ("i32.store8", "i32.wrap_i64"),
    ("i32.store16", "i32.wrap_i64"),
    ("i32.store", "i32.wrap_i64"),
    ("i64.store", ""),
    ("i64.store32", ""),
    ("f64.store", "f64.reinterpret_i64"),
];
/// Parameters and a counter of the function.
const LOCALS: [&str; 4] = ["$a", "$b", "$i", "$sum32"];

pub fn check(input: &[u8]) -> Result<bool> {
    let mut input = Unstructured::new(input);
    let pages = *one_of(&mut input, &PAGES)?;
    let text = text(&mut input, pages)?;
    compare(&wat::parse_str(text)?, Way::all())
}

/// A function whose accesses lie in memory while its argument is small, called with arguments that come
/// nearer to some edge.
fn text(input: &mut Unstructured, pages: u64) -> Result<String> {
    let mut body = String::new();
    for _ in 0..input.int_in_range(1..=6)? {
        access(&mut body, input)?;
    }
    let mut calls = String::new();
    for _ in 0..input.int_in_range(1..=4)? {
        let (a, b) = (edge(input, pages)?, edge(input, pages)?);
        writeln!(
            calls,
            "(call $print (call $accesses (i32.const {a}) (i32.const {b})))"
        )?;
    }
    // Printing needs a memory of at least a page; one without has another for it.
    let own = if pages == 0 { "(memory $own 1)" } else { "" };
    let (name, spare) = if pages == 0 { ("$own", 1) } else { ("$m", 0) };
    Ok(format!(
        r#"(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory $m {pages} {limit}) {own}
  (export "memory" (memory {name}))
  {data}
  (func $print (param i64) (local $x i64) (local $y i64) (local $z i64)
    (local.set $x (i64.load {spare} (i32.const 0)))
    (local.set $y (i64.load {spare} (i32.const 8)))
    (local.set $z (i64.load {spare} (i32.const 16)))
    (i64.store {spare} (i32.const 0) (i64.const 0x800000008))
    (i64.store {spare} (i32.const 8) (local.get 0))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
    (i64.store {spare} (i32.const 0) (local.get $x))
    (i64.store {spare} (i32.const 8) (local.get $y))
    (i64.store {spare} (i32.const 16) (local.get $z)))
  (func $accesses (param $a i32) (param $b i32) (result i64)
    (local $sum i64) (local $i i32) (local $sum32 i32)
    (loop $again
{body}
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 3))))
    (local.get $sum))
  (func (export "_start")
{calls}))
"#,
        limit = pages.max(1),
        data = if pages == 0 {
            String::new()
        } else {
            "(data (i32.const 24) \"some bytes that are not zero\")".to_owned()
        },
    ))
}

fn access(body: &mut String, input: &mut Unstructured) -> Result<()> {
    let address = address(input, 3)?;
    let offset = match input.int_in_range(0..=3)? {
        0 => *one_of(input, &OFFSETS)?,
        _ => u64::from(input.int_in_range(0..=200u32)?),
    };
    if input.arbitrary()? {
        let (load, widen) = one_of(input, &LOADS)?;
        writeln!(
            body,
            "{address} {load} offset={offset} {widen} local.get $sum i64.const 31 i64.mul i64.add local.set $sum"
        )?;
    } else {
        let (store, value) = one_of(input, &STORES)?;
        writeln!(
            body,
            "{address} local.get $sum {value} {store} offset={offset}"
        )?;
    }
    if input.ratio(1, 3)? {
        writeln!(
            body,
            "local.get $sum i32.wrap_i64 i32.const 255 i32.and local.set $sum32"
        )?;
    }
    Ok(())
}

/// Instructions that push an address.
fn address(input: &mut Unstructured, depth: u32) -> Result<String> {
    let kind = if depth == 0 {
        0
    } else {
        input.int_in_range(0..=9)?
    };
    if kind <= 1 {
        return Ok(format!("local.get {}", one_of(input, &LOCALS)?));
    }
    let inner = address(input, depth - 1)?;
    let constant = match input.int_in_range(0..=2)? {
        0 => *one_of(input, &OFFSETS)? as u32,
        1 => input.int_in_range(0..=300u32)?,
        _ => input.int_in_range(0..=300u32)?.wrapping_neg(),
    };
    let shift = input.int_in_range(0..=4u32)?;
    let mask = (1u32 << input.int_in_range(1..=32u32)?.min(31)) - 1;
    Ok(match kind {
        2 | 3 => format!("{inner} i32.const {constant} i32.add"),
        4 => format!("{inner} i32.const {constant} i32.sub"),
        5 => format!("{inner} i32.const {shift} i32.shl"),
        6 => format!("{inner} i32.const {mask} i32.and"),
        7 => format!("{inner} i32.const {shift} i32.shr_u"),
        8 => format!("{inner} {} i32.add", address(input, depth - 1)?),
        _ => format!("{inner} i32.const {} i32.mul", shift * 3 + 1),
    })
}

/// An argument near 0, the end of memory, or where 32 bits wrap.
fn edge(input: &mut Unstructured, pages: u64) -> Result<i32> {
    let centre = match input.int_in_range(0..=4)? {
        0 => pages << 16,
        1 => 1 << 31,
        2 => u64::from(input.arbitrary::<u16>()?),
        _ => 0,
    };
    Ok((centre as i64 + input.int_in_range(-40..=40i64)?) as i32)
}
