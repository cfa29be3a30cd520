//! CLIF → CLIF, one pass a file, before Cranelift's own.

mod zero_extension;

use crate::plan::Plan;
use cranelift_codegen::ir::Function;
use cranelift_codegen::settings::OptLevel;

/// Runs all passes over a function.
pub(crate) fn optimize(plan: &Plan, func: &mut Function) {
    if plan.isa.flags().opt_level() == OptLevel::None {
        return;
    }
    zero_extension::run(func);
}
