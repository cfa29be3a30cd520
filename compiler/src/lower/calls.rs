//! Calls: direct, through tables, through references, and tail calls.
//!
//! SECURITY: an indirect call goes only to code whose type is the one the caller expects. The type
//! number lies beside the code's address in read-only data, and 0, which no type has, marks null.
//! `speculation.rs` says where a processor goes that runs ahead of the checks.

use super::exceptions::Callee;
use super::traps::Word;
use super::wrappers::{instance_signature, trampoline_signature};
use super::{Data, Region, Target, Translator, c_signature, signature};
use crate::plan::{ImportBinding, TablePlace};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, ExtFuncData, ExternalName, FuncRef, InstBuilder, Value, types};
use kiln_abi::layout::{FuncEntry, TABLE_ELEMENT, TableCell};
use kiln_abi::trap::TrapKind;
use std::mem::{offset_of, size_of};
use wasmparser::Operator;

impl<'a> Translator<'a> {
    /// Translates a call or an operator on function references; false for any other.
    pub(super) fn call_operator(&mut self, operator: &Operator) -> bool {
        match *operator {
            Operator::Call { function_index } => self.call(function_index),
            Operator::ReturnCall { function_index } => self.return_call(function_index),
            Operator::CallIndirect {
                type_index,
                table_index,
            } => {
                let code = self.table_callee(type_index, table_index);
                self.call_code(type_index, code);
            }
            Operator::ReturnCallIndirect {
                type_index,
                table_index,
            } => {
                let code = self.table_callee(type_index, table_index);
                self.return_call_code(type_index, code);
            }
            Operator::CallRef { type_index } => {
                let code = self.reference_callee();
                self.call_code(type_index, code);
            }
            Operator::ReturnCallRef { type_index } => {
                let code = self.reference_callee();
                self.return_call_code(type_index, code);
            }
            Operator::RefFunc { function_index } => {
                let value = self.reference(function_index);
                self.push(value);
            }
            Operator::RefNull { .. } => {
                let null = self.ins().iconst(types::I64, 0);
                self.push(null);
            }
            Operator::RefIsNull => {
                let value = self.pop();
                let is_null = self.ins().icmp_imm_u(IntCC::Equal, value, 0);
                let is_null = self.ins().uextend(types::I32, is_null);
                self.push(is_null);
            }
            Operator::RefAsNonNull => {
                let value = self.stack[self.stack.len() - 1];
                self.ins()
                    .trapz(value, super::clif_trap(TrapKind::NullReference));
            }
            Operator::BrOnNull { relative_depth } => {
                let value = self.pop();
                let is_null = self.ins().icmp_imm_u(IntCC::Equal, value, 0);
                self.br_if(is_null, relative_depth);
                self.push(value);
            }
            Operator::BrOnNonNull { relative_depth } => {
                let value = self.stack[self.stack.len() - 1];
                self.br_if(value, relative_depth);
                self.pop();
            }
            _ => return false,
        }
        true
    }

    /// The value of a reference to a function.
    pub(super) fn reference(&mut self, function: u32) -> Value {
        let value = self
            .plan
            .funcref_of
            .get(&function)
            .copied()
            .unwrap_or_default();
        debug_assert_ne!(value, 0, "planned: every function referred to has a number");
        self.ins().iconst(types::I64, value as i64)
    }

    /// Declares something that can be called.
    pub(super) fn callee(&mut self, target: Target) -> FuncRef {
        if let Some(callee) = self.callees.get(&target) {
            return *callee;
        }
        let signature = match target {
            Target::Function(index) => signature(self.plan, self.plan.module.function_type(index)),
            Target::Import(index) => c_signature(self.plan.module.function_type(index)),
            Target::Trampoline(_) => trampoline_signature(),
            Target::InstanceFunction(index) => instance_signature(index),
            Target::Runtime(function) => function.signature(),
        };
        let func = &mut *self.builder.func;
        let signature = func.import_signature(signature);
        let name = func.declare_imported_user_function(target.into());
        let callee = func.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature,
            colocated: true,
            patchable: false,
        });
        self.callees.insert(target, callee);
        callee
    }

    pub(super) fn call(&mut self, function: u32) {
        let arguments = self.arguments(self.plan.module.functions[function as usize]);
        let results = self.call_function(function, &arguments);
        self.stack.extend(results);
    }

    /// Calls a function by its index, imported or not.
    pub(super) fn call_function(&mut self, function: u32, arguments: &[Value]) -> Vec<Value> {
        let target = match self.plan.imports.get(function as usize) {
            None => Target::Function(function),
            Some(ImportBinding::Runtime(_) | ImportBinding::User(_)) => Target::Import(function),
            Some(ImportBinding::Trap) => return self.call_unknown(function),
            Some(ImportBinding::NoOp) => return Vec::new(),
        };
        let callee = self.callee(target);
        if let Target::Function(_) = target {
            let arguments = self.with_instance(arguments);
            return self.emit_call(Callee::Direct(callee), &arguments);
        }
        // C functions throw nothing.
        let arguments = [&[self.instance()], arguments].concat();
        let call = self.ins().call(callee, &arguments);
        self.builder.inst_results(call).to_vec()
    }

    fn return_call(&mut self, function: u32) {
        let arguments = self.arguments(self.plan.module.functions[function as usize]);
        if self.plan.imports.get(function as usize).is_some() {
            // C functions have another convention.
            let results = self.call_function(function, &arguments);
            self.ins().return_(&results);
        } else {
            let callee = self.callee(Target::Function(function));
            let arguments = self.with_instance(&arguments);
            self.ins().return_call(callee, &arguments);
        }
        self.reachable = false;
    }

    fn arguments(&mut self, type_index: u32) -> Vec<Value> {
        self.pop_n(self.plan.module.type_at(type_index).params().len())
    }

    fn imported_signature(&mut self, type_index: u32) -> ir::SigRef {
        if let Some(signature) = self.signatures.get(&type_index) {
            return *signature;
        }
        let signature = signature(self.plan, self.plan.module.type_at(type_index));
        let signature = self.builder.import_signature(signature);
        self.signatures.insert(type_index, signature);
        signature
    }

    pub(super) fn call_code(&mut self, type_index: u32, code: Value) {
        let arguments = self.arguments(type_index);
        let arguments = self.with_instance(&arguments);
        let signature = self.imported_signature(type_index);
        let results = self.emit_call(Callee::Indirect(signature, code), &arguments);
        self.stack.extend(results);
    }

    fn return_call_code(&mut self, type_index: u32, code: Value) {
        let arguments = self.arguments(type_index);
        let arguments = self.with_instance(&arguments);
        let signature = self.imported_signature(type_index);
        self.ins().return_call_indirect(signature, code, &arguments);
        self.reachable = false;
    }

    // The code that a reference on the stack refers to. Its type is known by validation.
    fn reference_callee(&mut self) -> Value {
        let reference = self.pop();
        self.ins()
            .trapz(reference, super::clif_trap(TrapKind::NullFunctionReference));
        let entry = self.funcref_entry(reference);
        self.entry_code(entry)
    }

    /// Pops an index into a table and gives the code of its element, of the type `type_index`.
    pub(super) fn table_callee(&mut self, type_index: u32, table: u32) -> Value {
        let index = self.pop();
        let index = self.index64(index);
        self.profile_target(table, index);
        let entry = match &self.plan.tables[table as usize] {
            TablePlace::Constant { entries, len, rest } => {
                let entry = self.entry_index(index, entries.len() as u64, *len, rest.is_some());
                self.constant_entry(table, entry)
            }
            TablePlace::Mutable { .. } => {
                let element = self.table_element(table, index, TrapKind::UndefinedElement);
                let flags = self.trusted(Region::Table);
                let reference = self.ins().load(types::I64, flags, element, 0);
                self.funcref_entry(reference)
            }
            TablePlace::Unused => unreachable!("planned: a table that is called is used"),
        };
        let expected = self.plan.module.type_ids[type_index as usize];
        let is_same = self.check_type(index, entry, expected);
        let code = self.entry_code(entry);
        self.masked_unless(is_same, code)
    }

    // The index of an element's entry in a constant table of `len` elements, of which the first
    // `present` have one each. The rest are null, or have the entry behind those.
    fn entry_index(&mut self, index: Value, present: u64, len: u64, has_rest: bool) -> Value {
        let beyond = self
            .ins()
            .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, index, len as i64);
        self.ins()
            .trapnz(beyond, super::clif_trap(TrapKind::UndefinedElement));
        if present >= len {
            return self.masked(&[beyond], index);
        }
        let is_rest =
            self.ins()
                .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, index, present as i64);
        if has_rest {
            let rest = self.ins().iconst(types::I64, present as i64);
            // What is beyond the table has this entry, too.
            return match self.plan.masks_speculation {
                true => self.ins().select_spectre_guard(is_rest, rest, index),
                false => self.ins().select(is_rest, rest, index),
            };
        }
        self.trap_if(
            is_rest,
            TrapKind::UninitializedElement,
            &[Word::Value(index)],
        );
        self.masked(&[is_rest], index)
    }

    fn constant_entry(&mut self, table: u32, index: Value) -> Value {
        let base = self.data_address(Data::Table(table));
        let offset = self
            .ins()
            .ishl_imm_u(index, size_of::<FuncEntry>().ilog2() as i64);
        self.ins().iadd(base, offset)
    }

    // The address of the entry that a reference stands for.
    fn funcref_entry(&mut self, reference: Value) -> Value {
        let base = self.data_address(Data::Funcrefs);
        let offset = self
            .ins()
            .ishl_imm_u(reference, size_of::<FuncEntry>().ilog2() as i64);
        self.ins().iadd(base, offset)
    }

    /// The address of an element of a mutable table; traps with `kind` where there is none.
    pub(super) fn table_element(&mut self, table: u32, index: Value, kind: TrapKind) -> Value {
        let cell = self.mutable_cell(table);
        let len = self.load_state(types::I64, cell + offset_of!(TableCell, len) as u64);
        let out = self
            .ins()
            .icmp(IntCC::UnsignedGreaterThanOrEqual, index, len);
        self.ins().trapnz(out, super::clif_trap(kind));
        // No table shrinks.
        let has_first = self.plan.module.tables[table as usize].ty.initial > 0;
        let index = match has_first {
            true => self.masked(&[out], index),
            false => index,
        };
        let base = self.load_state(types::I64, cell + offset_of!(TableCell, base) as u64);
        let offset = self.ins().ishl_imm_u(index, TABLE_ELEMENT.ilog2() as i64);
        let element = self.ins().iadd(base, offset);
        match has_first {
            true => element,
            false => self.masked(&[out], element),
        }
    }

    // Traps unless an element of a table, by its index and entry, is of the expected type. Gives the condition
    // that it is.
    fn check_type(&mut self, index: Value, entry: Value, expected: u32) -> Value {
        let flags = self.trusted(Region::Table).with_readonly();
        let actual = self.ins().load(
            types::I32,
            flags,
            entry,
            offset_of!(FuncEntry, type_id) as i32,
        );
        let same = self
            .ins()
            .icmp_imm_u(IntCC::Equal, actual, i64::from(expected));
        let (good, bad) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(bad);
        self.ins().brif(same, good, &[], bad, &[]);
        self.builder.seal_block(good);
        self.builder.seal_block(bad);
        self.builder.switch_to_block(bad);
        self.store_trap_values(&[Word::Value(index)]);
        self.ins()
            .trapz(actual, super::clif_trap(TrapKind::UninitializedElement));
        self.ins()
            .trap(super::clif_trap(TrapKind::IndirectCallMismatch));
        self.builder.switch_to_block(good);
        same
    }

    fn entry_code(&mut self, entry: Value) -> Value {
        let flags = self.trusted(Region::Table).with_readonly();
        let distance = self
            .ins()
            .sload32(flags, entry, offset_of!(FuncEntry, code) as i32);
        self.ins().iadd(entry, distance)
    }

    // The call does not return; the results stand in for what the code behind it would use.
    fn call_unknown(&mut self, function: u32) -> Vec<Value> {
        let import = &self.plan.module.imports[function as usize];
        // As the data has it, escaped.
        let len = import.to_string().len();
        let name = self.data_address(Data::ImportName(function));
        let len = self.ins().iconst(types::I64, len as i64);
        let instance = self.instance();
        self.call_runtime(super::Runtime::UnknownImport, &[instance, name, len]);
        let results = self.plan.module.function_type(function).results().to_vec();
        results
            .into_iter()
            .map(|ty| self.zero(super::clif_type(ty)))
            .collect()
    }
}
