//! Functions no wasm body stands behind: the entry point, bodies for imports that are called by
//! address, and what stands between C and wasm functions in a library. There the function that C
//! calls puts its arguments into memory and has the runtime call, on the instance's own stack, a
//! trampoline, which takes them from there and leaves results in their place.

use super::traps::Word;
use super::{Translator, c_signature, clif_type, signature};
use crate::interface::Export;
use crate::lower::{Runtime, Target};
use crate::plan::Plan;
use cranelift_codegen::ir::{
    self, AbiParam, InstBuilder, MemFlagsData, Signature, StackSlotData, StackSlotKind, Value,
    types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::FunctionBuilderContext;
use kiln_abi::library::{INSTANCE_FUNCTIONS, Status};
use wasmparser::{FuncType, ValType};

/// Bytes of a value in memory, and their alignment.
const SLOT: i32 = 16;

/// [`kiln_abi::symbols::ENTRY`]: runs what is to run first. An exit status goes to memory, where the
/// last function gives one.
pub(super) fn entry(
    plan: &Plan,
    config: TargetFrontendConfig,
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) {
    func.signature = trampoline_signature();
    let mut translator = Translator::new(plan, func, context);
    let values = translator.open_function().pop();
    if let Some(trap) = &plan.traps_at_start {
        translator.store_trap_values(&trap.words.map(Word::Constant));
        translator.trap(trap.kind);
    } else {
        let mut results = Vec::new();
        for function in &plan.entry.functions {
            results = translator.call_function(*function, &[]);
        }
        // Where values go is the last parameter.
        if let Some(values) = values {
            translator.store_values(values, &results);
        }
        translator.ins().return_(&[]);
    }
    translator.builder.finalize(config);
}

/// A body with the convention of wasm functions that calls an import.
pub(super) fn import_body(
    plan: &Plan,
    import: u32,
    config: TargetFrontendConfig,
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) {
    func.signature = signature(plan, plan.module.function_type(import));
    let mut translator = Translator::new(plan, func, context);
    translator.limit_stack();
    let arguments = translator.open_function();
    let results = translator.call_function(import, &arguments);
    translator.ins().return_(&results);
    translator.builder.finalize(config);
}

/// Makes the code that calls a function of a library with arguments from memory.
pub(super) fn trampoline(
    plan: &Plan,
    function: u32,
    config: TargetFrontendConfig,
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) {
    func.signature = trampoline_signature();
    let mut translator = Translator::new(plan, func, context);
    let memory = translator.open_function()[0];
    let arguments = translator.load_values(memory, plan.module.function_type(function).params());
    let results = translator.call_function(function, &arguments);
    translator.store_values(memory, &results);
    translator.ins().return_(&[]);
    translator.builder.finalize(config);
}

/// Makes the C function of an exported function: see the module's header.
pub(super) fn public_function(
    plan: &Plan,
    export: &Export,
    config: TargetFrontendConfig,
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) {
    let ty = plan.module.function_type(export.function);
    func.signature = public_signature(ty);
    let mut translator = Translator::new(plan, func, context);
    let params = translator.open_function();
    let (arguments, pointers) = params.split_at(ty.params().len());
    let memory = translator.values_on_stack(arguments.len().max(pointers.len()));
    translator.store_values(memory, arguments);
    let status = translator.call_on_instance(export.function, memory);

    let (done, not_done) = (
        translator.builder.create_block(),
        translator.builder.create_block(),
    );
    translator.ins().brif(status, not_done, &[], done, &[]);
    translator.builder.switch_to_block(done);
    let results = translator.load_values(memory, ty.results());
    for (result, pointer) in results.into_iter().zip(pointers) {
        // The pointer is C's, which aligns what it points to.
        let flags = MemFlagsData::trusted();
        translator.ins().store(flags, result, *pointer, 0);
    }
    translator.ins().jump(not_done, &[]);
    translator.builder.switch_to_block(not_done);
    translator.ins().return_(&[status]);
    translator.builder.seal_all_blocks();
    translator.builder.finalize(config);
}

/// Makes the C function on instances of this public name.
pub(super) fn instance_function(
    plan: &Plan,
    index: u32,
    config: TargetFrontendConfig,
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) {
    func.signature = instance_signature(index);
    let mut translator = Translator::new(plan, func, context);
    let params = translator.open_function();
    let arguments = translator.with_instance(&params);
    let callee = translator.callee(Target::InstanceFunction(index));
    let call = translator.ins().call(callee, &arguments);
    let results = translator.builder.inst_results(call).to_vec();
    translator.ins().return_(&results);
    translator.builder.finalize(config);
}

/// The signature of the entry point and of trampolines: the instance, and where values are.
pub(super) fn trampoline_signature() -> Signature {
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params = vec![AbiParam::new(types::I64); 2];
    signature
}

// The instance and the arguments, then where results go; gives a status.
fn public_signature(ty: &FuncType) -> Signature {
    let mut signature = c_signature(ty);
    let pointers = signature
        .returns
        .drain(..)
        .map(|_| AbiParam::new(types::I64));
    let pointers: Vec<_> = pointers.collect();
    signature.params.extend(pointers);
    signature.returns.push(AbiParam::new(types::I32));
    signature
}

/// The signature of a function on instances. All that these take and give are integers, passed in
/// the same registers whatever their widths.
pub(super) fn instance_signature(index: u32) -> Signature {
    let function = &INSTANCE_FUNCTIONS[index as usize];
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params = vec![AbiParam::new(types::I64); function.params.len()];
    signature.returns = vec![AbiParam::new(types::I64)];
    signature
}

impl Translator<'_> {
    fn values_on_stack(&mut self, count: usize) -> Value {
        let size = count as u32 * SLOT as u32;
        let align = SLOT.ilog2() as u8;
        let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, size, align);
        let slot = self.builder.create_sized_stack_slot(slot);
        self.ins().stack_addr(types::I64, slot, 0)
    }

    fn store_values(&mut self, memory: Value, values: &[Value]) {
        for (value, offset) in values.iter().zip((0..).step_by(SLOT as usize)) {
            let flags = MemFlagsData::trusted();
            self.ins().store(flags, *value, memory, offset);
        }
    }

    fn load_values(&mut self, memory: Value, types: &[ValType]) -> Vec<Value> {
        let offsets = (0..).step_by(SLOT as usize);
        let places = types.iter().zip(offsets);
        places
            .map(|(ty, offset)| {
                let flags = MemFlagsData::trusted();
                self.ins().load(clif_type(*ty), flags, memory, offset)
            })
            .collect()
    }

    // Has the runtime call a function with what is in memory; gives the status.
    fn call_on_instance(&mut self, function: u32, memory: Value) -> Value {
        let trampoline = self.callee(Target::Trampoline(function));
        let trampoline = self.ins().func_addr(types::I64, trampoline);
        let instance = self.instance();
        // The code above takes any status but this for a failure.
        const { assert!(Status::Ok as u32 == 0) };
        self.call_runtime(Runtime::Call, &[instance, trampoline, memory])[0]
    }
}
