//! Calls that are inlined: the callee's operators are translated in place of the call.
//!
//! Carries out what the plan decides ([`Inlining`](crate::plan::Inlining)). The callee has a
//! control stack and locals of its own; the operand stack, the handlers in force, and what the CLIF
//! function has declared are the caller's. Its instructions keep their offsets in the module, so that
//! traps are told as those of the callee.

use super::control::Frame;
use super::{Translator, Variable};
use crate::Error;
use crate::module::Body;
use std::mem;

/// State of one wasm function among those that a CLIF function is made of.
pub(super) struct Activation<'a> {
    /// Its index.
    function: u32,
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
        if !plan.inlining.contains(self.current.function, callee) {
            return Ok(false);
        }
        let ty = plan.module.function_type(callee);
        let arguments = self.pop_n(ty.params().len());
        let offset = self.offset;
        let caller = mem::replace(&mut self.current, Activation::new(callee, body));
        self.inlined += 1;
        self.enter(&arguments, &body.code, ty)?;
        self.operators(&body.code)?;
        self.inlined -= 1;
        self.current = caller;
        self.at(offset);
        Ok(true)
    }
}
