//! Instructions on lanes.

use super::pack::Comparison;
use super::reduce::Rule;
use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::ir::{Endianness, InstBuilder, MemFlagsData, Opcode, Type, Value, types};

/// Emits an operation on lanes.
pub(super) fn operation(
    cursor: &mut FuncCursor,
    opcode: Opcode,
    ty: Type,
    args: &[Value],
) -> Value {
    let (inst, dfg) = match *args {
        [x] => cursor.ins().Unary(opcode, ty, x),
        [x, y] => cursor.ins().Binary(opcode, ty, x, y),
        _ => unreachable!("operations on lanes have one operand or two"),
    };
    dfg.first_result(inst)
}

/// Emits the choice of lanes by a comparison.
pub(super) fn choice(
    cursor: &mut FuncCursor,
    comparison: Comparison,
    ty: Type,
    [x, y, yes, no]: [Value; 4],
) -> Value {
    let mut mask = match comparison {
        Comparison::Int(condition) => cursor.ins().icmp(condition, x, y),
        Comparison::Float(condition) => cursor.ins().fcmp(condition, x, y),
    };
    if cursor.func.dfg.value_type(mask) != ty {
        mask = cursor.ins().bitcast(ty, MemFlagsData::new(), mask);
    }
    cursor.ins().bitselect(mask, yes, no)
}

/// Loads neighbours, each as `opcode` loads one.
pub(super) fn load(
    cursor: &mut FuncCursor,
    opcode: Opcode,
    (ty, flags): (Type, MemFlagsData),
    (address, offset): (Value, i32),
) -> Value {
    let ins = cursor.ins();
    match opcode {
        Opcode::Sload16 => ins.sload16x4(flags, address, offset),
        Opcode::Uload16 => ins.uload16x4(flags, address, offset),
        Opcode::Sload32 => ins.sload32x2(flags, address, offset),
        Opcode::Uload32 => ins.uload32x2(flags, address, offset),
        Opcode::Sload8 | Opcode::Uload8 => {
            // Four bytes: no more than the loop loads.
            let four = ins.load(types::I32, flags, address, offset);
            let bytes = cursor.ins().scalar_to_vector(types::I32X4, four);
            let little = MemFlagsData::new().with_endianness(Endianness::Little);
            let bytes = cursor.ins().bitcast(types::I8X16, little, bytes);
            match opcode {
                Opcode::Sload8 => {
                    let halves = cursor.ins().swiden_low(bytes);
                    cursor.ins().swiden_low(halves)
                }
                _ => {
                    let halves = cursor.ins().uwiden_low(bytes);
                    cursor.ins().uwiden_low(halves)
                }
            }
        }
        _ => ins.load(ty, flags, address, offset),
    }
}

/// Stores neighbours, each as `opcode` stores one.
pub(super) fn store(
    cursor: &mut FuncCursor,
    opcode: Opcode,
    (value, flags): (Value, MemFlagsData),
    (address, offset): (Value, i32),
) {
    let little = MemFlagsData::new().with_endianness(Endianness::Little);
    let low = match opcode {
        Opcode::Istore8 => {
            // At most 255, so that neither saturates.
            let mask = cursor.ins().iconst(types::I32, 255);
            let mask = cursor.ins().splat(types::I32X4, mask);
            let low = cursor.ins().band(value, mask);
            let halves = cursor.ins().snarrow(low, low);
            let bytes = cursor.ins().unarrow(halves, halves);
            let four = cursor.ins().bitcast(types::I32X4, little, bytes);
            cursor.ins().extractlane(four, 0)
        }
        Opcode::Istore16 => {
            // The low half with its sign, so that nothing saturates.
            let half = cursor.ins().iconst(types::I32, 16);
            let high = cursor.ins().ishl(value, half);
            let low = cursor.ins().sshr(high, half);
            let halves = cursor.ins().snarrow(low, low);
            let eight = cursor.ins().bitcast(types::I64X2, little, halves);
            cursor.ins().extractlane(eight, 0)
        }
        _ => value,
    };
    cursor.ins().store(flags, low, address, offset);
}

/// Gives lanes that together are `start`.
pub(super) fn start(cursor: &mut FuncCursor, rule: Rule, ty: Type, start: Value) -> Value {
    match rule {
        // The other lanes are 0.
        Rule::Operation(Opcode::Iadd | Opcode::Bxor) => cursor.ins().scalar_to_vector(ty, start),
        _ => cursor.ins().splat(ty, start),
    }
}

/// Takes lanes, or two numbers, together.
pub(super) fn add(cursor: &mut FuncCursor, rule: Rule, x: Value, y: Value) -> Value {
    let ty = cursor.func.dfg.value_type(x);
    match rule {
        Rule::Operation(opcode) => operation(cursor, opcode, ty, &[x, y]),
        Rule::Choice(condition) if ty.is_vector() => {
            choice(cursor, Comparison::Int(condition), ty, [x, y, x, y])
        }
        Rule::Choice(condition) => {
            let holds = cursor.ins().icmp(condition, x, y);
            cursor.ins().select(holds, x, y)
        }
    }
}

/// Takes all lanes together.
pub(super) fn reduce(cursor: &mut FuncCursor, rule: Rule, all: Value) -> Value {
    let count = cursor.func.dfg.value_type(all).lane_count() as u8;
    let mut sum = cursor.ins().extractlane(all, 0);
    for lane in 1..count {
        let other = cursor.ins().extractlane(all, lane);
        sum = add(cursor, rule, sum, other);
    }
    sum
}
