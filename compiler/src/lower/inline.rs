//! Calls that are inlined: the callee's operators are translated in place of the call.
//!
//! Carries out what the plan decides ([`Inlining`](crate::plan::Inlining)). The callee has a
//! control stack and locals of its own; the operand stack, the handlers in force, and what the CLIF
//! function has declared are the caller's.
//!
//! Instructions are attributed to offsets in the module (`SourceLoc`). A callee may be inlined
//! several times, so each time it has a range of offsets of its own, behind the module's end, which
//! [`Offsets`] takes back to those of the callee's body and the calls that led to it.

use super::control::Frame;
use super::{Translator, Variable};
use crate::Error;
use crate::module::Body;
use cranelift_codegen::ir::{
    InstBuilder, StackSlot, StackSlotData, StackSlotKey, StackSlotKind, Type, Value, ValueLabel,
    types,
};
use rustc_hash::FxHashMap;
use std::mem;

/// The index under which debuggers find the instance of a library among the locals of a function.
pub(crate) const INSTANCE: u32 = u32::MAX;

/// The origin in the module of each instruction of a CLIF function.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    inlined: Vec<Inlined>,
    /// The locals that labels of values stand for: function as in [`Offsets::place`], index, type.
    labels: Vec<(u32, u32, Type)>,
}

/// The offsets of a callee that is inlined at one place.
#[derive(Debug)]
struct Inlined {
    function: u32,
    /// The offsets that stand for its body.
    start: u32,
    end: u32,
    /// The offset in the module of its body.
    body: u32,
    /// The offset that stands for the call.
    call: u32,
}

impl Offsets {
    /// The function that `offset` is in, 0 for the one that is compiled, else the number of an inlined
    /// one; and the offset in the module that it stands for.
    pub fn place(&self, offset: u32) -> (u32, u32) {
        let number = self.inlined.partition_point(|i| i.start <= offset);
        match number.checked_sub(1).map(|index| &self.inlined[index]) {
            Some(inlined) => (number as u32, inlined.body + (offset - inlined.start)),
            None => (0, offset),
        }
    }

    /// Finds the local that a label of values stands for.
    pub fn label(&self, label: u32) -> Option<(u32, u32, Type)> {
        self.labels.get(label as usize).copied()
    }

    /// The inlined functions, from number 1 on: index, and the offset that stands for the call.
    pub fn inlined(&self) -> impl Iterator<Item = (u32, u32)> {
        self.inlined.iter().map(|i| (i.function, i.call))
    }
}

/// State of one wasm function among those that a CLIF function is made of.
pub(super) struct Activation<'a> {
    /// Its index.
    function: u32,
    /// Its number: see [`Offsets::place`].
    number: u32,
    /// The labels of its locals.
    labels: FxHashMap<u32, u32>,
    /// The slot of the local that the plan keeps in memory.
    kept: Option<StackSlot>,
    /// How often it ran here, divided by how often it ran at all.
    pub scale: f64,
    /// To be added to offsets in the module, for those that stand for them.
    pub shift: u32,
    /// Hinted branches: see [`crate::module::Body::hints`].
    pub hints: &'a [(u64, bool)],
    pub frames: Vec<Frame>,
    pub locals: Vec<Variable>,
    /// Indices of the locals in `locals`, ascending, where not all are declared.
    pub declared: Option<Vec<u32>>,
}

impl<'a> Activation<'a> {
    /// That of `function`, which is about to be entered.
    pub fn new(function: u32, body: &'a Body) -> Self {
        Self {
            function,
            number: 0,
            labels: FxHashMap::default(),
            kept: None,
            scale: 1.0,
            shift: 0,
            hints: &body.hints,
            frames: Vec::new(),
            locals: Vec::new(),
            declared: None,
        }
    }

    /// That of what is no wasm function.
    pub fn none() -> Self {
        Self {
            function: u32::MAX,
            number: 0,
            labels: FxHashMap::default(),
            kept: None,
            scale: 1.0,
            shift: 0,
            hints: &[],
            frames: Vec::new(),
            locals: Vec::new(),
            declared: None,
        }
    }
}

impl<'a> Translator<'a> {
    /// Translates a call by the body of the callee if the plan says so; false where it does not.
    pub(super) fn inline_call(&mut self, callee: u32) -> Result<bool, Error> {
        let plan = self.plan;
        let Some(body) = plan.module.body(callee) else {
            return Ok(false);
        };
        if !plan.inlining.contains(self.current.function, callee)
            && !plan.inlining.is_hot(self.offset)
        {
            return Ok(false);
        }
        let ty = plan.module.function_type(callee);
        let arguments = self.pop_n(ty.params().len());
        let offset = self.offset;
        let mut activation = Activation::new(callee, body);
        activation.scale = self.scale_of(callee);
        activation.shift = self.offsets_of(callee, body);
        activation.number = match activation.shift {
            0 => u32::MAX,
            _ => self.offsets.inlined.len() as u32,
        };
        let caller = mem::replace(&mut self.current, activation);
        self.inlined += 1;
        self.enter(&arguments, &body.code, ty)?;
        self.profile_entry(callee);
        self.operators(&body.code)?;
        self.inlined -= 1;
        self.current = caller;
        self.at(offset);
        Ok(true)
    }

    /// Tells debuggers that a local has this value from here on.
    pub(super) fn label_local(&mut self, index: u32, value: Value) {
        if !self.plan.translates_debug || self.current.number == u32::MAX {
            return;
        }
        let ty = self.builder.func.dfg.value_type(value);
        let labels = &mut self.offsets.labels;
        let label = *self.current.labels.entry(index).or_insert_with(|| {
            labels.push((self.current.number, index, ty));
            labels.len() as u32 - 1
        });
        let label = ValueLabel::from_u32(label);
        self.builder.set_val_label(value, label);
    }

    /// Stores the value of a local that the plan keeps in memory for debuggers. What is optimised has
    /// none.
    pub(super) fn keep_local(&mut self, index: u32, value: Value) {
        let Some(body) = self.plan.module.body(self.current.function) else {
            return;
        };
        let start = body.code.range().start;
        if self.plan.kept_locals.get(&start) != Some(&index) {
            return;
        }
        let Some(label) = self.current.labels.get(&index) else {
            return;
        };
        let key = StackSlotKey::new((*label).into());
        let slot = *self.current.kept.get_or_insert_with(|| {
            let size = StackSlotData::new_with_key(StackSlotKind::ExplicitSlot, 8, 3, key);
            self.builder.create_sized_stack_slot(size)
        });
        self.ins().stack_store(types::I64, value, slot, 0);
    }

    /// Takes offsets for a callee that is inlined at the current operator; gives the way to them from those
    /// in the module.
    fn offsets_of(&mut self, function: u32, body: &Body) -> u32 {
        let range = body.code.range();
        let last = self.offsets.inlined.last();
        let start = last.map_or(self.plan.module.wasm.len() as u64, |last| last.end.into());
        let end = start + (range.end - range.start);
        // Beyond 4 GiB, which would take 60 copies of the largest module known, the callee's are told as
        // if nobody had called it.
        if end > u64::from(u32::MAX) {
            return 0;
        }
        self.offsets.inlined.push(Inlined {
            function,
            start: start as u32,
            end: end as u32,
            body: range.start as u32,
            call: (self.offset as u32).wrapping_add(self.current.shift),
        });
        (start as u32).wrapping_sub(range.start as u32)
    }
}
