//! Functions no wasm body stands behind: the entry point, and bodies for imports that are called
//! by address.

use super::{Translator, signature};
use crate::plan::Plan;
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, Signature, types};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::FunctionBuilderContext;

/// [`kiln_abi::symbols::ENTRY`]: runs the start function, if any, then the program.
pub(crate) fn entry(
    plan: &Plan,
    config: TargetFrontendConfig,
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) {
    func.signature = Signature::new(CallConv::SystemV);
    func.signature.params = vec![AbiParam::new(types::I64); 2];
    let mut translator = Translator::new(plan, func, context);
    translator.open_wrapper();
    if let Some(kind) = plan.traps_at_start {
        translator.trap(kind);
    } else {
        for function in plan.start.into_iter().chain([plan.main]) {
            translator.call_function(function, &[]);
        }
        translator.ins().return_(&[]);
    }
    translator.builder.finalize(config);
}

/// A body with the convention of wasm functions that calls an import.
pub(crate) fn import_body(
    plan: &Plan,
    import: u32,
    config: TargetFrontendConfig,
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) {
    func.signature = signature(plan.module.function_type(import));
    let mut translator = Translator::new(plan, func, context);
    let arguments = translator.open_wrapper();
    let results = translator.call_function(import, &arguments);
    translator.ins().return_(&results);
    translator.builder.finalize(config);
}

impl<'a> Translator<'a> {
    fn open_wrapper(&mut self) -> Vec<ir::Value> {
        let block = self.builder.create_block();
        self.builder.append_block_params_for_function_params(block);
        self.builder.switch_to_block(block);
        self.builder.seal_block(block);
        self.builder.block_params(block).to_vec()
    }
}
