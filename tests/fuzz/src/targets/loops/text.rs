//! A module of nests, which fills its memory, calls them, and prints what they give.

use super::super::one_of;
use super::expression::{Family, Ty};
use super::nest::{Nest, World};
use super::rows;
use anyhow::Result;
use arbitrary::Unstructured;
use std::fmt::Write as _;

/// A module as text.
pub struct Made {
    pub text: String,
    pub has_nans: bool,
}

impl Made {
    pub fn new(input: &mut Unstructured) -> Result<Self> {
        let floats = |ty, has_nans| Family::Floats { ty, has_nans };
        let families = [
            Family::Integers,
            Family::Integers,
            floats(Ty::F64, false),
            floats(Ty::F64, true),
            floats(Ty::F32, false),
            floats(Ty::F32, true),
        ];
        let family = *one_of(input, &families)?;
        let pages = input.int_in_range(1..=2)?;
        let grown = *one_of(input, &[0, 0, 0, 1])?;
        let misaligned = match family {
            Family::Floats { ty, .. } if input.ratio(1, 6)? => {
                input.int_in_range(0..=ty.size() - 1)?
            }
            _ => 0,
        };
        let world = World {
            family,
            misaligned,
            bytes: (pages + grown) << 16,
        };
        let (mut functions, mut calls) = (String::new(), String::new());
        for name in 0..input.int_in_range(1..=4usize)? {
            let nest = match input.ratio(1, 10)? {
                true => rows::function(input, name)?,
                false => Nest::new(input, &world, name)?,
            };
            functions.push_str(&nest.text);
            for (numbers, x, y) in nest.calls {
                let is_known = input.ratio(1, 2)?;
                write!(calls, "(call $print (call $f{name}")?;
                for number in numbers {
                    match is_known {
                        true => write!(calls, " (i32.const {number})")?,
                        false => {
                            write!(calls, " (i32.add (i32.const {number}) (global.get $zero))")?
                        }
                    }
                }
                let x = x.to_bits();
                writeln!(
                    calls,
                    " (f64.reinterpret_i64 (i64.const {x})) (i64.const {y})))"
                )?;
            }
        }
        let maximum = match input.int_in_range(0..=2)? {
            0 => String::new(),
            1 => (pages + grown).to_string(),
            _ => (pages + grown + 3).to_string(),
        };
        let (number, size) = match family {
            Family::Integers => ("i64.store", 8),
            Family::Floats { ty: Ty::F32, .. } => ("f32.store", 4),
            Family::Floats { .. } => ("f64.store", 8),
        };
        let filler = match family {
            Family::Integers => {
                "(i64.mul (i64.extend_i32_u (local.get $at)) (i64.const 0x9e3779b97f4a7c15))"
                    .to_owned()
            }
            Family::Floats { ty, .. } => {
                let name = ty.name();
                format!(
                    "({name}.sub ({name}.div ({name}.convert_i32_u (i32.rem_u (i32.mul (local.get $at) (i32.const 40503)) (i32.const 977))) ({name}.const 8)) ({name}.const 50))"
                )
            }
        };
        let end = world.bytes - misaligned;
        let text = format!(
            r#"(module
(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
(memory $m {pages} {maximum}) (export "memory" (memory $m))
(global $zero (mut i32) (i32.const 0))
{PRINT}{functions}
(func $fill (local $at i32)
  (loop $again
    ({number} offset={misaligned} (local.get $at) {filler})
    (local.set $at (i32.add (local.get $at) (i32.const {size})))
    (br_if $again (i32.lt_u (local.get $at) (i32.const {last})))))
{normalise}
(func (export "_start")
  (drop (memory.grow (i32.const {grown})))
  (global.set $zero (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
  (call $fill)
{calls}  (call $normalise)
  (call $print (call $hash)))
(func $hash (result i64) (local $at i32) (local $sum i64)
  (loop $again
    (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 0x100000001b3)) (i64.load (local.get $at))))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (br_if $again (i32.ne (local.get $at) (i32.const {bytes}))))
  (local.get $sum)))
"#,
            last = end - size + 1,
            normalise = normalise(family, misaligned, end),
            bytes = world.bytes,
        );
        let has_nans = matches!(family, Family::Floats { has_nans: true, .. });
        Ok(Self { text, has_nans })
    }
}

/// Prints the 8 bytes of its argument; the memory is as before.
const PRINT: &str = "(func $print (param i64) (local $x i64) (local $y i64) (local $z i64)
  (local.set $x (i64.load (i32.const 0)))
  (local.set $y (i64.load (i32.const 8)))
  (local.set $z (i64.load (i32.const 16)))
  (i64.store (i32.const 0) (i64.const 0x800000008))
  (i64.store (i32.const 8) (local.get 0))
  (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
  (i64.store (i32.const 0) (local.get $x))
  (i64.store (i32.const 8) (local.get $y))
  (i64.store (i32.const 16) (local.get $z)))
";

/// A function that makes all NaNs in the memory the same.
fn normalise(family: Family, misaligned: i32, end: i32) -> String {
    let Family::Floats { ty, .. } = family else {
        return "(func $normalise)".to_owned();
    };
    let (name, size) = (ty.name(), ty.size());
    let last = end - size + 1;
    format!(
        "(func $normalise (local $at i32) (local $x {name})
  (loop $again
    (local.set $x ({name}.load offset={misaligned} (local.get $at)))
    (if ({name}.ne (local.get $x) (local.get $x))
      (then ({name}.store offset={misaligned} (local.get $at) ({name}.const nan))))
    (local.set $at (i32.add (local.get $at) (i32.const {size})))
    (br_if $again (i32.lt_u (local.get $at) (i32.const {last})))))"
    )
}
