//! A function of loops in a loop.

use super::super::one_of;
use super::counter::Counter;
use super::expression::{Expr, Family, Maker, Ty};
use anyhow::Result;
use arbitrary::Unstructured;
use std::fmt::Write as _;

/// Parameters that hold where arrays begin.
const BASES: [&str; 3] = ["$a", "$b", "$c"];
const TYPES: [Ty; 4] = [Ty::F64, Ty::F32, Ty::I64, Ty::I32];

/// The properties that all functions of a module share.
pub struct World {
    pub family: Family,
    /// The remainder of every address of a number after division by its size.
    pub misaligned: i32,
    /// Bytes of the memory.
    pub bytes: i32,
}

/// A function, and what it is to be called with.
pub struct Nest {
    pub text: String,
    /// `$a`, `$b`, `$c`, `$s`, `$e`, then what is computed with.
    pub calls: Vec<([i32; 5], f64, i64)>,
}

/// A way through memory.
struct Stream {
    /// The address in the first turn.
    base: i32,
    /// Bytes from one number to the next.
    element: i32,
    /// Bytes from one unit to the next.
    gap: i32,
    stride: i32,
    way: Way,
    /// True if constants are put into the instruction.
    has_offsets: bool,
    /// The parameter it begins from, and what is added.
    from: (usize, i32),
    is_signed: bool,
}

/// The form of an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By a pointer that moves.
    Pointer,
    /// By a parameter and multiples of the counter.
    Scaled(i32),
    /// By multiples of the counter and a constant.
    Absolute(i32),
    Fixed,
    /// By bits of the counter.
    Wild,
}

/// The parameters of a function as far as they are decided.
#[derive(Default)]
struct Arguments {
    bases: [Option<i32>; 3],
    start: Option<i32>,
    end: Option<i32>,
    step: i32,
}

impl Nest {
    pub fn new(input: &mut Unstructured, world: &World, name: usize) -> Result<Self> {
        let mut arguments = Arguments::default();
        let mut text = format!(
            "(func $f{name} (param $a i32) (param $b i32) (param $c i32) (param $s i32) (param $e i32)
  (param $x f64) (param $y i64) (result i64) (local $i i32) (local $old i32) (local $outer i32)
  (local $p0 i32) (local $p1 i32) (local $p2 i32)"
        );
        for ty in TYPES {
            let name = ty.name();
            write!(
                text,
                "(local $sum_{name} {name})(local $carried_{name} {name})"
            )?;
            for unit in 0..5 {
                write!(text, "(local $t{unit}_{name} {name})")?;
            }
        }
        text.push('\n');
        let outer = match input.int_in_range(0..=9)? {
            0..=3 => 1,
            4 | 5 => input.int_in_range(2..=5)?,
            _ => input.int_in_range(5..=19)?,
        };
        let loops = if input.ratio(2, 3)? { 1 } else { 2 };
        let has_columns = outer > 1 && input.ratio(3, 5)?;
        writeln!(text, "(local.set $outer (i32.const {outer}))(loop $next")?;
        // Without it, what turns of the outer loop carry keeps them from being taken together.
        let begins_anew = outer > 1 && (has_columns || input.ratio(3, 4)?);
        if begins_anew {
            for ty in TYPES {
                let name = ty.name();
                for what in ["sum", "carried", "t0"] {
                    writeln!(text, "(local.set ${what}_{name} ({name}.const 3))")?;
                }
            }
        }
        let mut reached = None;
        for _ in 0..loops {
            let is_conditional = input.ratio(1, 4)?;
            if is_conditional {
                text.push_str("(if (i32.wrap_i64 (local.get $y)) (then\n");
            }
            let end = inner(
                input,
                world,
                &mut arguments,
                &mut text,
                (outer, has_columns, reached),
            )?;
            reached = Some(end);
            if is_conditional {
                text.push_str("))\n");
            }
        }
        if begins_anew && input.ratio(3, 4)? {
            text.push_str(&sum(input, world)?);
        }
        let is_even = has_columns || input.ratio(1, 2)?;
        for base in BASES {
            if is_even || input.ratio(1, 2)? {
                let size = match world.family {
                    Family::Floats { ty, .. } => ty.size(),
                    Family::Integers => *one_of(input, &[4, 4, 8, 2, 1])?,
                };
                let by = match input.ratio(if is_even { 4 } else { 1 }, 5)? {
                    true => size,
                    false => size * one_of(input, &[1, -1, 2, 40, -16, 3, 64, 100])?,
                };
                writeln!(
                    text,
                    "(local.set {base} (i32.add (local.get {base}) (i32.const {by})))"
                )?;
            }
        }
        if arguments.end.is_some() && !has_columns && input.ratio(1, 3)? {
            let by = arguments.step.wrapping_mul(*one_of(input, &[1, -1, 1, 2])?);
            writeln!(
                text,
                "(local.set $e (i32.add (local.get $e) (i32.const {by})))"
            )?;
        }
        text.push_str(
            "(br_if $next (local.tee $outer (i32.sub (local.get $outer) (i32.const 1)))))\n",
        );
        text.push_str("(i64.const 0)");
        for local in ["$i", "$p0", "$p1", "$p2"] {
            write!(
                text,
                "(i64.mul (i64.const 31)) (i64.add {})",
                Ty::I32.bits(local)
            )?;
        }
        for ty in TYPES {
            for what in ["sum", "carried", "t0"] {
                let bits = ty.bits(&format!("${what}_{}", ty.name()));
                write!(text, "(i64.mul (i64.const 31)) (i64.add {bits})")?;
            }
        }
        text.push_str(")\n");
        let calls = calls(input, world, &arguments)?;
        Ok(Self { text, calls })
    }
}

fn calls(
    input: &mut Unstructured,
    world: &World,
    arguments: &Arguments,
) -> Result<Vec<([i32; 5], f64, i64)>> {
    let mut calls = Vec::new();
    for nth in 0..input.int_in_range(1..=3)? {
        let mut numbers = [0; 5];
        for (number, base) in numbers.iter_mut().zip(arguments.bases) {
            *number = base.unwrap_or(0);
            if nth > 0 && input.ratio(1, 3)? {
                let by = 8 * one_of(input, &[1, -1, 2, 3, 64, -64, 1000])?;
                *number = number.wrapping_add(by);
            }
        }
        numbers[3] = arguments.start.unwrap_or(0);
        numbers[4] = arguments.end.unwrap_or(0);
        if nth > 0 && input.ratio(1, 2)? {
            let turns = *one_of(input, &[1, 2, 3, 5, 8, -1])?;
            numbers[4] = numbers[4].wrapping_add(arguments.step.wrapping_mul(turns));
        }
        let has_nans = matches!(world.family, Family::Floats { has_nans: true, .. });
        let all = [
            0.5,
            -3.25,
            1.0,
            1e10,
            -0.0,
            7.0,
            f64::INFINITY,
            f64::MIN_POSITIVE,
            1e-310,
        ];
        let x = *one_of(input, if has_nans { &all[..] } else { &all[..6] })?;
        let y = match input.ratio(1, 2)? {
            true => input.int_in_range(-70..=70)?,
            false => input.arbitrary()?,
        };
        calls.push((numbers, x, y));
    }
    Ok(calls)
}

/// Gives instructions that store a sum where a parameter says.
fn sum(input: &mut Unstructured, world: &World) -> Result<String> {
    let ty = match world.family {
        Family::Floats { ty, .. } => ty,
        Family::Integers => *one_of(input, &[Ty::I32, Ty::I64])?,
    };
    let (base, name) = (one_of(input, &BASES)?, ty.name());
    let offset = ty.size() * one_of(input, &[0, 1, 2000, 5000, 7000, 7900])?;
    let operator = match world.family {
        Family::Integers => *one_of(input, &["store", "store", "store16", "store8"])?,
        Family::Floats { .. } => "store",
    };
    let what = one_of(input, &["sum", "sum", "carried", "t0"])?;
    Ok(format!(
        "({name}.{operator} offset={offset} (local.get {base}) (local.get ${what}_{name}))\n"
    ))
}

/// Adds a loop of one block; gives what its counter reaches. It may go on from what another has reached.
fn inner(
    input: &mut Unstructured,
    world: &World,
    arguments: &mut Arguments,
    text: &mut String,
    (outer, has_columns, reached): (i32, bool, Option<i32>),
) -> Result<i32> {
    let (ty, element) = match world.family {
        Family::Floats { ty, .. } => (ty, ty.size()),
        Family::Integers => match input.int_in_range(0..=9)? {
            0..=3 => (Ty::I32, 4),
            4 | 5 => (Ty::I64, 8),
            6 => (Ty::I64, *one_of(input, &[1, 2, 4])?),
            _ => (Ty::I32, *one_of(input, &[1, 2])?),
        },
    };
    let units = *one_of(input, &[1, 1, 1, 1, 2, 2, 4, 4, 3, 5])?;
    let turns = if has_columns { 1 } else { outer }
        + match input.int_in_range(0..=11)? {
            0 => 0,
            1..=4 => input.int_in_range(0..=8)?,
            5..=10 => input.int_in_range(5..=70)?,
            _ => input.int_in_range(70..=300)?,
        };
    let mut streams = Vec::new();
    for _ in 0..input.int_in_range(1..=3)? {
        let shape = (element, units, turns, has_columns);
        let stream = stream(input, world, &streams, shape)?;
        streams.push(stream);
    }
    let counter = counter(input, &streams, (units, turns))?;
    for (at, stream) in streams.iter_mut().enumerate() {
        stream.choose_way(input, &counter, arguments, (at, has_columns))?;
    }
    let is_first = arguments.step == 0;
    let mut counter = counter;
    let statements = Statements::new(input, world, ty, streams.len())?;
    let must_end =
        streams[statements.stored[0]].stride != 0 && streams[statements.stored[0]].way != Way::Wild;
    if must_end && input.ratio(1, 25)? {
        counter.spoil(input)?;
    }
    arguments.step = if is_first {
        counter.step
    } else {
        arguments.step
    };
    let start = match reached {
        Some(reached) if input.ratio(2, 3)? => {
            plus("(local.get $i)", counter.start.wrapping_sub(reached))
        }
        _ => known(input, &mut arguments.start, "$s", counter.start)?,
    };
    let end = known(input, &mut arguments.end, "$e", counter.end)?;
    writeln!(text, "(local.set $i {start})")?;
    for (at, stream) in streams.iter().enumerate() {
        if stream.way == Way::Pointer {
            let (from, by) = stream.from;
            let base = BASES[from];
            writeln!(
                text,
                "(local.set $p{at} {})",
                plus(&format!("(local.get {base})"), by)
            )?;
        }
    }
    writeln!(text, "(loop $again")?;
    if counter.first {
        text.push_str(&counter.count());
    }
    statements.write(input, text, &streams, units)?;
    for (at, stream) in streams.iter().enumerate() {
        if stream.way == Way::Pointer {
            let moved = plus(&format!("(local.get $p{at})"), stream.stride);
            writeln!(text, "(local.set $p{at} {moved})")?;
        }
    }
    if !counter.first {
        text.push_str(&counter.count());
    }
    writeln!(text, "(br_if $again {}))", counter.condition(&end))?;
    let way = counter.step.wrapping_mul(counter.turns);
    Ok(counter.start.wrapping_add(way))
}

/// Gives instructions that push a number: a constant, or a parameter.
fn known(
    input: &mut Unstructured,
    argument: &mut Option<i32>,
    name: &str,
    number: i32,
) -> Result<String> {
    if input.ratio(1, 3)? {
        return Ok(format!("(i32.const {number})"));
    }
    let argument = *argument.get_or_insert(number);
    Ok(plus(
        &format!("(local.get {name})"),
        number.wrapping_sub(argument),
    ))
}

fn plus(what: &str, by: i32) -> String {
    match by {
        0 => what.to_owned(),
        _ => format!("(i32.add {what} (i32.const {by}))"),
    }
}

fn counter(
    input: &mut Unstructured,
    streams: &[Stream],
    (units, turns): (i32, i32),
) -> Result<Counter> {
    let stride = if streams[0].stride == 0 {
        8
    } else {
        streams[0].stride
    };
    let (step, start) = match input.int_in_range(0..=19)? {
        0..=5 => (1, None),
        6 | 7 => (-1, None),
        8..=10 => (stride, None),
        11..=13 => (units, None),
        14..=16 => (stride, Some(streams[0].base)),
        _ => (
            *one_of(input, &[2, 4, 8, 40, 24, -8, -2, 3, 7, 1 << 20, -24])?,
            None,
        ),
    };
    Counter::new(input, turns, step, start)
}

fn stream(
    input: &mut Unstructured,
    world: &World,
    before: &[Stream],
    (element, units, turns, has_columns): (i32, i32, i32, bool),
) -> Result<Stream> {
    let element = match world.family {
        Family::Integers if input.ratio(1, 6)? => *one_of(input, &[1, 2, 4, 8])?,
        _ => element,
    };
    let direction = match before.first() {
        Some(first) if input.ratio(9, 10)? => first.gap.signum(),
        _ => {
            if input.ratio(1, 6)? {
                -1
            } else {
                1
            }
        }
    };
    // In a column, from row to row.
    let width = match has_columns {
        true => *one_of(input, &[20, 20, 20, 40, 7, 3])?,
        false => *one_of(input, &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2])?,
    };
    let gap = direction * element * width;
    let stride = match input.int_in_range(0..=19)? {
        0..=15 => gap * units,
        16 => 0,
        17 => -gap * units,
        _ => element * one_of(input, &[1, 2, 3, 5, -1, -2, 10, 16])?,
    };
    let (way, more) = ((turns - 1) * stride, (units - 1) * gap);
    let high = way.max(0) + more.max(0) + element;
    let low = way.min(0) + more.min(0);
    let choice = input.int_in_range(0..=19)?;
    let near = *one_of(input, &[-6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8])?;
    let beyond = if input.ratio(1, 4)? { element } else { 0 };
    let base = match (before.last(), choice) {
        (_, 0..=1) => world.bytes - high + beyond,
        (_, 2) => -low - beyond,
        (Some(last), 3..=7) => last.base + near * element,
        (Some(last), 8..=10) => {
            let end = (turns - 1) * last.stride.max(0) + (units - 1) * last.gap.max(0);
            last.base + end + last.element - low - beyond
        }
        _ => 1024 + 17_000 * before.len() as i32 - low + element * input.int_in_range(0..=200)?,
    };
    let misaligned = match world.family {
        Family::Integers if input.ratio(9, 10)? => base.rem_euclid(element),
        Family::Integers => 0,
        Family::Floats { .. } => (base - world.misaligned).rem_euclid(element),
    };
    Ok(Stream {
        base: base - misaligned,
        element,
        gap,
        stride,
        way: Way::Pointer,
        has_offsets: input.ratio(3, 4)?,
        from: (0, 0),
        is_signed: input.arbitrary()?,
    })
}

impl Stream {
    /// Decides how addresses come about, by what the counter adds.
    fn choose_way(
        &mut self,
        input: &mut Unstructured,
        counter: &Counter,
        arguments: &mut Arguments,
        (at, has_columns): (usize, bool),
    ) -> Result<()> {
        let factor = match self.stride % counter.step {
            0 => self.stride / counter.step,
            _ => 0,
        };
        self.way = match input.int_in_range(0..=9)? {
            _ if self.stride == 0 => Way::Fixed,
            _ if input.ratio(1, 25)? => Way::Wild,
            0..=3 if factor != 0 => Way::Scaled(factor),
            4..=6 if factor != 0 && !has_columns => Way::Absolute(factor),
            _ => Way::Pointer,
        };
        let number = match counter.first {
            true => counter.start.wrapping_add(counter.step),
            false => counter.start,
        };
        let wanted = match self.way {
            Way::Scaled(factor) | Way::Absolute(factor) => {
                self.base.wrapping_sub(number.wrapping_mul(factor))
            }
            _ => self.base,
        };
        if let Way::Absolute(_) = self.way {
            self.from = (0, wanted);
            return Ok(());
        }
        let from = if input.ratio(5, 6)? { at } else { 0 };
        let argument = *arguments.bases[from].get_or_insert(wanted);
        self.from = (from, wanted.wrapping_sub(argument));
        Ok(())
    }

    /// Gives the offset and the instructions of an address.
    fn address(&self, at: usize, unit: i32, distance: i32) -> String {
        let constant = unit * self.gap + distance * self.element;
        let (from, by) = self.from;
        let base = format!("(local.get {})", BASES[from]);
        let scaled = |factor: i32| match factor {
            1 => "(local.get $i)".to_owned(),
            _ if factor.count_ones() == 1 => {
                format!(
                    "(i32.shl (local.get $i) (i32.const {}))",
                    factor.trailing_zeros()
                )
            }
            _ => format!("(i32.mul (local.get $i) (i32.const {factor}))"),
        };
        let (address, by) = match self.way {
            Way::Pointer => (format!("(local.get $p{at})"), 0),
            Way::Scaled(factor) => (format!("(i32.add {base} {})", scaled(factor)), by),
            Way::Absolute(factor) => (scaled(factor), by),
            Way::Fixed => (base, by),
            Way::Wild => {
                let bits = "(i32.and (i32.xor (i32.mul (local.get $i) (i32.const 5)) (i32.const 3)) (i32.const 63))";
                let way = format!("(i32.mul {bits} (i32.const {}))", self.element);
                (format!("(i32.add {base} {way})"), by)
            }
        };
        match self.has_offsets {
            // The constant of an absolute address is one of the instruction, too, as LLVM has it.
            true if constant.wrapping_add(by) >= 0 && by >= 0 && constant + by > 0 => {
                format!("offset={} {address}", constant + by)
            }
            true if constant > 0 => format!("offset={constant} {}", plus(&address, by)),
            _ => plus(&address, by.wrapping_add(constant)),
        }
    }

    fn access(&self, ty: Ty, what: &str) -> String {
        let sign = match (what, self.is_signed) {
            ("store", _) => "",
            (_, true) => "_s",
            (_, false) => "_u",
        };
        let name = ty.name();
        match (ty, self.element) {
            (Ty::I32 | Ty::I64, 1) => format!("{name}.{what}8{sign}"),
            (Ty::I32 | Ty::I64, 2) => format!("{name}.{what}16{sign}"),
            (Ty::I64, 4) => format!("{name}.{what}32{sign}"),
            _ => format!("{name}.{what}"),
        }
    }
}

/// A statement for each unit.
enum Statement {
    Store(usize, i32, Expr),
    Sum(&'static str, Expr),
    /// The greater or smaller one.
    Choice(&'static str, Expr),
    Carry(Expr),
}

/// The work of a turn.
struct Statements {
    all: Vec<(Ty, Statement)>,
    /// Streams that are stored to.
    stored: Vec<usize>,
    /// True if numbers are computed for all units before any is stored.
    in_rows: bool,
}

impl Statements {
    fn new(input: &mut Unstructured, world: &World, ty: Ty, streams: usize) -> Result<Self> {
        let has_more = input.ratio(1, 3)?;
        let mut maker = Maker {
            ty,
            family: world.family,
            streams,
            has_carried: has_more && input.ratio(1, 2)?,
        };
        let (mut all, mut stored) = (Vec::new(), Vec::new());
        for nth in 0..input.int_in_range(1..=2)? {
            let stream = input.int_in_range(0..=streams - 1)?;
            stored.push(stream);
            let distance = if input.ratio(1, 8)? {
                input.int_in_range(-2..=4)?
            } else {
                0
            };
            let depth = input.int_in_range(0..=3)?;
            if nth > 0 && world.family == Family::Integers && input.ratio(1, 3)? {
                maker.ty = *one_of(input, &[Ty::I32, Ty::I64])?;
            }
            let value = maker.expr(input, depth)?;
            all.push((maker.ty, Statement::Store(stream, distance, value)));
        }
        if maker.has_carried {
            let value = maker.expr(input, 1)?;
            all.push((maker.ty, Statement::Carry(value)));
        }
        if has_more && input.ratio(1, 2)? {
            const ORDERS: [&str; 8] = [
                "gt_s", "lt_s", "gt_u", "lt_u", "ge_s", "le_s", "ge_u", "le_u",
            ];
            let value = maker.expr(input, 1)?;
            let statement = match world.family == Family::Integers && input.ratio(1, 3)? {
                true => Statement::Choice(one_of(input, &ORDERS)?, value),
                false => Statement::Sum(maker.operator(input)?, value),
            };
            all.push((maker.ty, statement));
        }
        let in_rows = input.ratio(1, 3)?;
        Ok(Self {
            all,
            stored,
            in_rows,
        })
    }

    fn write(
        &self,
        input: &mut Unstructured,
        text: &mut String,
        streams: &[Stream],
        units: i32,
    ) -> Result<()> {
        let value = |ty: Ty, expr: &Expr, unit: i32| {
            let load = |stream: usize, distance: i32| {
                let from = &streams[stream];
                format!(
                    "({} {})",
                    from.access(ty, "load"),
                    from.address(stream, unit, distance)
                )
            };
            expr.text(ty, unit as usize, &load)
        };
        let store = |text: &mut String, ty: Ty, place: (usize, i32), unit: i32, value: &str| {
            let to = &streams[place.0];
            let address = to.address(place.0, unit, place.1);
            writeln!(text, "({} {address} {value})", to.access(ty, "store"))
        };
        // A unit that is forgotten leaves a gap in a row.
        let forgotten = if input.ratio(1, 25)? { 1 } else { -1 };
        let all = |text: &mut String, unit: i32, (ty, statement): &(Ty, Statement)| -> Result<()> {
            let name = ty.name();
            match statement {
                Statement::Store(stream, distance, expr) if unit != forgotten => {
                    let value = value(*ty, expr, unit);
                    store(text, *ty, (*stream, *distance), unit, &value)?;
                }
                Statement::Store(..) => {}
                Statement::Choice(operator, expr) => {
                    let value = value(*ty, expr, unit);
                    let (sum, one) = (format!("$sum_{name}"), format!("$t0_{name}"));
                    let (x, y) = match operator.starts_with("lt") {
                        false => (&sum, &one),
                        true => (&one, &sum),
                    };
                    writeln!(
                        text,
                        "(local.set {one} {value})
(local.set {sum} (select (local.get {x}) (local.get {y}) ({name}.{operator} (local.get {sum}) (local.get {one}))))"
                    )?;
                }
                Statement::Sum(operator, expr) => {
                    let value = value(*ty, expr, unit);
                    let sum = format!("$sum_{name}");
                    writeln!(
                        text,
                        "(local.set {sum} ({name}.{operator} (local.get {sum}) {value}))"
                    )?;
                }
                Statement::Carry(expr) => {
                    let value = value(*ty, expr, unit);
                    writeln!(text, "(local.set $carried_{name} {value})")?;
                }
            }
            Ok(())
        };
        if !self.in_rows {
            for unit in 0..units {
                for statement in &self.all {
                    all(text, unit, statement)?;
                }
            }
            return Ok(());
        }
        for statement in &self.all {
            let (ty, Statement::Store(stream, distance, expr)) = statement else {
                (0..units).try_for_each(|unit| all(text, unit, statement))?;
                continue;
            };
            let name = ty.name();
            for unit in 0..units {
                writeln!(
                    text,
                    "(local.set $t{unit}_{name} {})",
                    value(*ty, expr, unit)
                )?;
            }
            for unit in 0..units {
                let value = format!("(local.get $t{unit}_{name})");
                store(text, *ty, (*stream, *distance), unit, &value)?;
            }
        }
        Ok(())
    }
}
