//! Expressions that loops compute of the numbers in arrays, the same for each of the turns that they are unrolled by.

use super::super::one_of;
use anyhow::Result;
use arbitrary::Unstructured;

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    F64,
    F32,
    I64,
    I32,
}

/// The numbers of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Integers,
    /// And if NaNs can arise.
    Floats {
        ty: Ty,
        has_nans: bool,
    },
}

impl Ty {
    pub fn name(self) -> &'static str {
        match self {
            Ty::F64 => "f64",
            Ty::F32 => "f32",
            Ty::I64 => "i64",
            Ty::I32 => "i32",
        }
    }

    pub fn size(self) -> i32 {
        match self {
            Ty::F64 | Ty::I64 => 8,
            Ty::F32 | Ty::I32 => 4,
        }
    }

    fn is_float(self) -> bool {
        matches!(self, Ty::F64 | Ty::F32)
    }

    /// Gives the number that is on the stack as an `i64`, all NaNs as one.
    pub fn bits(self, local: &str) -> String {
        match self {
            Ty::I64 => format!("(local.get {local})"),
            Ty::I32 => format!("(i64.extend_i32_u (local.get {local}))"),
            Ty::F64 => format!(
                "(select (i64.reinterpret_f64 (local.get {local})) (i64.const -1) (f64.eq (local.get {local}) (local.get {local})))"
            ),
            Ty::F32 => format!(
                "(select (i64.extend_i32_u (i32.reinterpret_f32 (local.get {local}))) (i64.const -1) (f32.eq (local.get {local}) (local.get {local})))"
            ),
        }
    }
}

/// An expression; leaves that are accesses are made by the nest.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A load from a stream, so many elements from where the unit is.
    Load(usize, i32),
    /// A constant for each unit.
    Constants([i32; 5]),
    Param,
    Counter,
    Carried,
    Unary(&'static str, Box<Expr>),
    /// An operator, and the units in which its operands are swapped, as bits.
    Binary(&'static str, Box<Expr>, Box<Expr>, u8),
}

/// The purpose that expressions are made for.
pub struct Maker {
    pub ty: Ty,
    pub family: Family,
    pub streams: usize,
    pub has_carried: bool,
}

impl Maker {
    pub fn expr(&self, input: &mut Unstructured, depth: u32) -> Result<Expr> {
        if depth == 0 || input.ratio(1, 6)? {
            return self.leaf(input);
        }
        if input.ratio(1, 5)? && self.ty.is_float() {
            let all = ["neg", "abs", "sqrt", "floor", "nearest"];
            let ops = if self.can_be_nan() {
                &all[..]
            } else {
                &all[..2]
            };
            return Ok(Expr::Unary(
                one_of(input, ops)?,
                Box::new(self.expr(input, depth - 1)?),
            ));
        }
        let op = self.operator(input)?;
        let left = self.expr(input, depth - 1)?;
        let is_shift = op.starts_with("sh") || op.starts_with("rot");
        let right = match (
            is_shift,
            op == "mul" && self.ty.is_float() && !self.can_be_nan(),
        ) {
            (true, _) if input.ratio(4, 5)? => match input.ratio(1, 3)? {
                true => Expr::Param,
                false => Expr::Constants([input.int_in_range(0..=70)?; 5]),
            },
            // No number may grow beyond all.
            (_, true) => Expr::Constants([1; 5]),
            _ => self.expr(input, depth - 1)?,
        };
        let is_commutative = matches!(op, "add" | "mul" | "and" | "or" | "xor" | "min" | "max");
        let swaps = match is_commutative && input.ratio(1, 4)? {
            true => input.arbitrary()?,
            false => 0,
        };
        Ok(Expr::Binary(op, Box::new(left), Box::new(right), swaps))
    }

    fn can_be_nan(&self) -> bool {
        matches!(self.family, Family::Floats { has_nans: true, .. })
    }

    pub fn operator(&self, input: &mut Unstructured) -> Result<&'static str> {
        const FLOAT: [&str; 7] = ["add", "sub", "mul", "min", "max", "div", "copysign"];
        const INTEGER: [&str; 12] = [
            "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "add", "sub", "rotl",
        ];
        let ops = match (self.ty.is_float(), self.can_be_nan()) {
            (true, true) => &FLOAT[..],
            (true, false) => &FLOAT[..5],
            (false, _) => &INTEGER[..],
        };
        Ok(*one_of(input, ops)?)
    }

    fn leaf(&self, input: &mut Unstructured) -> Result<Expr> {
        Ok(match input.int_in_range(0..=19)? {
            0..=13 => {
                let near = [0, 0, 0, 0, 0, 0, 1, -1, 2, -2, 3, 4];
                let stream = input.int_in_range(0..=self.streams - 1)?;
                Expr::Load(stream, *one_of(input, &near)?)
            }
            14 | 15 => Expr::Param,
            16 => Expr::Constants([input.int_in_range(-9..=9)?; 5]),
            17 => Expr::Constants([3, 1, 4, 1, 5]),
            18 if self.has_carried => Expr::Carried,
            _ => Expr::Counter,
        })
    }
}

impl Expr {
    /// Gives its text in a unit; `load` gives that of an access.
    pub fn text(&self, ty: Ty, unit: usize, load: &dyn Fn(usize, i32) -> String) -> String {
        let name = ty.name();
        match self {
            Expr::Load(stream, distance) => load(*stream, *distance),
            Expr::Constants(all) if ty.is_float() => format!("({name}.const {}.5)", all[unit]),
            Expr::Constants(all) => format!("({name}.const {})", all[unit]),
            Expr::Param => match ty {
                Ty::F64 => "(local.get $x)".to_owned(),
                Ty::F32 => "(f32.demote_f64 (local.get $x))".to_owned(),
                Ty::I64 => "(local.get $y)".to_owned(),
                Ty::I32 => "(i32.wrap_i64 (local.get $y))".to_owned(),
            },
            Expr::Counter => match ty {
                Ty::F64 => "(f64.convert_i32_s (local.get $i))".to_owned(),
                Ty::F32 => "(f32.convert_i32_u (local.get $i))".to_owned(),
                Ty::I64 => "(i64.extend_i32_s (local.get $i))".to_owned(),
                Ty::I32 => "(local.get $i)".to_owned(),
            },
            Expr::Carried => format!("(local.get $carried_{name})"),
            Expr::Unary(op, x) => format!("({name}.{op} {})", x.text(ty, unit, load)),
            Expr::Binary(op, x, y, swaps) => {
                let (x, y) = (x.text(ty, unit, load), y.text(ty, unit, load));
                match swaps >> unit & 1 {
                    0 => format!("({name}.{op} {x} {y})"),
                    _ => format!("({name}.{op} {y} {x})"),
                }
            }
        }
    }
}
