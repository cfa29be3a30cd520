//! Control: blocks, loops, branches, and what is reachable.

use super::{Translator, clif_type};
use cranelift_codegen::ir::{Block, BlockArg, BlockCall, InstBuilder, JumpTableData, Value};
use kiln_abi::trap::TrapKind;
use wasmparser::{BlockType, BrTable, FuncType, FunctionBody, Operator, ValType};

/// A control construct that is open.
pub(super) struct Frame {
    pub kind: Kind,
    /// The target of a branch to this label: the end, or a loop's head.
    label: Block,
    /// The number of operands a branch takes along.
    arity: usize,
    /// The block behind the construct; its parameters are the construct's results.
    end: Block,
    /// Height of the operand stack beneath the construct's parameters.
    pub height: usize,
    /// True if anything jumps to `end`.
    end_reached: bool,
    /// The number of groups of exception handlers in force inside.
    pub handlers: usize,
}

pub(super) enum Kind {
    Block,
    Loop,
    If {
        /// The block for a false condition.
        otherwise: Block,
        /// The operands that both arms start with.
        params: Vec<Value>,
    },
    Else,
    TryTable,
    /// A legacy `try`, in its body.
    LegacyTry {
        /// The block for its exceptions.
        dispatch: Block,
    },
    /// A legacy `try`, in a clause.
    LegacyCatch {
        /// The exception it caught.
        exception: Value,
        /// The block for exceptions that no clause so far has taken; none after `catch_all`.
        otherwise: Option<Block>,
    },
    /// In code that cannot be reached: only its `end` is waited for.
    Dead,
}

impl<'a> Translator<'a> {
    /// Opens the current function's own frame, and declares its parameters, whose values these are,
    /// and its locals.
    pub(super) fn enter(
        &mut self,
        params: &[Value],
        body: &FunctionBody,
        ty: &FuncType,
    ) -> Result<(), crate::Error> {
        let end = self.block_with(ty.results());
        self.current.frames.push(Frame {
            kind: Kind::Block,
            label: end,
            arity: ty.results().len(),
            end,
            height: self.stack.len(),
            end_reached: false,
            handlers: self.handlers.len(),
        });
        self.declare_locals(params, body, ty)
    }

    /// Translates a control operator; false for any other.
    pub(super) fn control(&mut self, operator: &Operator) -> bool {
        match operator {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. }
            | Operator::Try { .. }
                if !self.reachable =>
            {
                self.open_dead();
            }
            Operator::End => self.end(),
            Operator::Else => self.otherwise(),
            Operator::Catch { tag_index } => self.legacy_catch(Some(*tag_index)),
            Operator::CatchAll => self.legacy_catch(None),
            Operator::Delegate { relative_depth } => self.delegate(*relative_depth),
            _ if !self.reachable => return false,
            Operator::Block { blockty } => self.open_block(*blockty, Kind::Block),
            Operator::TryTable { try_table } => self.try_table(try_table),
            Operator::Try { blockty } => self.legacy_try(*blockty),
            Operator::Loop { blockty } => self.loop_(*blockty),
            Operator::If { blockty } => self.if_(*blockty),
            Operator::Br { relative_depth } => self.br(*relative_depth),
            Operator::BrIf { relative_depth } => {
                let condition = self.pop();
                self.br_if(condition, *relative_depth);
            }
            Operator::BrTable { targets } => self.br_table(targets),
            Operator::Return => self.return_(),
            Operator::Unreachable => {
                self.trap(TrapKind::Unreachable);
            }
            Operator::Nop => {}
            _ => return false,
        }
        true
    }

    /// Ends the current block with a trap.
    pub(super) fn trap(&mut self, kind: TrapKind) {
        self.ins().trap(super::clif_trap(kind));
        self.reachable = false;
    }

    /// Leaves the current function with the results on the stack.
    pub(super) fn return_(&mut self) {
        let count = self.current.frames[0].arity;
        let results = self.pop_n(count);
        if self.inlined > 0 {
            let frame = &mut self.current.frames[0];
            frame.end_reached = true;
            let end = frame.end;
            self.jump(end, &results);
        } else {
            self.ins().return_(&results);
        }
        self.reachable = false;
    }

    fn block_type(&self, ty: BlockType) -> (Vec<ValType>, Vec<ValType>) {
        match ty {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(ty) => (Vec::new(), vec![ty]),
            BlockType::FuncType(index) => {
                let ty = self.plan.module.type_at(index);
                (ty.params().to_vec(), ty.results().to_vec())
            }
        }
    }

    fn block_with(&mut self, params: &[ValType]) -> Block {
        let block = self.builder.create_block();
        for ty in params {
            self.builder.append_block_param(block, clif_type(*ty));
        }
        block
    }

    fn open_dead(&mut self) {
        self.current.frames.push(Frame {
            kind: Kind::Dead,
            label: self.current.frames[0].end,
            arity: 0,
            end: self.current.frames[0].end,
            height: self.stack.len(),
            end_reached: false,
            handlers: self.handlers.len(),
        });
    }

    /// Opens a construct whose label is its end.
    pub(super) fn open_block(&mut self, ty: BlockType, kind: Kind) {
        let (params, results) = self.block_type(ty);
        let end = self.block_with(&results);
        self.open(kind, end, results.len(), end, params.len());
    }

    fn loop_(&mut self, ty: BlockType) {
        let (params, results) = self.block_type(ty);
        let head = self.block_with(&params);
        let end = self.block_with(&results);
        let arguments = self.pop_n(params.len());
        self.jump(head, &arguments);
        self.builder.switch_to_block(head);
        self.profile_loop(head);
        self.stack
            .extend_from_slice(self.builder.block_params(head));
        self.open(Kind::Loop, head, params.len(), end, params.len());
    }

    fn if_(&mut self, ty: BlockType) {
        let (params, results) = self.block_type(ty);
        let condition = self.pop();
        let then = self.builder.create_block();
        let otherwise = self.builder.create_block();
        let end = self.block_with(&results);
        self.hint(then, otherwise);
        self.ins().brif(condition, then, &[], otherwise, &[]);
        self.builder.seal_block(then);
        self.builder.seal_block(otherwise);
        self.builder.switch_to_block(then);
        self.profile_if(then, otherwise);
        let arguments = self.stack[self.stack.len() - params.len()..].to_vec();
        let kind = Kind::If {
            otherwise,
            params: arguments,
        };
        self.open(kind, end, results.len(), end, params.len());
    }

    fn open(&mut self, kind: Kind, label: Block, arity: usize, end: Block, params: usize) {
        self.current.frames.push(Frame {
            kind,
            label,
            arity,
            end,
            height: self.stack.len() - params,
            end_reached: false,
            handlers: self.handlers.len(),
        });
    }

    fn otherwise(&mut self) {
        let index = self.current.frames.len() - 1;
        if let Kind::Dead = self.current.frames[index].kind {
            return;
        }
        self.fall_to_end(index);
        let frame = &mut self.current.frames[index];
        let Kind::If { otherwise, params } = std::mem::replace(&mut frame.kind, Kind::Else) else {
            unreachable!("validated: `else` belongs to an `if`");
        };
        self.stack.truncate(frame.height);
        self.stack.extend(params);
        self.builder.switch_to_block(otherwise);
        self.reachable = true;
    }

    /// Closes the innermost construct.
    pub(super) fn end(&mut self) {
        let index = self.current.frames.len() - 1;
        if let Kind::Dead = self.current.frames[index].kind {
            self.current.frames.pop();
            return;
        }
        self.fall_to_end(index);
        if let Kind::If { otherwise, params } = &mut self.current.frames[index].kind {
            // Without an `else`, the parameters are the results.
            let (otherwise, params) = (*otherwise, std::mem::take(params));
            self.builder.switch_to_block(otherwise);
            self.jump(self.current.frames[index].end, &params);
            self.current.frames[index].end_reached = true;
        }
        if let Kind::LegacyTry { .. } | Kind::LegacyCatch { .. } = self.current.frames[index].kind {
            self.throw_on(index);
        }
        let frame = self
            .current
            .frames
            .pop()
            .expect("validated: `end` closes a frame");
        match frame.kind {
            Kind::Loop => self.builder.seal_block(frame.label),
            Kind::TryTable => self.close_try_table(),
            _ => {}
        }
        self.stack.truncate(frame.height);
        self.profile_end(frame.end);
        self.builder.seal_block(frame.end);
        self.reachable = frame.end_reached;
        if !self.reachable {
            return;
        }
        self.builder.switch_to_block(frame.end);
        self.stack
            .extend_from_slice(self.builder.block_params(frame.end));
        if self.current.frames.is_empty() && self.inlined == 0 {
            let results = std::mem::take(&mut self.stack);
            self.ins().return_(&results);
            self.reachable = false;
        }
    }

    /// Goes to the end of a construct, with its results, where its body can reach it.
    pub(super) fn fall_to_end(&mut self, index: usize) {
        if self.reachable {
            let (end, height) = (
                self.current.frames[index].end,
                self.current.frames[index].height,
            );
            let results = self.stack.split_off(height);
            self.jump(end, &results);
            self.current.frames[index].end_reached = true;
        }
    }

    /// Marks the label `depth` frames out as branched to; gives its block and arity.
    pub(super) fn label(&mut self, depth: u32) -> (Block, usize) {
        let index = self.current.frames.len() - 1 - depth as usize;
        let frame = &mut self.current.frames[index];
        // A branch to a loop's label goes to its head, not its end.
        frame.end_reached |= !matches!(frame.kind, Kind::Loop);
        (frame.label, frame.arity)
    }

    /// Branches to the label `depth` frames out.
    pub(super) fn br(&mut self, depth: u32) {
        let (label, arity) = self.label(depth);
        let arguments = self.pop_n(arity);
        self.jump(label, &arguments);
        self.reachable = false;
    }

    /// Branches where `condition` is not zero, with the operands the label takes.
    pub(super) fn br_if(&mut self, condition: Value, depth: u32) {
        let (label, arity) = self.label(depth);
        let arguments = block_args(&self.stack[self.stack.len() - arity..]);
        let next = self.builder.create_block();
        self.profile_branch(condition, next);
        self.hint(label, next);
        self.ins().brif(condition, label, &arguments, next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    fn br_table(&mut self, targets: &BrTable) {
        let index = self.pop();
        self.profile_table(index, targets.len());
        let (default, arity) = self.label(targets.default());
        let arguments = block_args(&self.pop_n(arity));
        let call = |translator: &mut Self, label| {
            let pool = &mut translator.builder.func.dfg.value_lists;
            BlockCall::new(label, arguments.iter().copied(), pool)
        };
        let default = call(self, default);
        // Validated: the targets' depths are well-formed.
        let depths: Vec<u32> = targets.targets().map_while(Result::ok).collect();
        let calls: Vec<BlockCall> = depths
            .into_iter()
            .map(|depth| {
                let (label, _) = self.label(depth);
                call(self, label)
            })
            .collect();
        let table = self
            .builder
            .create_jump_table(JumpTableData::new(default, &calls));
        self.ins().br_table(index, table);
        self.reachable = false;
    }

    pub(super) fn jump(&mut self, block: Block, arguments: &[Value]) {
        let arguments = block_args(arguments);
        self.ins().jump(block, &arguments);
    }

    // The branch hinting proposal: what is unlikely is laid out of the way.
    fn hint(&mut self, taken: Block, not_taken: Block) {
        let hints = self.current.hints;
        if let Ok(found) = hints.binary_search_by_key(&self.offset, |(offset, _)| *offset) {
            let unlikely = if hints[found].1 { not_taken } else { taken };
            // A label that others branch to as well, or that is a loop's head, is not cold for it.
            if unlikely == not_taken || self.current.frames.iter().all(|f| f.label != unlikely) {
                self.builder.set_cold_block(unlikely);
            }
        }
    }
}

fn block_args(values: &[Value]) -> Vec<BlockArg> {
    values.iter().map(|value| BlockArg::Value(*value)).collect()
}
