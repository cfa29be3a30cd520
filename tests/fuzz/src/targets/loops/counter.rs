//! Counters, and the conditions by which they end loops.

use super::super::one_of;
use anyhow::Result;
use arbitrary::Unstructured;

/// The local `$i` of a loop.
#[derive(Clone, Debug)]
pub struct Counter {
    pub start: i32,
    pub step: i32,
    pub end: i32,
    /// Turns that it takes, if it ends as it should.
    pub turns: i32,
    rule: &'static str,
    by_sum: bool,
    /// True if it counts before the rest of the turn.
    pub first: bool,
    is_swapped: bool,
    is_negated: bool,
}

/// Most turns that are counted to see if a rule ends where it should.
const TRIED: i32 = 2000;

impl Counter {
    pub fn new(
        input: &mut Unstructured,
        turns: i32,
        step: i32,
        start: Option<i32>,
    ) -> Result<Self> {
        let way = step.wrapping_mul(turns);
        let start = match start {
            Some(start) => start,
            None => match input.int_in_range(0..=19)? {
                0..=8 => 0,
                9..=11 => input.int_in_range(1..=16)?,
                12..=14 => way.wrapping_neg(),
                15 => i32::MAX
                    .wrapping_sub(way)
                    .wrapping_sub(input.int_in_range(-3..=3)?),
                16 => i32::MIN
                    .wrapping_sub(way)
                    .wrapping_sub(input.int_in_range(-3..=3)?),
                17 => input.int_in_range(-40..=-1)?,
                18 => way
                    .wrapping_neg()
                    .wrapping_add(input.int_in_range(-20..=20)?),
                _ => input.arbitrary()?,
            },
        };
        let by_sum = input.ratio(4, 5)?;
        let compared = start.wrapping_add(step.wrapping_mul(turns - i32::from(!by_sum)));
        let short = input.int_in_range(0..=step.unsigned_abs() as i32 - 1)?;
        let (rule, end) = match (input.int_in_range(0..=19)?, step > 0) {
            (0..=9, _) => ("ne", compared),
            (10..=13, true) => ("lt_s", compared.wrapping_sub(short)),
            (10..=13, false) => ("gt_s", compared.wrapping_add(short)),
            (14..=18, true) => ("lt_u", compared.wrapping_sub(short)),
            (14..=18, false) => ("gt_u", compared.wrapping_add(short)),
            (_, true) => ("le_s", compared.wrapping_sub(1)),
            (_, false) => ("ge_s", compared.wrapping_add(1)),
        };
        let mut counter = Self {
            start,
            step,
            end,
            turns,
            rule,
            by_sum,
            first: input.ratio(1, 4)?,
            is_swapped: input.ratio(1, 5)?,
            is_negated: input.ratio(1, 5)?,
        };
        if !counter.ends() {
            (counter.rule, counter.end) = ("ne", compared);
        }
        Ok(counter)
    }

    /// Makes the end one that the counter may never meet, so that some access must end the loop.
    pub fn spoil(&mut self, input: &mut Unstructured) -> Result<()> {
        self.end = match input.int_in_range(0..=3)? {
            0 => self.start,
            1 => self.start.wrapping_sub(self.step),
            2 => self.end.wrapping_add(1),
            _ => self
                .end
                .wrapping_add(*one_of(input, &[i32::MIN, 1 << 16, -1, 1 << 30])?),
        };
        Ok(())
    }

    /// Tells if it ends after as many turns as it should.
    fn ends(&self) -> bool {
        let mut number = self.start;
        for turn in 1..=TRIED {
            let sum = number.wrapping_add(self.step);
            let compared = if self.by_sum { sum } else { number };
            let goes_on = match self.rule {
                "ne" => compared != self.end,
                "lt_s" => compared < self.end,
                "gt_s" => compared > self.end,
                "lt_u" => (compared as u32) < self.end as u32,
                "gt_u" => (compared as u32) > self.end as u32,
                "le_s" => compared <= self.end,
                _ => compared >= self.end,
            };
            if !goes_on {
                return turn == self.turns;
            }
            number = sum;
        }
        false
    }

    /// Gives the instructions that count.
    pub fn count(&self) -> String {
        let step = self.step;
        let sum = match step < 0 && step != i32::MIN && self.is_swapped {
            true => format!("(i32.sub (local.get $i) (i32.const {}))", -step),
            false => format!("(i32.add (local.get $i) (i32.const {step}))"),
        };
        match self.by_sum {
            true => format!("(local.set $i {sum})\n"),
            false => format!("(local.set $old (local.get $i))(local.set $i {sum})\n"),
        }
    }

    /// Gives the condition to take another turn; `end` pushes the end.
    pub fn condition(&self, end: &str) -> String {
        let number = if self.by_sum {
            "(local.get $i)"
        } else {
            "(local.get $old)"
        };
        if self.rule == "ne" && end == "(i32.const 0)" && !self.is_negated {
            return number.to_owned();
        }
        let (swapped, negated) = match self.rule {
            "ne" => ("ne", "eq"),
            "lt_s" => ("gt_s", "ge_s"),
            "gt_s" => ("lt_s", "le_s"),
            "lt_u" => ("gt_u", "ge_u"),
            "gt_u" => ("lt_u", "le_u"),
            "le_s" => ("ge_s", "gt_s"),
            _ => ("le_s", "lt_s"),
        };
        match (self.is_negated, self.is_swapped) {
            (true, _) => format!("(i32.eqz (i32.{negated} {number} {end}))"),
            (false, true) => format!("(i32.{swapped} {end} {number})"),
            (false, false) => format!("(i32.{} {number} {end})", self.rule),
        }
    }
}
