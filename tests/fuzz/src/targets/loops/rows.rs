//! A function with a loop that passes back rows of numbers, which it treats alike, as ciphers do.

use super::super::one_of;
use super::nest::Nest;
use anyhow::Result;
use arbitrary::Unstructured;
use std::fmt::Write as _;

/// Numbers in a row.
const LANES: usize = 4;

/// What is done to a row, in each lane.
struct Step {
    row: usize,
    operator: &'static str,
    /// The row of the other operand, and by how many lanes it is turned.
    with: Operand,
    /// Bits that the result is rotated or shifted by.
    by: Option<(&'static str, i32)>,
    is_swapped: bool,
}

enum Operand {
    Row(usize, usize),
    Constant(i32),
    Param,
}

impl Step {
    fn new(input: &mut Unstructured, rows: usize) -> Result<Self> {
        const OPERATORS: [&str; 8] = ["add", "xor", "add", "xor", "sub", "mul", "and", "or"];
        const SHIFTS: [&str; 6] = ["rotl", "rotl", "rotl", "shl", "shr_u", "rotr"];
        let with = match input.int_in_range(0..=9)? {
            0 => Operand::Constant(input.arbitrary()?),
            1 => Operand::Param,
            _ => {
                let turned = if input.ratio(1, 2)? {
                    0
                } else {
                    input.int_in_range(0..=3)?
                };
                Operand::Row(input.int_in_range(0..=rows - 1)?, turned)
            }
        };
        let by = match input.ratio(1, 2)? {
            true => Some((
                *one_of(input, &SHIFTS)?,
                *one_of(input, &[7, 8, 16, 12, 24, 0, 33, 1])?,
            )),
            false => None,
        };
        Ok(Self {
            row: input.int_in_range(0..=rows - 1)?,
            operator: one_of(input, &OPERATORS)?,
            with,
            by,
            is_swapped: input.ratio(1, 6)?,
        })
    }

    fn text(&self, lane: usize) -> String {
        let own = format!("(local.get $r{}{lane})", self.row);
        let other = match self.with {
            Operand::Row(row, turned) => format!("(local.get $r{row}{})", (lane + turned) % LANES),
            Operand::Constant(constant) => format!("(i32.const {constant})"),
            Operand::Param => "(local.get $b)".to_owned(),
        };
        let (x, y) = match self.is_swapped {
            true => (other, own),
            false => (own, other),
        };
        let result = format!("(i32.{} {x} {y})", self.operator);
        let result = match self.by {
            Some((shift, by)) => format!("(i32.{shift} {result} (i32.const {by}))"),
            None => result,
        };
        format!("(local.set $r{}{lane} {result})\n", self.row)
    }
}

/// Makes a function that is called as nests are.
pub fn function(input: &mut Unstructured, name: usize) -> Result<Nest> {
    let rows = input.int_in_range(2..=4)?;
    let mut text = format!(
        "(func $f{name} (param $a i32) (param $b i32) (param $c i32) (param $s i32) (param $e i32)
  (param $x f64) (param $y i64) (result i64) (local $i i32) (local $other i32)\n"
    );
    let all = || (0..rows).flat_map(|row| (0..LANES).map(move |lane| (row, lane)));
    for (row, lane) in all() {
        write!(text, "(local $r{row}{lane} i32)")?;
    }
    for (row, lane) in all() {
        let constant: i32 = input.arbitrary()?;
        let param = one_of(input, &["$a", "$b", "$c"])?;
        writeln!(
            text,
            "(local.set $r{row}{lane} (i32.add (local.get {param}) (i32.const {constant})))"
        )?;
    }
    let turns = input.int_in_range(1..=20)?;
    writeln!(text, "(local.set $i (i32.const {turns}))(loop $again")?;
    let mut steps = Vec::new();
    for _ in 0..input.int_in_range(3..=10)? {
        steps.push(Step::new(input, rows)?);
    }
    // A lane that does something else.
    let odd = if input.ratio(1, 10)? {
        input.int_in_range(0..=3)?
    } else {
        LANES
    };
    for (nth, step) in steps.iter().enumerate() {
        for lane in (0..LANES).filter(|lane| *lane != odd || nth != 1) {
            text.push_str(&step.text(lane));
        }
    }
    if input.ratio(1, 8)? {
        text.push_str("(local.set $other (i32.add (local.get $other) (local.get $r00)))\n");
    }
    text.push_str("(br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))\n");
    text.push_str("(i64.extend_i32_u (local.get $other))");
    for (row, lane) in all() {
        write!(
            text,
            "(i64.mul (i64.const 31)) (i64.add (i64.extend_i32_u (local.get $r{row}{lane})))"
        )?;
    }
    text.push_str(")\n");
    let numbers = [input.arbitrary()?, input.arbitrary()?, 7, 0, 0];
    let calls = vec![(numbers, 0.5, 1), ([1, 2, 3, 4, 5], 0.5, 1)];
    Ok(Nest { text, calls })
}
