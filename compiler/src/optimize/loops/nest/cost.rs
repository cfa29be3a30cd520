//! What a turn of a nest costs as it is, and in lanes, in quarters of an instruction.

use super::super::COUNTING;
use super::super::form::{Loop, is_access};
use super::super::pack::{CUTTING, stores_lanes};
use super::demand::{Demand, Way};
use super::places::Places;
use super::region::Nest;
use cranelift_codegen::ir::{Block, Function, Inst, Opcode, Value, types};

/// Turns that an inner loop is taken to take.
const TURNS: usize = 16;
/// Registers for vectors, less those that an instruction needs on its way.
const REGISTERS: usize = 13;

/// The cost of a turn of the outer loop; `inner` gives that of a turn of an inner one.
pub(super) fn usual(
    func: &Function,
    nest: &Nest,
    inner: impl Fn(&Function, &Loop) -> Option<usize>,
) -> usize {
    let as_is = |block: Block| -> usize {
        let insts = func.layout.block_insts(block);
        insts.map(|inst| scalar(func, inst)).sum()
    };
    let cost = |block: &Block| match nest.inner(*block) {
        Some(at) => TURNS * inner(func, &nest.inner[at].lp).unwrap_or_else(|| as_is(*block)),
        None => as_is(*block),
    };
    nest.blocks.iter().map(cost).sum()
}

/// The cost of as many turns in lanes, for each of them.
pub(super) fn lanes(
    func: &Function,
    nest: &Nest,
    (places, demand): (&Places, &Demand),
    lanes: u32,
) -> usize {
    let mut all = 0;
    for block in &nest.blocks {
        let insts = func.layout.block_insts(*block);
        let params = func.dfg.block_params(*block).iter();
        let mut cost: usize = insts
            .map(|inst| in_lanes(func, (places, demand), inst, lanes))
            .sum();
        cost += params.map(|param| spread(demand, *param)).sum::<usize>();
        if let Some(at) = nest.inner(*block) {
            let kept = held(func, &nest.inner[at].lp, demand, lanes);
            // A register too few is a load and a store in each turn.
            cost += COUNTING + 8 * kept.saturating_sub(REGISTERS);
            cost *= TURNS;
        }
        all += cost;
    }
    all.div_ceil(lanes as usize)
}

fn in_lanes(
    func: &Function,
    (places, demand): (&Places, &Demand),
    inst: Inst,
    lanes: u32,
) -> usize {
    let Some(result) = func.dfg.inst_results(inst).first().copied() else {
        let Some(access) = places.accesses.get(&inst) else {
            return 0;
        };
        if places.sinking.contains_key(&inst) {
            return 0;
        }
        let is_next = places.all[access.place].stride == access.size;
        let opcode = func.dfg.insts[inst].opcode();
        let ty = func.dfg.value_type(func.dfg.inst_args(inst)[0]);
        let count = vectors(ty.bytes(), lanes);
        return match is_next && stores_lanes(opcode, ty) {
            true if opcode == Opcode::Store => 4 * count,
            true => (4 + 4 * CUTTING as usize) * count,
            false => 8 * lanes as usize,
        };
    };
    let mut cost = spread(demand, result);
    if demand.scalars.contains(&result) {
        cost += scalar(func, inst);
    }
    let count = vectors(func.dfg.value_type(result).bytes(), lanes);
    cost + match demand.lanes.get(&result) {
        None | Some(Way::Param) => 0,
        // Bytes are made four times as wide.
        Some(Way::Load(inst)) if places.accesses[inst].size == 1 => 16 * count,
        Some(Way::Load(_)) => 2 * count,
        Some(Way::Gather(_)) => 6 * lanes as usize,
        Some(Way::Operation(..) | Way::Shift(..)) => 4 * count,
        Some(Way::Choice(..)) => 8 * count,
    }
}

fn spread(demand: &Demand, value: Value) -> usize {
    match demand.spread.get(&value) {
        Some(_) if demand.fixed.contains(&value) => 0,
        Some(0) => 4,
        Some(_) => 8,
        None => 0,
    }
}

/// Counts vectors that a loop keeps: what it is passed, and what does not change.
fn held(func: &Function, lp: &Loop, demand: &Demand, lanes: u32) -> usize {
    let params = func.dfg.block_params(lp.block).iter();
    let passed = params.filter(|param| demand.lanes.contains_key(param));
    let passed = passed.map(|param| vectors(func.dfg.value_type(*param).bytes(), lanes));
    let args = lp.body.iter().flat_map(|inst| func.dfg.inst_args(*inst));
    let mut fixed: Vec<(Value, usize)> = args
        .map(|arg| func.dfg.resolve_aliases(*arg))
        .filter(|arg| lp.is_invariant(func, *arg))
        .filter_map(|arg| {
            let count = vectors(func.dfg.value_type(arg).bytes(), lanes);
            match demand.lanes.contains_key(&arg) {
                true => Some((arg, count)),
                false => demand.spread.contains_key(&arg).then_some((arg, 1)),
            }
        })
        .collect();
    fixed.sort_unstable();
    fixed.dedup();
    passed.sum::<usize>() + fixed.into_iter().map(|(_, count)| count).sum::<usize>()
}

/// Counts the vectors that lanes of so many bytes fill.
fn vectors(bytes: u32, lanes: u32) -> usize {
    (bytes * lanes).div_ceil(16) as usize
}

fn scalar(func: &Function, inst: Inst) -> usize {
    let data = func.dfg.insts[inst];
    match data.opcode() {
        Opcode::Iconst | Opcode::F32const | Opcode::F64const => 0,
        Opcode::Uextend | Opcode::Ireduce | Opcode::Icmp | Opcode::Jump => 0,
        // Part of an address.
        Opcode::Iadd if func.dfg.value_type(func.dfg.first_result(inst)) == types::I64 => 0,
        // Mostly an operand of another instruction.
        _ if is_access(func, inst) && !data.opcode().can_store() => 2,
        _ => 4,
    }
}
