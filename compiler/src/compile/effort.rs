//! The effort that a function is worth. Cranelift's optimisations and its backtracking register allocator
//! take more than linear time and memory, which shows where a function is huge or holds thousands of
//! values at once. Such a function, which people write rarely and attackers gladly, is compiled without
//! optimisation, and with registers allocated in a single pass.

use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::{Function, Value};

/// From this many instructions on, a function is compiled the cheap way, because the other takes
/// about 500 bytes an instruction. The largest function of real programs that is known, an
/// interpreter's loop, has 150,000.
const INSTRUCTIONS_MAX: usize = 700_000;

/// From this many on (instructions times the values live at each), registers are allocated in a single
/// pass, because the backtracking allocator takes about 10 ns for each: 4 seconds.
const LIVE_VALUES_MAX: u64 = 400_000_000;

/// Functions of fewer instructions are not looked at: they cannot exceed the other limit.
const LOOKED_AT_MIN: usize = 20_000;

/// The reason why a function is compiled the cheap way; `None` for any ordinary function.
pub(super) fn too_much(func: &Function) -> Option<String> {
    let instructions = func.dfg.num_insts();
    if instructions > INSTRUCTIONS_MAX {
        return Some(format!("it has {instructions} instructions"));
    }
    if instructions < LOOKED_AT_MIN {
        return None;
    }
    let live = live_values(func);
    (live > LIVE_VALUES_MAX).then(|| {
        let average = live / instructions as u64;
        format!("it holds {average} values at a time in {instructions} instructions")
    })
}

/// The sum over all instructions of the values live there, in the order of layout: what is live around
/// a loop counts only up to its last use.
fn live_values(func: &Function) -> u64 {
    let mut ends: SecondaryMap<Value, u32> = SecondaryMap::new();
    let instructions = || {
        let blocks = func.layout.blocks();
        let instructions = blocks.flat_map(|block| func.layout.block_insts(block));
        instructions.zip(1u32..)
    };
    for (instruction, at) in instructions() {
        for value in func.dfg.inst_values(instruction) {
            ends[func.dfg.resolve_aliases(value)] = at;
        }
    }
    let mut sum = 0;
    for (instruction, at) in instructions() {
        for result in func.dfg.inst_results(instruction) {
            sum += u64::from(ends[*result].saturating_sub(at));
        }
    }
    sum
}
