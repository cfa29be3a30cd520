//! Numbers of 64 bits that are known when compiling or else when the program runs, and sums of them.

use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

/// A number of 64 bits, or the answer to a question.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Constant(i64),
    Value(Value),
}

impl Number {
    /// Gives it as a value.
    pub fn value(self, cursor: &mut FuncCursor) -> Value {
        match self {
            Self::Constant(constant) => cursor.ins().iconst(types::I64, constant),
            Self::Value(value) => value,
        }
    }

    pub fn plus(self, cursor: &mut FuncCursor, other: Self) -> Self {
        match (self, other) {
            (Self::Constant(x), Self::Constant(y)) => Self::Constant(x.wrapping_add(y)),
            (Self::Constant(0), other) | (other, Self::Constant(0)) => other,
            _ => {
                let (x, y) = (self.value(cursor), other.value(cursor));
                Self::Value(cursor.ins().iadd(x, y))
            }
        }
    }

    pub fn minus(self, cursor: &mut FuncCursor, other: Self) -> Self {
        match (self, other) {
            (_, Self::Constant(y)) => self.plus(cursor, Self::Constant(y.wrapping_neg())),
            _ => {
                let (x, y) = (self.value(cursor), other.value(cursor));
                Self::Value(cursor.ins().isub(x, y))
            }
        }
    }

    pub fn times(self, cursor: &mut FuncCursor, by: i64) -> Self {
        match self {
            Self::Constant(x) => Self::Constant(x.wrapping_mul(by)),
            Self::Value(_) if by == 1 => self,
            Self::Value(x) => {
                let by = cursor.ins().iconst(types::I64, by);
                Self::Value(cursor.ins().imul(x, by))
            }
        }
    }

    /// Gives it where `condition` is not 0, else `other`.
    pub fn or(self, cursor: &mut FuncCursor, condition: Option<Value>, other: Self) -> Self {
        let Some(condition) = condition else {
            return self;
        };
        let (x, y) = (self.value(cursor), other.value(cursor));
        Self::Value(cursor.ins().select(condition, x, y))
    }

    /// Divides it, without sign, by a number above 0.
    pub fn divided(self, cursor: &mut FuncCursor, by: i64) -> Self {
        match self {
            Self::Constant(x) => Self::Constant((x as u64 / by as u64) as i64),
            Self::Value(_) if by == 1 => self,
            Self::Value(x) if by.count_ones() == 1 => {
                let by = cursor
                    .ins()
                    .iconst(types::I64, i64::from(by.trailing_zeros()));
                Self::Value(cursor.ins().ushr(x, by))
            }
            Self::Value(x) => {
                let by = cursor.ins().iconst(types::I64, by);
                Self::Value(cursor.ins().udiv(x, by))
            }
        }
    }
}

/// Conditions that must all hold.
#[derive(Default)]
pub(super) struct Conditions {
    value: Option<Value>,
    never: bool,
}

impl Conditions {
    /// Adds `x condition y`.
    pub fn compare(&mut self, cursor: &mut FuncCursor, condition: IntCC, x: Number, y: Number) {
        match (x, y) {
            (Number::Constant(x), Number::Constant(y)) => {
                self.never |= !holds(condition, x, y);
            }
            _ => {
                let (x, y) = (x.value(cursor), y.value(cursor));
                let value = cursor.ins().icmp(condition, x, y);
                self.add(cursor, value);
            }
        }
    }

    /// Adds that `x <= y` or `z <= w`, all with sign, or what `other` says, if it says anything.
    pub fn either(
        &mut self,
        cursor: &mut FuncCursor,
        [x, y, z, w]: [Number; 4],
        other: Option<Self>,
    ) {
        const CONDITION: IntCC = IntCC::SignedLessThanOrEqual;
        let other = other.map(Self::answer);
        for (x, y) in [(x, y), (z, w)] {
            if let (Number::Constant(x), Number::Constant(y)) = (x, y)
                && x <= y
            {
                return;
            }
        }
        if matches!(other, Some(Ok(true))) {
            return;
        }
        let [x, y, z, w] = [x, y, z, w].map(|number| number.value(cursor));
        let first = cursor.ins().icmp(CONDITION, x, y);
        let second = cursor.ins().icmp(CONDITION, z, w);
        let mut value = cursor.ins().bor(first, second);
        if let Some(Err(other)) = other {
            value = cursor.ins().bor(value, other);
        }
        self.add(cursor, value);
    }

    /// Adds all of `others`; where there is a `premise`, only as far as that is not 0.
    pub fn imply(&mut self, cursor: &mut FuncCursor, premise: Option<Value>, others: Self) {
        let negated = premise.map(|premise| {
            let zero = cursor.ins().iconst(types::I8, 0);
            cursor.ins().icmp(IntCC::Equal, premise, zero)
        });
        match (others.answer(), negated) {
            (Ok(true), _) => {}
            (Ok(false), None) => self.never = true,
            (Ok(false), Some(negated)) => self.add(cursor, negated),
            (Err(value), None) => self.add(cursor, value),
            (Err(value), Some(negated)) => {
                let either = cursor.ins().bor(value, negated);
                self.add(cursor, either);
            }
        }
    }

    fn add(&mut self, cursor: &mut FuncCursor, value: Value) {
        self.value = Some(match self.value {
            Some(others) => cursor.ins().band(others, value),
            None => value,
        });
    }

    /// Gives the answer: `Ok` of a constant where it is known.
    pub fn answer(self) -> Result<bool, Value> {
        match (self.never, self.value) {
            (true, _) => Ok(false),
            (false, Some(value)) => Err(value),
            (false, None) => Ok(true),
        }
    }
}

fn holds(condition: IntCC, x: i64, y: i64) -> bool {
    let (unsigned_x, unsigned_y) = (x as u64, y as u64);
    match condition {
        IntCC::Equal => x == y,
        IntCC::NotEqual => x != y,
        IntCC::SignedLessThan => x < y,
        IntCC::SignedLessThanOrEqual => x <= y,
        IntCC::SignedGreaterThan => x > y,
        IntCC::SignedGreaterThanOrEqual => x >= y,
        IntCC::UnsignedLessThan => unsigned_x < unsigned_y,
        IntCC::UnsignedLessThanOrEqual => unsigned_x <= unsigned_y,
        IntCC::UnsignedGreaterThan => unsigned_x > unsigned_y,
        IntCC::UnsignedGreaterThanOrEqual => unsigned_x >= unsigned_y,
    }
}
