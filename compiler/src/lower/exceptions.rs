//! Exceptions: `try_table`, `throw` and `throw_ref`, and the legacy `try` … `catch`, `rethrow`,
//! `delegate`.
//!
//! While a handler is in force every call is a `try_call` that names the landing blocks; nothing is
//! executed for it unless the callee throws. The clauses of a `try_table` are known when it opens
//! and become entries of the call sites' tables. Those of a legacy `try` follow its body, so that
//! all of its calls land in one block, which compares tags and throws on what no clause takes.
//! WebAssembly has no two-phase search, so that nobody can tell the difference. A `try_table` inside
//! many others is lowered so too: each call site lists all handlers in force, and nested ones would
//! make the lists' length times the calls.

use super::control::Kind;
use super::{Runtime, Target, Translator, clif_type};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Block, BlockArg, BlockCall, ExceptionTableData, ExceptionTableItem, ExceptionTag, FuncRef,
    InstBuilder, MemFlagsData, SigRef, Value, types,
};
use kiln_abi::exception::{Exception, payload_offsets};
use kiln_abi::trap::TrapKind;
use std::mem::{offset_of, size_of};
use wasmparser::{BlockType, Catch, Operator, TryTable};

/// The most handlers that a call site lists.
const HANDLERS_MAX: usize = 16;

/// The handlers of a construct.
pub(super) struct Handlers {
    /// Blocks that calls inside it may land in, which are sealed when it ends.
    landings: Vec<Block>,
    /// The handlers in force inside it, its own and those around it, from the innermost out, up to the
    /// first that takes anything. A tag is there once: what an inner handler takes, no outer one does.
    in_force: Vec<Handler>,
}

/// A handler in force.
#[derive(Clone, Copy)]
pub(super) struct Handler {
    /// The tag it takes; `None` for any.
    tag: Option<u32>,
    /// Its target, with the exception as its parameter.
    landing: Block,
}

/// The target of a call.
#[derive(Clone, Copy)]
pub(super) enum Callee {
    Direct(FuncRef),
    /// Code at an address, of this signature.
    Indirect(SigRef, Value),
}

impl<'a> Translator<'a> {
    /// Translates an exception operator that is no block boundary; false for any other.
    pub(super) fn exception_operator(&mut self, operator: &Operator) -> bool {
        match *operator {
            Operator::Throw { tag_index } => self.throw(tag_index),
            Operator::ThrowRef => {
                let exception = self.pop();
                self.ins().trapz(
                    exception,
                    super::clif_trap(TrapKind::NullExceptionReference),
                );
                self.throw_exception(exception);
            }
            Operator::Rethrow { relative_depth } => {
                let exception = self.caught_exception(relative_depth);
                self.throw_exception(exception);
            }
            _ => return false,
        }
        true
    }

    /// Emits a call under the handlers in force.
    pub(super) fn emit_call(&mut self, callee: Callee, arguments: &[Value]) -> Vec<Value> {
        let handlers = self.handlers_in_force().to_vec();
        if handlers.is_empty() {
            let call = match callee {
                Callee::Direct(function) => self.ins().call(function, arguments),
                Callee::Indirect(sig, code) => self.ins().call_indirect(sig, code, arguments),
            };
            return self.builder.inst_results(call).to_vec();
        }
        let signature = match callee {
            Callee::Direct(function) => self.builder.func.dfg.ext_funcs[function].signature,
            Callee::Indirect(signature, _) => signature,
        };
        let next = self.builder.create_block();
        let returns = self.builder.func.dfg.signatures[signature].returns.clone();
        for result in &returns {
            self.builder.append_block_param(next, result.value_type);
        }
        let pool = &mut self.builder.func.dfg.value_lists;
        let results = (0..returns.len() as u32).map(BlockArg::TryCallRet);
        let normal = BlockCall::new(next, results, pool);
        let items: Vec<_> = handlers
            .iter()
            .map(|handler| {
                let landing = BlockCall::new(handler.landing, [BlockArg::TryCallExn(0)], pool);
                match handler.tag {
                    Some(tag) => ExceptionTableItem::Tag(ExceptionTag::from_u32(tag), landing),
                    None => ExceptionTableItem::Default(landing),
                }
            })
            .collect();
        let table = ExceptionTableData::new(signature, normal, items);
        let table = self.builder.func.dfg.exception_tables.push(table);
        match callee {
            Callee::Direct(function) => self.ins().try_call(function, arguments, table),
            Callee::Indirect(_, code) => self.ins().try_call_indirect(code, arguments, table),
        };
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
        self.builder.block_params(next).to_vec()
    }

    fn handlers_in_force(&self) -> &[Handler] {
        self.handlers
            .last()
            .map_or(&[], |handlers| &handlers.in_force)
    }

    // Puts handlers in force inside those that are.
    fn push_handlers(&mut self, own: Vec<Handler>) {
        let mut in_force: Vec<Handler> = Vec::new();
        for handler in own.iter().chain(self.handlers_in_force()) {
            if in_force.iter().all(|inner| inner.tag != handler.tag) {
                in_force.push(*handler);
            }
            if handler.tag.is_none() {
                break;
            }
        }
        let landings = own.iter().map(|handler| handler.landing).collect();
        self.handlers.push(Handlers { landings, in_force });
    }

    fn throw(&mut self, tag: u32) {
        let sizes = self.payload_sizes(tag);
        let values = self.pop_n(sizes.len());
        let offsets: Vec<u32> = payload_offsets(sizes.iter().copied()).collect();
        let end = offsets
            .last()
            .zip(sizes.last())
            .map(|(offset, size)| offset + size);
        let payload = end.map_or(0, |end| end as usize - size_of::<Exception>());
        let tag = self.ins().iconst(types::I32, i64::from(tag));
        let payload = self.ins().iconst(types::I64, payload as i64);
        let instance = self.instance();
        let exception = self.call_runtime(Runtime::ExceptionNew, &[instance, tag, payload])[0];
        for (value, offset) in values.into_iter().zip(offsets) {
            self.ins()
                .store(MemFlagsData::trusted(), value, exception, offset as i32);
        }
        self.throw_exception(exception);
    }

    fn payload_sizes(&self, tag: u32) -> Vec<u32> {
        let ty = self
            .plan
            .module
            .type_at(self.plan.module.tags[tag as usize]);
        ty.params()
            .iter()
            .map(|ty| clif_type(*ty).bytes())
            .collect()
    }

    // Pushes the payload of a caught exception.
    fn push_payload(&mut self, exception: Value, tag: u32) {
        let offsets = payload_offsets(self.payload_sizes(tag));
        let ty = self
            .plan
            .module
            .type_at(self.plan.module.tags[tag as usize]);
        for (ty, offset) in ty.params().iter().zip(offsets) {
            let flags = MemFlagsData::trusted();
            let value = self
                .ins()
                .load(clif_type(*ty), flags, exception, offset as i32);
            self.push(value);
        }
    }

    fn throw_exception(&mut self, exception: Value) {
        let callee = self.callee(Target::Runtime(Runtime::Throw));
        let instance = self.instance();
        self.emit_call(Callee::Direct(callee), &[instance, exception]);
        self.trap(TrapKind::Unreachable);
    }

    /// Opens a `try_table`. Its landing blocks are filled here, where its labels count from.
    pub(super) fn try_table(&mut self, table: &TryTable) {
        let body = self.builder.create_block();
        self.ins().jump(body, &[]);
        let mut handlers: Vec<Handler> = table
            .catches
            .iter()
            .map(|catch| self.landing(catch))
            .collect();
        if handlers.len() + self.handlers_in_force().len() > HANDLERS_MAX {
            handlers = vec![self.dispatch(&handlers)];
        }
        self.builder.switch_to_block(body);
        self.builder.seal_block(body);
        self.push_handlers(handlers);
        self.open_block(table.ty, Kind::TryTable);
    }

    /// Ends the force of a `try_table`'s handlers.
    pub(super) fn close_try_table(&mut self) {
        let handlers = self.handlers.pop();
        for landing in handlers.into_iter().flat_map(|handlers| handlers.landings) {
            self.builder.seal_block(landing);
        }
    }

    // One handler in place of many: it takes anything, compares tags, and throws on what none takes.
    fn dispatch(&mut self, handlers: &[Handler]) -> Handler {
        let dispatch = self.dispatch_block();
        let exception = self.builder.append_block_param(dispatch, types::I64);
        self.builder.switch_to_block(dispatch);
        let arguments = [BlockArg::Value(exception)];
        let mut is_open = true;
        for handler in handlers {
            if !is_open {
                // Behind one that takes anything: nothing lands here.
            } else if let Some(tag) = handler.tag {
                let same = self.has_tag(exception, tag);
                let next = self.dispatch_block();
                self.ins()
                    .brif(same, handler.landing, &arguments, next, &[]);
                self.builder.seal_block(next);
                self.builder.switch_to_block(next);
            } else {
                self.ins().jump(handler.landing, &arguments);
                is_open = false;
            }
            self.builder.seal_block(handler.landing);
        }
        if is_open {
            self.throw_exception(exception);
            self.reachable = true;
        }
        Handler {
            tag: None,
            landing: dispatch,
        }
    }

    fn has_tag(&mut self, exception: Value, tag: u32) -> Value {
        let at = offset_of!(Exception, tag) as i32;
        let thrown = self
            .ins()
            .load(types::I32, MemFlagsData::trusted(), exception, at);
        self.ins().icmp_imm_u(IntCC::Equal, thrown, i64::from(tag))
    }

    fn landing(&mut self, catch: &Catch) -> Handler {
        let landing = self.builder.create_block();
        self.builder.set_cold_block(landing);
        let exception = self.builder.append_block_param(landing, types::I64);
        self.builder.switch_to_block(landing);
        let height = self.stack.len();
        let (tag, label, with_reference) = match *catch {
            Catch::One { tag, label } => (Some(tag), label, false),
            Catch::OneRef { tag, label } => (Some(tag), label, true),
            Catch::All { label } => (None, label, false),
            Catch::AllRef { label } => (None, label, true),
        };
        if let Some(tag) = tag {
            self.push_payload(exception, tag);
        }
        if with_reference {
            self.push(exception);
        }
        self.br(label);
        self.reachable = true;
        self.stack.truncate(height);
        Handler { tag, landing }
    }

    /// Opens a legacy `try`.
    pub(super) fn legacy_try(&mut self, ty: BlockType) {
        let dispatch = self.dispatch_block();
        self.builder.append_block_param(dispatch, types::I64);
        self.push_handlers(vec![Handler {
            tag: None,
            landing: dispatch,
        }]);
        self.open_block(ty, Kind::LegacyTry { dispatch });
    }

    fn dispatch_block(&mut self) -> Block {
        let block = self.builder.create_block();
        self.builder.set_cold_block(block);
        block
    }

    /// `catch`, or `catch_all` where there is no tag: ends the body, or the clause before.
    pub(super) fn legacy_catch(&mut self, tag: Option<u32>) {
        let index = self.current.frames.len() - 1;
        if let Kind::Dead = self.current.frames[index].kind {
            return;
        }
        self.fall_to_end(index);
        self.stack.truncate(self.current.frames[index].height);
        let (dispatch, exception) = self.take_dispatch(index);
        self.builder.switch_to_block(dispatch);
        let mut otherwise = None;
        if let Some(tag) = tag {
            let same = self.has_tag(exception, tag);
            let (clause, next) = (self.dispatch_block(), self.dispatch_block());
            self.ins().brif(same, clause, &[], next, &[]);
            self.builder.seal_block(clause);
            self.builder.seal_block(next);
            self.builder.switch_to_block(clause);
            self.push_payload(exception, tag);
            otherwise = Some(next);
        }
        self.current.frames[index].kind = Kind::LegacyCatch {
            exception,
            otherwise,
        };
        self.reachable = true;
    }

    // Where the exceptions are that no clause so far has taken. The handler of a `try` is in force
    // in its body only.
    fn take_dispatch(&mut self, index: usize) -> (Block, Value) {
        match self.current.frames[index].kind {
            Kind::LegacyTry { dispatch } => {
                self.handlers
                    .truncate(self.current.frames[index].handlers - 1);
                self.current.frames[index].handlers = self.handlers.len();
                self.builder.seal_block(dispatch);
                (dispatch, self.builder.block_params(dispatch)[0])
            }
            Kind::LegacyCatch {
                exception,
                otherwise: Some(block),
            } => (block, exception),
            _ => unreachable!("validated: `catch` belongs to a `try`, none follows `catch_all`"),
        }
    }

    /// Throws on what no clause of the innermost frame, a legacy `try`, has taken.
    pub(super) fn throw_on(&mut self, index: usize) {
        if let Kind::LegacyCatch {
            otherwise: None, ..
        } = self.current.frames[index].kind
        {
            return;
        }
        let (dispatch, exception) = self.take_dispatch(index);
        self.builder.switch_to_block(dispatch);
        self.throw_exception(exception);
    }

    /// `delegate`: ends a legacy `try` without clauses, whose exceptions are thrown as if by the
    /// body of the construct `depth` labels out.
    pub(super) fn delegate(&mut self, depth: u32) {
        let index = self.current.frames.len() - 1;
        if let Kind::LegacyTry { .. } = self.current.frames[index].kind {
            self.fall_to_end(index);
            let (dispatch, exception) = self.take_dispatch(index);
            self.builder.switch_to_block(dispatch);
            let target = self.current.frames[index - 1 - depth as usize].handlers;
            let between = self.handlers.split_off(target);
            self.throw_exception(exception);
            self.handlers.extend(between);
            self.current.frames[index].kind = Kind::Block;
        }
        self.end();
    }

    fn caught_exception(&self, depth: u32) -> Value {
        match self.current.frames[self.current.frames.len() - 1 - depth as usize].kind {
            Kind::LegacyCatch { exception, .. } => exception,
            _ => unreachable!("validated: `rethrow` names a `catch`"),
        }
    }
}
