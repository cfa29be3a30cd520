//! CLIF → CLIF, one pass a file, before Cranelift's own.

mod zero_extension;

use cranelift_codegen::ir::Function;

/// Runs all passes.
pub(crate) fn optimize(func: &mut Function) {
    zero_extension::run(func);
}
