//! CLIF → CLIF, one pass a file, before Cranelift's own.

mod addresses;
mod induction;
mod loop_exits;
mod values;
mod wide_multiply;
mod zero_extension;

use crate::plan::Plan;
use cranelift_codegen::ir::Function;
use cranelift_codegen::settings::OptLevel;

/// Runs all passes over a function.
pub(crate) fn optimize(plan: &Plan, func: &mut Function) {
    if plan.isa.flags().opt_level() == OptLevel::None {
        return;
    }
    func.dfg.resolve_all_aliases();
    wide_multiply::run(func);
    addresses::run(plan, func);
    loop_exits::run(func);
    zero_extension::run(func);
}
