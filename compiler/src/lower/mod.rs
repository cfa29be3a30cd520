//! A reachable function → CLIF. Each [`Item`] is lowered by itself, from the [`Plan`] alone, so that
//! any thread can lower any of them at any time and no more CLIF need be held than is worked on.
//!
//! Operators are grouped by subject, a file each; this file holds what they share: the operand
//! stack, the function being built, and the way to state, memory and other functions. The module is
//! valid, so operands are where validation saw them.

mod atomics;
mod bulk;
mod calls;
mod control;
mod exceptions;
mod inline;
mod items;
mod memory;
mod names;
mod numeric;
mod profile;
mod simd;
mod speculation;
mod tables;
#[cfg(test)]
mod tests;
mod traps;
mod variables;
mod wrappers;

use inline::Activation;
pub(crate) use inline::{INSTANCE, Offsets};
pub(crate) use items::{Item, items};
pub(crate) use names::{Data, Name, Runtime, Target};

use crate::Error;
use crate::plan::{Form, Placement, Plan};
use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::ir::{
    self, AbiParam, AliasRegion, AliasRegionData, ArgumentPurpose, InstBuilder, MemFlagsData,
    Signature, TrapCode, Type, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FuncInstBuilder, FunctionBuilder, FunctionBuilderContext, Variable};
use kiln_abi::layout::{MemoryCell, STACK_LIMIT};
use kiln_abi::trap::TrapKind;
use rustc_hash::FxHashMap;
use std::mem::offset_of;
use wasmparser::{FuncType, FunctionBody, Operator, ValType};

/// Lowers `item` into `func`, which is empty; gives where its instructions come from.
pub(crate) fn lower(
    plan: &Plan,
    item: Item,
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) -> Result<Offsets, Error> {
    let config = plan.isa.frontend_config();
    match item {
        Item::Function(index) => return translate(plan, index, config, func, context),
        Item::ImportBody(index) => wrappers::import_body(plan, index, config, func, context),
        Item::Entry => wrappers::entry(plan, config, func, context),
        Item::Trampoline(index) => wrappers::trampoline(plan, index, config, func, context),
        Item::Export(index) => {
            let export = &plan.interface.exports[index as usize];
            wrappers::public_function(plan, export, config, func, context);
        }
        Item::InstanceFunction(index) => {
            wrappers::instance_function(plan, index, config, func, context);
        }
    }
    Ok(Offsets::default())
}

/// Translates the body of a defined function into `func`.
fn translate(
    plan: &Plan,
    function: u32,
    config: TargetFrontendConfig,
    func: &mut ir::Function,
    context: &mut FunctionBuilderContext,
) -> Result<Offsets, Error> {
    let body = plan
        .module
        .body(function)
        .expect("planned: the function is defined here");
    let ty = plan.module.function_type(function);
    func.signature = signature(plan, ty);
    if plan.translates_debug {
        func.dfg.collect_debug_info();
    }
    let mut translator = Translator::new(plan, func, context);
    translator.current = Activation::new(function, body);
    translator.limit_stack();
    let params = translator.open_function();
    if let Some(instance) = translator.instance {
        translator.label_local(INSTANCE, instance);
    }
    translator.enter(&params, &body.code, ty)?;
    translator.profile_entry(function);
    translator.most = plan
        .counts
        .function(function)
        .map_or(0.0, |ran| ran.most as f64);
    translator.operators(&body.code)?;
    translator.builder.seal_all_blocks();
    translator.builder.finalize(config);
    Ok(translator.offsets)
}

/// The CLIF type of a value.
pub(crate) fn clif_type(ty: ValType) -> Type {
    match ty {
        ValType::I32 => types::I32,
        ValType::I64 => types::I64,
        ValType::F32 => types::F32,
        ValType::F64 => types::F64,
        ValType::V128 => types::I8X16,
        ValType::Ref(_) => types::I64,
    }
}

/// The signature of a wasm function, which in a library is given the instance first. `Tail` is the
/// one convention that tail calls and exceptions work with, and it costs nothing elsewhere.
fn signature(plan: &Plan, ty: &FuncType) -> Signature {
    let mut signature = signature_with(ty, CallConv::Tail);
    if plan.placement == Placement::Register {
        let instance = AbiParam::special(types::I64, ArgumentPurpose::VMContext);
        signature.params.insert(0, instance);
    }
    signature
}

/// The signature of a C function with this wasm type. It is given the instance first.
fn c_signature(ty: &FuncType) -> Signature {
    let mut signature = signature_with(ty, CallConv::SystemV);
    signature.params.insert(0, AbiParam::new(types::I64));
    signature
}

fn signature_with(ty: &FuncType, convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    let params = ty.params().iter().map(|ty| AbiParam::new(clif_type(*ty)));
    signature.params.extend(params);
    let results = ty.results().iter().map(|ty| AbiParam::new(clif_type(*ty)));
    signature.returns.extend(results);
    signature
}

/// The CLIF trap code of a kind of trap: our own number for it, but for those that Cranelift raises
/// by itself.
pub(crate) const fn clif_trap(kind: TrapKind) -> TrapCode {
    match kind {
        TrapKind::MemoryOutOfBounds => TrapCode::HEAP_OUT_OF_BOUNDS,
        TrapKind::DivisionByZero => TrapCode::INTEGER_DIVISION_BY_ZERO,
        TrapKind::IntegerOverflow => TrapCode::INTEGER_OVERFLOW,
        TrapKind::InvalidConversion => TrapCode::BAD_CONVERSION_TO_INTEGER,
        TrapKind::StackExhausted => TrapCode::STACK_OVERFLOW,
        _ => TrapCode::unwrap_user(kind as u8),
    }
}

/// The inverse of [`clif_trap`].
pub(crate) fn trap_kind(code: TrapCode) -> Option<TrapKind> {
    match code {
        TrapCode::HEAP_OUT_OF_BOUNDS => Some(TrapKind::MemoryOutOfBounds),
        TrapCode::INTEGER_DIVISION_BY_ZERO => Some(TrapKind::DivisionByZero),
        TrapCode::INTEGER_OVERFLOW => Some(TrapKind::IntegerOverflow),
        TrapCode::BAD_CONVERSION_TO_INTEGER => Some(TrapKind::InvalidConversion),
        TrapCode::STACK_OVERFLOW => Some(TrapKind::StackExhausted),
        _ => TrapKind::from_number(code.as_raw().get()),
    }
}

/// Parts of host memory that never overlap, for alias analysis.
#[derive(Clone, Copy)]
enum Region {
    /// Linear memories.
    Memory,
    /// The state but for tables' elements.
    State,
    /// Elements of tables.
    Table,
}

/// Tells if an access with these flags is to a linear memory.
pub(crate) fn is_memory(func: &ir::Function, flags: MemFlagsData) -> bool {
    let region = flags
        .alias_region()
        .map(|region| &func.dfg.alias_regions[region]);
    region.is_some_and(|region| region.user_id == Region::Memory as u32)
}

/// Loads the length in bytes of memory 0 at a place of any function.
pub(crate) fn load_memory_length(plan: &Plan, cursor: &mut FuncCursor) -> Value {
    let offset = plan.memories[0].cell + offset_of!(MemoryCell, len) as u64;
    let regions = &mut cursor.func.dfg.alias_regions;
    let state = regions
        .iter()
        .find(|(_, data)| data.user_id == Region::State as u32);
    let region = state.map(|(region, _)| region).unwrap_or_else(|| {
        regions.insert(AliasRegionData {
            user_id: Region::State as u32,
            description: "state".into(),
        })
    });
    let flags = MemFlagsData::trusted().with_alias_region(Some(region));
    match plan.placement {
        // Functions are given the instance first.
        Placement::Register => {
            let entry = cursor
                .func
                .layout
                .entry_block()
                .expect("a function has blocks");
            let instance = cursor.func.dfg.block_params(entry)[0];
            cursor
                .ins()
                .load(types::I64, flags, instance, offset as i32)
        }
        Placement::Constant(state) => {
            let address = cursor.ins().iconst(types::I64, (state + offset) as i64);
            cursor.ins().load(types::I64, flags, address, 0)
        }
    }
}

struct Translator<'a> {
    plan: &'a Plan<'a>,
    /// The wasm function that is being translated: the one that `func` is of, or one inlined.
    current: Activation<'a>,
    /// Inlined calls around the current operators.
    inlined: u32,
    offsets: Offsets,
    builder: FunctionBuilder<'a>,
    /// The operand stack. Vectors are always `i8x16`.
    stack: Vec<Value>,
    /// Groups of exception handlers in force, innermost last.
    handlers: Vec<exceptions::Handlers>,
    /// The instance's address, where it is not a constant.
    instance: Option<Value>,
    /// True if the next operator can be reached. What cannot is skipped.
    reachable: bool,
    callees: FxHashMap<Target, ir::FuncRef>,
    signatures: FxHashMap<u32, ir::SigRef>,
    data: FxHashMap<Data, ir::GlobalValue>,
    regions: [Option<AliasRegion>; 3],
    /// The base of the memory at a constant address, once the function has used it.
    memory_base: Option<Value>,
    /// Offset in the module of the current operator.
    offset: u64,
    /// How often the most frequent part of the function has run, as far as is known.
    most: f64,
}

impl<'a> Translator<'a> {
    fn new(
        plan: &'a Plan<'a>,
        func: &'a mut ir::Function,
        context: &'a mut FunctionBuilderContext,
    ) -> Self {
        Translator {
            plan,
            current: Activation::none(),
            inlined: 0,
            offsets: Offsets::default(),
            builder: FunctionBuilder::new(func, context),
            stack: Vec::new(),
            handlers: Vec::new(),
            instance: None,
            reachable: true,
            callees: FxHashMap::default(),
            signatures: FxHashMap::default(),
            data: FxHashMap::default(),
            regions: [None; 3],
            memory_base: None,
            offset: 0,
            most: 0.0,
        }
    }

    /// Translates all operators of a body that is entered.
    fn operators(&mut self, body: &FunctionBody) -> Result<(), Error> {
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset()?;
            self.at(offset);
            self.operator(&operator)?;
        }
        Ok(())
    }

    /// Attributes what follows to the operator at `offset` in the module.
    fn at(&mut self, offset: u64) {
        self.offset = offset;
        // Beyond 4 GiB, which no module has, a trap would be told with another offset.
        let offset = (offset as u32).wrapping_add(self.current.shift);
        self.builder.set_srcloc(ir::SourceLoc::new(offset));
    }

    fn operator(&mut self, operator: &Operator) -> Result<(), Error> {
        if let Operator::Call { function_index } = *operator
            && self.reachable
            && self.inline_call(function_index)?
        {
            return Ok(());
        }
        if let Operator::CallIndirect {
            type_index,
            table_index,
        } = *operator
            && self.reachable
            && self.call_probable(type_index, table_index)?
        {
            return Ok(());
        }
        let known = self.control(operator)
            || !self.reachable
            || self.variable(operator)
            || self.memory_operator(operator)
            || self.numeric(operator)
            || self.call_operator(operator)
            || self.table_operator(operator)
            || self.simd(operator)
            || self.atomic(operator)
            || self.exception_operator(operator);
        if known {
            return Ok(());
        }
        let name = format!("{operator:?}");
        let name = name.split([' ', '{', '(']).next().unwrap_or_default();
        Err(Error::new(format!("operator {name} is not supported")).at(self.offset))
    }

    fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    fn pop(&mut self) -> Value {
        self.stack
            .pop()
            .expect("validated: the operand stack is not empty")
    }

    fn pop2(&mut self) -> (Value, Value) {
        let second = self.pop();
        (self.pop(), second)
    }

    fn pop3(&mut self) -> (Value, Value, Value) {
        let third = self.pop();
        let (first, second) = self.pop2();
        (first, second, third)
    }

    /// Pops the last `count` operands, in order.
    fn pop_n(&mut self, count: usize) -> Vec<Value> {
        self.stack.split_off(self.stack.len() - count)
    }

    fn ins(&mut self) -> FuncInstBuilder<'_, 'a> {
        self.builder.ins()
    }

    /// Flags of an access to `region` that cannot fault.
    fn trusted(&mut self, region: Region) -> MemFlagsData {
        MemFlagsData::trusted().with_alias_region(Some(self.region(region)))
    }

    fn region(&mut self, region: Region) -> AliasRegion {
        let description = match region {
            Region::Memory => "memory",
            Region::State => "state",
            Region::Table => "table",
        };
        let regions = &mut self.builder.func.dfg.alias_regions;
        *self.regions[region as usize].get_or_insert_with(|| {
            regions.insert(AliasRegionData {
                user_id: region as u32,
                description: description.into(),
            })
        })
    }

    /// Opens the function's first block; gives the parameters but for the instance.
    fn open_function(&mut self) -> Vec<Value> {
        let block = self.builder.create_block();
        self.builder.append_block_params_for_function_params(block);
        self.builder.switch_to_block(block);
        self.builder.seal_block(block);
        let mut params = self.builder.block_params(block).to_vec();
        if self.plan.placement == Placement::Register {
            self.instance = Some(params.remove(0));
        }
        params
    }

    /// Makes the function of a library trap where the stack is used up, before it uses it.
    fn limit_stack(&mut self) {
        if self.plan.form == Form::Executable {
            return;
        }
        let func = &mut self.builder.func;
        let base = func.create_global_value(ir::GlobalValueData::VMContext);
        let flags = func.dfg.mem_flags.insert(MemFlagsData::trusted());
        let flags = flags.expect("a function that has no code yet has room for flags");
        func.stack_limit = Some(func.create_global_value(ir::GlobalValueData::Load {
            base,
            offset: STACK_LIMIT.into(),
            global_type: types::I64,
            flags,
        }));
    }

    /// The address by which the runtime knows the instance: that of its state.
    fn instance(&mut self) -> Value {
        match self.instance {
            Some(instance) => instance,
            None => self.state_address(0),
        }
    }

    /// Arguments as a wasm function takes them.
    fn with_instance(&self, arguments: &[Value]) -> Vec<Value> {
        self.instance.iter().chain(arguments).copied().collect()
    }

    /// The address of the state at `offset`, as a base and a displacement.
    fn state(&mut self, offset: u64) -> (Value, i32) {
        match self.instance {
            // Planned: the state is smaller than 2 GiB.
            Some(instance) => (instance, offset as i32),
            None if self.plan.machine.has_absolute_operands => (self.state_address(offset), 0),
            None => (self.state_address(0), offset as i32),
        }
    }

    /// The address of a word of the instance's record at `offset` from the state, as a base and a displacement.
    fn record(&mut self, offset: i32) -> (Value, i32) {
        match self.instance {
            Some(instance) => (instance, offset),
            None => {
                let base = self.state_base() as i64;
                match self.plan.machine.has_absolute_operands {
                    true => (self.ins().iconst(types::I64, base + i64::from(offset)), 0),
                    false => (self.ins().iconst(types::I64, base), offset),
                }
            }
        }
    }

    /// The address of the state, where it is a constant.
    fn state_base(&self) -> u64 {
        match self.plan.placement {
            Placement::Constant(base) => base,
            Placement::Register => unreachable!("the function is given the instance"),
        }
    }

    /// The address of the state at `offset`.
    fn state_address(&mut self, offset: u64) -> Value {
        match self.instance {
            Some(instance) => self.ins().iadd_imm_u(instance, offset as i64),
            None => {
                let address = self.state_base() + offset;
                self.ins().iconst(types::I64, address as i64)
            }
        }
    }

    fn load_state(&mut self, ty: Type, offset: u64) -> Value {
        let flags = self.trusted(Region::State);
        let (base, displacement) = self.state(offset);
        self.ins().load(ty, flags, base, displacement)
    }

    fn store_state(&mut self, value: Value, offset: u64) {
        let flags = self.trusted(Region::State);
        let (base, displacement) = self.state(offset);
        self.ins().store(flags, value, base, displacement);
    }

    /// The address of a piece of read-only data.
    fn data_address(&mut self, data: Data) -> Value {
        let func = &mut self.builder.func;
        let global = *self.data.entry(data).or_insert_with(|| {
            let name = func.declare_imported_user_function(data.into());
            func.create_global_value(ir::GlobalValueData::Symbol {
                name: ir::ExternalName::user(name),
                offset: 0.into(),
                colocated: true,
                tls: false,
            })
        });
        self.ins().symbol_value(types::I64, global)
    }

    /// An index operand as 64 bits.
    fn index64(&mut self, index: Value) -> Value {
        if self.builder.func.dfg.value_type(index) == types::I64 {
            index
        } else {
            self.ins().uextend(types::I64, index)
        }
    }

    /// `value` as the index type of a memory or table.
    fn index_value(&mut self, value: Value, is64: bool) -> Value {
        if is64 {
            value
        } else {
            self.ins().ireduce(types::I32, value)
        }
    }

    /// An integer cut to its low bits where `ty` is narrower; any other value as it is.
    fn wrapped(&mut self, value: Value, ty: Type) -> Value {
        if self.builder.func.dfg.value_type(value).bits() > ty.bits() {
            self.ins().ireduce(ty, value)
        } else {
            value
        }
    }
}
