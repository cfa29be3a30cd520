//! Carries 32-bit block parameters that become addresses as zero-extended 64-bit ones.
//!
//! A memory access extends its 32-bit index to 64 bits. That is free behind an instruction that
//! writes a 32-bit register, but costs a move behind a block parameter, such as a loop's pointer or
//! counter, whose registers' high halves nobody knows. So a parameter that is extended becomes 64
//! bits wide; what is passed to it is extended where it is passed, mostly behind the instruction
//! that makes it, and so are parameters that are passed on to such a one. A 32-bit load whose value
//! is extended becomes a load that extends: Cranelift would copy the value where both are used.
//!
//! CoreMark against the same compiler without this pass, user time, minima of 8 interleaved runs:
//! parameters alone 1.020 times as fast, with loads 1.038.
//!
//! SECURITY: addresses rely on the high half being zero. It is, by construction: a wide value is the
//! result of a `uextend` or of a load that extends with zeros, or a parameter for which only wide
//! values are passed.

use super::values::{instructions, passed};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{
    BlockArg, Function, Inst, InstBuilder, InstructionData, Opcode, Value, types,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// Runs the pass. Values are no aliases.
pub(super) fn run(func: &mut Function) {
    let chosen = choose(func);
    let mut wide = widen(func, &chosen);
    pass_wide(func, &chosen, &mut wide);
    use_wide(func, &mut wide);
}

/// The wide value of narrow ones.
type Wide = FxHashMap<Value, Value>;

/// The parameters to widen.
fn choose(func: &Function) -> FxHashSet<Value> {
    let incoming = incoming(func);
    let mut chosen = FxHashSet::default();
    let mut worklist: Vec<Value> = instructions(func)
        .filter_map(|inst| extended(func, inst))
        .collect();
    while let Some(param) = worklist.pop() {
        let Some(arguments) = incoming.get(&param).filter(|_| !chosen.contains(&param)) else {
            continue;
        };
        // What a `try_call` passes has the type that its signature says.
        let values: Option<Vec<Value>> = arguments.iter().map(BlockArg::as_value).collect();
        if let Some(values) = values {
            chosen.insert(param);
            worklist.extend(values);
        }
    }
    chosen
}

/// Gives what is passed for each 32-bit parameter of a block but the entry.
fn incoming(func: &Function) -> FxHashMap<Value, Vec<BlockArg>> {
    let mut incoming: FxHashMap<Value, Vec<BlockArg>> = FxHashMap::default();
    for inst in branches(func) {
        for (param, argument) in passed(func, inst) {
            if func.dfg.value_type(param) == types::I32 {
                incoming.entry(param).or_default().push(argument);
            }
        }
    }
    incoming
}

/// Makes the chosen parameters 64 bits wide; gives the wide value of each, both by the parameter
/// that was and by the narrow value that stands for it now.
fn widen(func: &mut Function, chosen: &FxHashSet<Value>) -> Wide {
    let mut wide = Wide::default();
    let blocks: Vec<_> = func.layout.blocks().collect();
    for block in blocks {
        for param in func.dfg.block_params(block).to_vec() {
            if !chosen.contains(&param) {
                continue;
            }
            let widened = func.dfg.replace_block_param(param, types::I64);
            let mut cursor = FuncCursor::new(func).at_first_insertion_point(block);
            let narrow = cursor.ins().ireduce(types::I32, widened);
            func.dfg.change_to_alias(param, narrow);
            wide.insert(param, widened);
            wide.insert(narrow, widened);
        }
    }
    wide
}

/// Passes 64-bit values for the widened parameters.
fn pass_wide(func: &mut Function, chosen: &FxHashSet<Value>, wide: &mut Wide) {
    let widened: FxHashSet<Value> = chosen.iter().map(|param| wide[param]).collect();
    let branches: Vec<Inst> = branches(func).collect();
    for inst in branches {
        let narrow: FxHashSet<Value> = passed(func, inst)
            .filter(|(param, _)| widened.contains(param))
            .filter_map(|(_, argument)| argument.as_value())
            .collect();
        if narrow.is_empty() {
            continue;
        }
        // One extension for each value, wherever the branch passes it.
        let mut narrow: Vec<Value> = narrow.into_iter().collect();
        narrow.sort_unstable();
        let extended: FxHashMap<Value, Value> = narrow
            .into_iter()
            .map(|value| (value, extend(func, inst, value, wide)))
            .collect();
        let dfg = &mut func.dfg;
        let blocks = &dfg.blocks;
        let pool = &mut dfg.value_lists;
        let calls =
            dfg.insts[inst].branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables);
        for call in calls {
            let params = blocks[call.block(pool)].params(pool).to_vec();
            let mut params = params.into_iter();
            call.update_args(pool, |argument| match (params.next(), argument) {
                (Some(param), BlockArg::Value(value)) if widened.contains(&param) => {
                    BlockArg::Value(extended[&value])
                }
                (_, argument) => argument,
            });
        }
    }
}

fn extend(func: &mut Function, before: Inst, value: Value, wide: &mut Wide) -> Value {
    known_wide(func, value, wide).unwrap_or_else(|| {
        let mut cursor = FuncCursor::new(func).at_inst(before);
        cursor.ins().uextend(types::I64, value)
    })
}

/// The wide value of `value`, if it has one or a load gives it.
fn known_wide(func: &mut Function, value: Value, wide: &mut Wide) -> Option<Value> {
    let value = func.dfg.resolve_aliases(value);
    if let Some(widened) = wide.get(&value) {
        return Some(*widened);
    }
    let (widened, narrow) = widen_load(func, value)?;
    wide.insert(narrow, widened);
    Some(widened)
}

/// Makes the 32-bit load that gives `value` one that extends, which costs the same; gives both the
/// wide value and the narrow one that stands for what was.
fn widen_load(func: &mut Function, value: Value) -> Option<(Value, Value)> {
    let inst = func.dfg.value_def(value).inst()?;
    let InstructionData::Load {
        opcode,
        flags,
        offset,
        arg,
    } = func.dfg.insts[inst]
    else {
        return None;
    };
    if !matches!(opcode, Opcode::Load | Opcode::Uload8 | Opcode::Uload16) {
        return None;
    }
    let flags = func.dfg.mem_flags[flags];
    let mut cursor = FuncCursor::new(func).at_inst(inst);
    // Where it traps, it is still the same wasm instruction.
    cursor.use_srcloc(inst);
    let ins = cursor.ins();
    let widened = match opcode {
        Opcode::Uload8 => ins.uload8(types::I64, flags, arg, offset),
        Opcode::Uload16 => ins.uload16(types::I64, flags, arg, offset),
        _ => ins.uload32(flags, arg, offset),
    };
    let narrow = cursor.ins().ireduce(types::I32, widened);
    func.dfg.clear_results(inst);
    func.dfg.change_to_alias(value, narrow);
    func.layout.remove_inst(inst);
    Some((widened, narrow))
}

/// Uses wide values in place of extensions.
fn use_wide(func: &mut Function, wide: &mut Wide) {
    let extensions: Vec<(Inst, Value)> = instructions(func)
        .filter_map(|inst| Some((inst, extended(func, inst)?)))
        .collect();
    for (inst, narrow) in extensions {
        if let Some(widened) = known_wide(func, narrow, wide) {
            let result = func.dfg.first_result(inst);
            func.dfg.clear_results(inst);
            func.dfg.change_to_alias(result, widened);
            func.layout.remove_inst(inst);
        }
    }
}

fn branches(func: &Function) -> impl Iterator<Item = Inst> {
    let blocks = func.layout.blocks();
    blocks.filter_map(|block| func.layout.last_inst(block))
}

/// The 32-bit value that `inst` extends to 64 bits with zeros, if it does.
fn extended(func: &Function, inst: Inst) -> Option<Value> {
    match func.dfg.insts[inst] {
        InstructionData::Unary {
            opcode: Opcode::Uextend,
            arg,
        } => {
            let to = func.dfg.value_type(func.dfg.first_result(inst));
            let from = func.dfg.value_type(arg);
            (from == types::I32 && to == types::I64).then_some(arg)
        }
        _ => None,
    }
}
