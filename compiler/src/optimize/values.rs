//! Facts about values for passes: the instruction that gives one, and the range it lies in.

use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::condcodes::{CondCode, IntCC};
use cranelift_codegen::ir::{
    Block, BlockArg, Function, Inst, InstructionData, Opcode, Value, types,
};
use rustc_hash::FxHashMap;

/// Instructions that give the operands of one that are looked at for its range.
const DEPTH: u32 = 6;

/// All instructions, in the order of layout.
pub(super) fn instructions(func: &Function) -> impl Iterator<Item = Inst> {
    let blocks = func.layout.blocks();
    blocks.flat_map(|block| func.layout.block_insts(block))
}

/// Counts, by value, the operands that it is.
pub(super) fn uses(func: &Function) -> SecondaryMap<Value, u32> {
    let mut uses = SecondaryMap::new();
    for inst in instructions(func) {
        for value in func.dfg.inst_values(inst) {
            uses[func.dfg.resolve_aliases(value)] += 1;
        }
    }
    uses
}

/// The parameters that a branch passes something for, and the values that it passes.
pub(super) fn passed(func: &Function, inst: Inst) -> impl Iterator<Item = (Value, BlockArg)> {
    let dfg = &func.dfg;
    let calls = dfg.insts[inst].branch_destination(&dfg.jump_tables, &dfg.exception_tables);
    calls.iter().flat_map(|call| {
        let params = dfg.block_params(call.block(&dfg.value_lists));
        params.iter().copied().zip(call.args(&dfg.value_lists))
    })
}

/// The operand of the instruction that gives `value`, if it is this one.
pub(super) fn unary(func: &Function, value: Value, expected: Opcode) -> Option<Value> {
    let inst = func.dfg.value_def(value).inst()?;
    match func.dfg.insts[inst] {
        InstructionData::Unary { opcode, arg } if opcode == expected => {
            Some(func.dfg.resolve_aliases(arg))
        }
        _ => None,
    }
}

/// The operands of the instruction that gives `value`, if it is this one.
pub(super) fn binary(func: &Function, value: Value, expected: Opcode) -> Option<(Value, Value)> {
    let inst = func.dfg.value_def(value).inst()?;
    match func.dfg.insts[inst] {
        InstructionData::Binary { opcode, args } if opcode == expected => {
            let [x, y] = args.map(|arg| func.dfg.resolve_aliases(arg));
            Some((x, y))
        }
        _ => None,
    }
}

/// The constant that `value` is, sign-extended if it has 64 bits, zero-extended else.
pub(super) fn constant(func: &Function, value: Value) -> Option<i64> {
    let inst = func.dfg.value_def(value).inst()?;
    match func.dfg.insts[inst] {
        InstructionData::UnaryImm {
            opcode: Opcode::Iconst,
            imm,
        } => Some(imm.bits()),
        _ => None,
    }
}

/// The value and the constant that `value`, of 32 bits, is the sum of modulo 2^32.
pub(super) fn offset(func: &Function, value: Value) -> Option<(Value, u32)> {
    if let Some((x, y)) = binary(func, value, Opcode::Iadd) {
        return match (constant(func, x), constant(func, y)) {
            (_, Some(constant)) => Some((x, constant as u32)),
            (Some(constant), _) => Some((y, constant as u32)),
            _ => None,
        };
    }
    let (x, y) = binary(func, value, Opcode::Isub)?;
    Some((x, (constant(func, y)? as u32).wrapping_neg()))
}

/// A comparison of numbers of 32 bits; with 0 where there is no `y`.
#[derive(Clone, Copy)]
pub(super) struct Comparison {
    pub condition: IntCC,
    pub x: Value,
    pub y: Option<Value>,
}

/// The comparison that holds where `condition` is not 0.
pub(super) fn comparison(func: &Function, condition: Value) -> Option<Comparison> {
    let condition = func.dfg.resolve_aliases(condition);
    let is_narrow = |value| func.dfg.value_type(value) == types::I32;
    let compared = unary(func, condition, Opcode::Uextend).unwrap_or(condition);
    let inst = func.dfg.value_def(compared).inst();
    match inst.map(|inst| func.dfg.insts[inst]) {
        Some(InstructionData::IntCompare { cond, args, .. }) => {
            let [x, y] = args.map(|arg| func.dfg.resolve_aliases(arg));
            is_narrow(x).then_some(Comparison {
                condition: cond,
                x,
                y: Some(y),
            })
        }
        _ => is_narrow(condition).then_some(Comparison {
            condition: IntCC::NotEqual,
            x: condition,
            y: None,
        }),
    }
}

/// The comparison that holds where a branch goes to `target` and not to its other destination; true if
/// `target` is the first of the two.
pub(super) fn taken(func: &Function, branch: Inst, target: Block) -> Option<(Comparison, bool)> {
    let InstructionData::Brif { arg, blocks, .. } = func.dfg.insts[branch] else {
        return None;
    };
    let [first, second] = blocks.map(|call| call.block(&func.dfg.value_lists));
    let mut comparison = comparison(func, arg).filter(|_| first != second)?;
    if first != target {
        comparison.condition = comparison.condition.complement();
    }
    Some((comparison, first == target))
}

/// Numbers from `low` to `high`, both included. What never happens has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub low: i64,
    pub high: i64,
}

impl Range {
    /// All numbers of 32 bits.
    pub const ALL: Range = Range {
        low: 0,
        high: u32::MAX as i64,
    };

    /// One number.
    pub fn only(number: i64) -> Self {
        Range {
            low: number,
            high: number,
        }
    }

    fn up_to(high: i64) -> Self {
        Range { low: 0, high }
    }

    const SIGN: i64 = 1 << 31;

    /// The numbers without sign that `x`, one of these, can be where `x condition y` holds for `y` in
    /// another range.
    pub fn where_compared(self, condition: IntCC, y: Range) -> Range {
        let is_natural = |range: Range| range.high < Self::SIGN;
        let (low, high) = match condition {
            IntCC::Equal => (y.low, y.high),
            IntCC::NotEqual => (i64::from(y.low == 0 && y.high == 0), Self::ALL.high),
            IntCC::UnsignedLessThan => (0, y.high - 1),
            IntCC::UnsignedLessThanOrEqual => (0, y.high),
            IntCC::UnsignedGreaterThan => (y.low + 1, Self::ALL.high),
            IntCC::UnsignedGreaterThanOrEqual => (y.low, Self::ALL.high),
            // Where the smaller is no negative number, neither is the larger.
            IntCC::SignedLessThan if is_natural(self) => (0, y.high.min(Self::SIGN - 1) - 1),
            IntCC::SignedLessThanOrEqual if is_natural(self) => (0, y.high.min(Self::SIGN - 1)),
            IntCC::SignedGreaterThan if is_natural(y) => (y.low + 1, Self::SIGN - 1),
            IntCC::SignedGreaterThanOrEqual if is_natural(y) => (y.low, Self::SIGN - 1),
            _ => (0, Self::ALL.high),
        };
        self.within(Range { low, high })
    }

    /// The numbers in both.
    pub fn within(self, other: Range) -> Self {
        Range {
            low: self.low.max(other.low),
            high: self.high.min(other.high),
        }
    }
}

/// The unsigned numbers that `value`, of 32 bits, can be, where `known` holds.
pub(super) fn range(func: &Function, value: Value, known: &FxHashMap<Value, Range>) -> Range {
    range_to(func, value, known, DEPTH)
}

fn range_to(func: &Function, value: Value, known: &FxHashMap<Value, Range>, depth: u32) -> Range {
    debug_assert_eq!(func.dfg.value_type(value), types::I32);
    let known_range = known.get(&value).copied().unwrap_or(Range::ALL);
    let Some(inst) = func.dfg.value_def(value).inst().filter(|_| depth > 0) else {
        return known_range;
    };
    let of = |value| range_to(func, func.dfg.resolve_aliases(value), known, depth - 1);
    let by_instruction = match func.dfg.insts[inst] {
        InstructionData::UnaryImm {
            opcode: Opcode::Iconst,
            imm,
        } => Range::only(i64::from(imm.bits() as u32)),
        InstructionData::Unary {
            opcode: Opcode::Uextend,
            arg,
        } => match func
            .dfg
            .value_def(arg)
            .inst()
            .map(|inst| func.dfg.insts[inst].opcode())
        {
            Some(Opcode::Icmp | Opcode::Fcmp) => Range::up_to(1),
            _ => Range::up_to((1 << func.dfg.value_type(arg).bits()) - 1),
        },
        InstructionData::Load { opcode, .. } => match opcode {
            Opcode::Uload8 => Range::up_to(0xff),
            Opcode::Uload16 => Range::up_to(0xffff),
            _ => Range::ALL,
        },
        InstructionData::Binary { opcode, args } => {
            let constant = constant(func, func.dfg.resolve_aliases(args[1]));
            let constant = constant.map(|constant| i64::from(constant as u32));
            binary_range(opcode, || of(args[0]), || of(args[1]), constant)
        }
        InstructionData::Ternary {
            opcode: Opcode::Select,
            args: [condition, x, y],
        } => {
            let comparison = comparison(func, condition);
            let chosen = |value, holds| chosen(func, value, comparison, holds, of);
            let (x, y) = (chosen(x, true), chosen(y, false));
            Range {
                low: x.low.min(y.low),
                high: x.high.max(y.high),
            }
        }
        _ => Range::ALL,
    };
    known_range.within(by_instruction)
}

/// The range of `value` where it is what a selection by `comparison` gives: often it is what is compared,
/// as in the smaller of two.
fn chosen(
    func: &Function,
    value: Value,
    comparison: Option<Comparison>,
    holds: bool,
    of: impl Fn(Value) -> Range,
) -> Range {
    let range = of(value);
    let Some(Comparison { condition, x, y }) = comparison else {
        return range;
    };
    let condition = match holds {
        true => condition,
        false => condition.complement(),
    };
    let value = func.dfg.resolve_aliases(value);
    if value == x {
        range.where_compared(condition, y.map_or(Range::up_to(0), of))
    } else if y == Some(value) {
        range.where_compared(condition.swap_args(), of(x))
    } else {
        range
    }
}

/// The range of what `opcode` gives for two operands, the second of which may be this constant.
fn binary_range(
    opcode: Opcode,
    x: impl Fn() -> Range,
    y: impl Fn() -> Range,
    constant: Option<i64>,
) -> Range {
    match (opcode, constant) {
        (Opcode::Band, _) => Range::up_to(x().high.min(y().high)),
        (Opcode::Bor, _) => {
            let (x, y) = (x(), y());
            Range {
                low: x.low.max(y.low),
                high: ones(x.high.max(y.high)),
            }
        }
        (Opcode::Bxor, _) => Range::up_to(ones(x().high.max(y().high))),
        (Opcode::Isub, _) => {
            let (x, y) = (x(), y());
            match x.low >= y.high {
                true => Range {
                    low: x.low - y.high,
                    high: x.high - y.low,
                },
                false => Range::ALL,
            }
        }
        // Else it is a negative number.
        (Opcode::Sshr, Some(by)) if x().high < Range::SIGN => Range {
            low: x().low >> (by & 31),
            high: x().high >> (by & 31),
        },
        (Opcode::Ushr, Some(by)) => Range {
            low: x().low >> (by & 31),
            high: x().high >> (by & 31),
        },
        (Opcode::Ishl, Some(by)) => exact(x(), |number| number << (by & 31)),
        (Opcode::Imul, Some(factor)) => exact(x(), |number| number.saturating_mul(factor)),
        (Opcode::Iadd, _) => {
            let (x, y) = (x(), y());
            let high = x.high + y.high;
            match high <= Range::ALL.high {
                true => Range {
                    low: x.low + y.low,
                    high,
                },
                false => Range::ALL,
            }
        }
        // By zero it traps.
        (Opcode::Urem, Some(by)) => Range::up_to((by - 1).max(0)),
        (Opcode::Udiv, Some(by)) if by > 0 => Range {
            low: x().low / by,
            high: x().high / by,
        },
        _ => Range::ALL,
    }
}

/// The greatest number that has no more bits than `number`.
fn ones(number: i64) -> i64 {
    (number.max(0) + 1).unsigned_abs().next_power_of_two() as i64 - 1
}

/// The range of a growing function of a number, unless it wraps.
fn exact(range: Range, function: impl Fn(i64) -> i64) -> Range {
    let high = function(range.high);
    if high > Range::ALL.high {
        return Range::ALL;
    }
    Range {
        low: function(range.low),
        high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `None` where it traps.
    type Operator = fn(u32, u32) -> Option<u32>;

    /// Ranges of few numbers, at both ends and around the sign.
    fn ranges() -> Vec<Range> {
        let starts = [0_i64, 1, 3, 6, 8, (1 << 31) - 4, 1 << 31, (1 << 32) - 6];
        let of_width = |width| {
            move |low| Range {
                low,
                high: low + width,
            }
        };
        let widths = [0_i64, 1, 4, 5];
        widths
            .into_iter()
            .flat_map(|width| starts.map(of_width(width)))
            .collect()
    }

    fn numbers(range: Range) -> impl Iterator<Item = u32> {
        (range.low..=range.high).map(|number| number as u32)
    }

    #[test]
    fn results_lie_in_their_ranges() {
        let operators: [(Opcode, Operator); 10] = [
            (Opcode::Band, |x, y| Some(x & y)),
            (Opcode::Bor, |x, y| Some(x | y)),
            (Opcode::Bxor, |x, y| Some(x ^ y)),
            (Opcode::Iadd, |x, y| Some(x.wrapping_add(y))),
            (Opcode::Isub, |x, y| Some(x.wrapping_sub(y))),
            (Opcode::Imul, |x, y| Some(x.wrapping_mul(y))),
            (Opcode::Ishl, |x, y| Some(x << (y & 31))),
            (Opcode::Ushr, |x, y| Some(x >> (y & 31))),
            (Opcode::Sshr, |x, y| Some((x as i32 >> (y & 31)) as u32)),
            (Opcode::Udiv, u32::checked_div),
        ];
        for (opcode, operator) in operators {
            for (x, y) in ranges()
                .iter()
                .flat_map(|x| ranges().into_iter().map(|y| (*x, y)))
            {
                let constant = (y.low == y.high).then_some(y.low);
                let range = binary_range(opcode, || x, || y, constant);
                for (a, b) in numbers(x).flat_map(|a| numbers(y).map(move |b| (a, b))) {
                    let Some(result) = operator(a, b) else {
                        continue;
                    };
                    let lies = (range.low..=range.high).contains(&i64::from(result));
                    assert!(lies, "{opcode} of {a:#x} and {b:#x} is not in {range:x?}");
                }
            }
        }
    }

    #[test]
    fn compared_numbers_lie_in_their_ranges() {
        use IntCC::*;
        let holds = |condition, x: u32, y: u32| match condition {
            Equal => x == y,
            NotEqual => x != y,
            UnsignedLessThan => x < y,
            UnsignedLessThanOrEqual => x <= y,
            UnsignedGreaterThan => x > y,
            UnsignedGreaterThanOrEqual => x >= y,
            SignedLessThan => (x as i32) < y as i32,
            SignedLessThanOrEqual => x as i32 <= y as i32,
            SignedGreaterThan => x as i32 > y as i32,
            SignedGreaterThanOrEqual => x as i32 >= y as i32,
        };
        for condition in IntCC::all() {
            for (x, y) in ranges()
                .iter()
                .flat_map(|x| ranges().into_iter().map(|y| (*x, y)))
            {
                let range = x.where_compared(*condition, y);
                for (a, b) in numbers(x).flat_map(|a| numbers(y).map(move |b| (a, b))) {
                    let lies = (range.low..=range.high).contains(&i64::from(a));
                    assert!(
                        lies || !holds(*condition, a, b),
                        "{a:#x} {condition} {b:#x}, but not in {range:x?}"
                    );
                }
            }
        }
    }
}
