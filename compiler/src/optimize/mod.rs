//! CLIF → CLIF, one pass a file, before Cranelift's own.

mod addresses;
mod analyses;
mod byte_swap;
mod induction;
mod loop_exits;
mod loops;
mod operand_order;
mod values;
mod wide_multiply;
mod zero_extension;

use crate::plan::Plan;
use analyses::Analyses;
use cranelift_codegen::ir::Function;
use cranelift_codegen::settings::OptLevel;

/// Runs all passes over a function.
pub(crate) fn optimize(plan: &Plan, func: &mut Function) {
    if plan.isa.flags().opt_level() == OptLevel::None {
        return;
    }
    func.dfg.resolve_all_aliases();
    loops::run(plan, func);
    let analyses = Analyses::default();
    byte_swap::run(func);
    wide_multiply::run(func);
    addresses::run(plan, func, &analyses);
    loop_exits::run(func, &analyses);
    zero_extension::run(func);
    operand_order::run(func, &analyses);
}
