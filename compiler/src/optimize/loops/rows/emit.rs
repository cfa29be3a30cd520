//! Puts vectors in the place of numbers: they are put together before the loop and taken apart behind it.

use super::super::form::Loop;
use super::pack::{Row, Rows};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{
    Block, BlockArg, Function, Inst, InstBuilder, InstructionData, MemFlagsData, Opcode, Value,
    types,
};
use rustc_hash::FxHashMap;

/// Changes a loop. `has_shuffle` tells if bytes of a vector can be put in any order.
pub(super) fn emit(func: &mut Function, lp: &Loop, rows: &Rows, has_shuffle: bool) {
    let places: FxHashMap<Value, (usize, u8)> = rows.places().collect();
    let branch = func.layout.last_inst(lp.block).expect("a block ends");
    let outside = uses(func, lp.block, branch, &places);
    enter(func, lp, rows, &places);
    let mut cursor = FuncCursor::new(func).at_inst(branch);
    let params: Vec<Value> = rows
        .groups
        .iter()
        .map(|_| cursor.func.dfg.append_block_param(lp.block, types::I32X4))
        .collect();
    let mut vectors: Vec<Value> = Vec::new();
    for row in &rows.all {
        let vector = emit_row(&mut cursor, row, (&params, &vectors), has_shuffle);
        vectors.push(vector);
    }
    let behind = leave(func, lp, rows, (&places, &vectors), branch);
    take_apart(func, behind, outside, (&places, &vectors));
    remove(func, lp, &places);
}

/// Lists the instructions outside the loop that take numbers which are now in vectors.
fn uses(
    func: &Function,
    block: Block,
    branch: Inst,
    places: &FxHashMap<Value, (usize, u8)>,
) -> Vec<Inst> {
    let blocks = func.layout.blocks().filter(|other| *other != block);
    let insts = blocks.flat_map(|block| func.layout.block_insts(block));
    let takes = |inst: &Inst| {
        let mut values = func.dfg.inst_values(*inst);
        values.any(|value| places.contains_key(&value))
    };
    insts.filter(|inst| *inst != branch).filter(takes).collect()
}

/// Puts vectors together in a block in front of the loop.
fn enter(func: &mut Function, lp: &Loop, rows: &Rows, places: &FxHashMap<Value, (usize, u8)>) {
    let front = func.dfg.make_block();
    func.layout.insert_block(front, lp.block);
    let mut starts = FxHashMap::default();
    for param in &lp.params {
        let ty = func.dfg.value_type(param.value);
        starts.insert(param.value, func.dfg.append_block_param(front, ty));
    }
    for entry in &lp.entries {
        let dfg = &mut func.dfg;
        let data = &mut dfg.insts[*entry];
        for call in data.branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables) {
            if call.block(&dfg.value_lists) == lp.block {
                call.set_block(front, &mut dfg.value_lists);
            }
        }
    }
    let mut cursor = FuncCursor::new(func).at_bottom(front);
    let others = lp
        .params
        .iter()
        .filter(|it| !places.contains_key(&it.value));
    let mut args: Vec<BlockArg> = others.map(|it| starts[&it.value].into()).collect();
    for (lanes, _) in &rows.groups {
        let [first, rest @ ..] = lanes.map(|value| starts[&value]);
        let mut whole = cursor.ins().scalar_to_vector(types::I32X4, first);
        for (value, lane) in rest.into_iter().zip(1..) {
            whole = cursor.ins().insertlane(whole, value, lane);
        }
        args.push(whole.into());
    }
    cursor.ins().jump(lp.block, &args);
}

fn emit_row(
    cursor: &mut FuncCursor,
    row: &Row,
    (params, vectors): (&[Value], &[Value]),
    has_shuffle: bool,
) -> Value {
    match *row {
        Row::Param(group) => params[group],
        Row::Splat(value) => cursor.ins().splat(types::I32X4, value),
        Row::Operation(opcode, args) => {
            let [x, y] = args.map(|arg| vectors[arg]);
            let (inst, dfg) = cursor.ins().Binary(opcode, types::I32X4, x, y);
            dfg.first_result(inst)
        }
        Row::Shift(Opcode::Rotl, of, by) => rotate(cursor, vectors[of], by, has_shuffle),
        Row::Shift(opcode, of, by) => shift(cursor, opcode, vectors[of], by),
        Row::Shuffle(of, order) => {
            let bytes = order
                .into_iter()
                .flat_map(|lane| [0, 1, 2, 3].map(|byte| 4 * lane + byte));
            shuffle(cursor, vectors[of], bytes.collect())
        }
    }
}

fn shift(cursor: &mut FuncCursor, opcode: Opcode, value: Value, by: u8) -> Value {
    let by = cursor.ins().iconst(types::I32, i64::from(by));
    let (inst, dfg) = cursor.ins().Binary(opcode, types::I32X4, value, by);
    dfg.first_result(inst)
}

/// Rotates each lane to the left.
fn rotate(cursor: &mut FuncCursor, value: Value, by: u8, has_shuffle: bool) -> Value {
    if by == 0 {
        return value;
    }
    // Without an instruction that shuffles bytes, Cranelift calls a function: 3.9 times the instructions of chacha20.
    if has_shuffle && by.is_multiple_of(8) {
        let byte = |at: u8| at / 4 * 4 + (at + 4 - by / 8) % 4;
        return shuffle(cursor, value, (0..16).map(byte).collect());
    }
    let left = shift(cursor, Opcode::Ishl, value, by);
    let right = shift(cursor, Opcode::Ushr, value, 32 - by);
    cursor.ins().bor(left, right)
}

fn shuffle(cursor: &mut FuncCursor, value: Value, bytes: Vec<u8>) -> Value {
    let mut flags = MemFlagsData::new();
    flags.set_endianness(cranelift_codegen::ir::Endianness::Little);
    let value = cursor.ins().bitcast(types::I8X16, flags, value);
    let mask = cursor.func.dfg.immediates.push(bytes.into());
    let shuffled = cursor.ins().shuffle(value, value, mask);
    cursor.ins().bitcast(types::I32X4, flags, shuffled)
}

/// Ends the loop with vectors; gives the block behind it, which goes on as the loop did.
fn leave(
    func: &mut Function,
    lp: &Loop,
    rows: &Rows,
    (places, vectors): (&FxHashMap<Value, (usize, u8)>, &[Value]),
    branch: Inst,
) -> Block {
    let behind = func.dfg.make_block();
    func.layout.insert_block_after(behind, lp.block);
    let InstructionData::Brif { arg, blocks, .. } = func.dfg.insts[branch] else {
        unreachable!("a loop ends in a branch");
    };
    let pool = &func.dfg.value_lists;
    let targets = blocks.map(|call| call.block(pool));
    let args = blocks.map(|call| call.args(pool).collect::<Vec<BlockArg>>());
    let back = usize::from(targets[0] != lp.block);
    let others = lp
        .params
        .iter()
        .filter(|it| !places.contains_key(&it.value));
    let mut again: Vec<BlockArg> = others.map(|it| it.next.into()).collect();
    again.extend(
        rows.groups
            .iter()
            .map(|(_, next)| BlockArg::from(vectors[*next])),
    );
    let mut cursor = FuncCursor::new(func).at_inst(branch);
    match back {
        0 => cursor.ins().brif(arg, lp.block, &again, behind, &[]),
        _ => cursor.ins().brif(arg, behind, &[], lp.block, &again),
    };
    cursor.remove_inst();
    cursor.goto_bottom(behind);
    cursor.ins().jump(targets[1 - back], &args[1 - back]);
    behind
}

/// Takes numbers out of vectors behind the loop, where others need them.
fn take_apart(
    func: &mut Function,
    behind: Block,
    outside: Vec<Inst>,
    (places, vectors): (&FxHashMap<Value, (usize, u8)>, &[Value]),
) {
    let jump = func.layout.last_inst(behind).expect("it ends in a jump");
    let mut known: FxHashMap<Value, Value> = FxHashMap::default();
    for inst in outside.into_iter().chain([jump]) {
        let taken: Vec<Value> = func.dfg.inst_values(inst).collect();
        for value in taken {
            if let Some((vector, lane)) = places.get(&value)
                && !known.contains_key(&value)
            {
                let mut cursor = FuncCursor::new(func).at_inst(jump);
                let number = cursor.ins().extractlane(vectors[*vector], *lane);
                known.insert(value, number);
            }
        }
        func.dfg
            .map_inst_values(inst, |value| known.get(&value).copied().unwrap_or(value));
    }
}

/// Removes the numbers that are now in vectors.
fn remove(func: &mut Function, lp: &Loop, places: &FxHashMap<Value, (usize, u8)>) {
    for inst in &lp.body {
        let mut results = func.dfg.inst_results(*inst).iter();
        if results.any(|result| places.contains_key(result)) {
            func.layout.remove_inst(*inst);
        }
    }
    for param in &lp.params {
        if places.contains_key(&param.value) {
            func.dfg.remove_block_param(param.value);
        }
    }
}
