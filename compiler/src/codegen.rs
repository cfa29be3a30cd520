//! [`Plan`] → machine code: takes every function through the three phases lower, optimize and
//! compile, on all processors, largest first. A function's CLIF is dropped as soon as its machine
//! code is there, so that memory holds no more of it than there are threads. What comes out is in
//! the plan's order, whatever thread made it, so that output does not depend on how many there are.

use crate::compile::{self, Code};
use crate::lower::{self, Item, Offsets};
use crate::optimize;
use crate::plan::Plan;
use crate::render::Text;
use crate::{Error, Progress};
use cranelift_codegen::{CompiledCode, Context, ir};
use cranelift_frontend::FunctionBuilderContext;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The time that one function takes in each phase.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub lower: Duration,
    pub optimize: Duration,
    pub compile: Duration,
}

/// All that is planned as machine code, in the plan's order.
pub(crate) struct Compiled {
    pub code: Vec<Code>,
    /// The time that each took.
    pub spent: Vec<Spent>,
    /// Sentences on functions that are compiled otherwise than asked.
    pub notes: Vec<String>,
}

/// A function on its way through the phases.
struct Outcome {
    code: Code,
    spent: Spent,
    note: Option<String>,
}

/// Memory that a thread uses again for every function.
struct Scratch {
    context: Context,
    builder: FunctionBuilderContext,
    offsets: Offsets,
}

impl Scratch {
    fn new() -> Self {
        Self {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            offsets: Offsets::default(),
        }
    }

    fn lower(&mut self, plan: &Plan, item: Item) -> Result<(), Error> {
        self.context.clear();
        self.offsets = lower::lower(plan, item, &mut self.context.func, &mut self.builder)?;
        Ok(())
    }

    fn optimize(&mut self, plan: &Plan) {
        optimize::optimize(plan, &mut self.context.func);
    }

    fn compile(&mut self, plan: &Plan, item: Item) -> Result<Code, Error> {
        compile::compile(plan, item, &self.offsets, &mut self.context, false)
    }

    /// Takes an item through all phases; the cheap way, with a note that says why, where it is too much
    /// for the other.
    fn all(&mut self, plan: &Plan, item: Item) -> Result<Outcome, Error> {
        let mut spent = Spent::default();
        let mut start = Instant::now();
        let mut take = |time: &mut Duration| {
            let now = Instant::now();
            *time += now - start;
            start = now;
        };
        self.lower(plan, item)?;
        take(&mut spent.lower);
        if let Some(reason) = compile::too_much(plan, &self.context) {
            // The memory that they hold for the next function, as large as for this one, is given back.
            self.builder = FunctionBuilderContext::new();
            let compiled = compile::compile(plan, item, &self.offsets, &mut self.context, true);
            self.context = Context::new();
            take(&mut spent.compile);
            // It may still be too large that way, which takes more registers than the other.
            if let Ok(code) = compiled {
                let function = item.describe(plan);
                let note = format!("{function} is compiled without optimisation, because {reason}");
                let note = Some(note);
                return Ok(Outcome { code, spent, note });
            }
            self.lower(plan, item)?;
            take(&mut spent.lower);
        }
        self.optimize(plan);
        take(&mut spent.optimize);
        let code = self.compile(plan, item)?;
        take(&mut spent.compile);
        Ok(Outcome {
            code,
            spent,
            note: None,
        })
    }
}

/// Compiles all that is planned.
pub(crate) fn compile(
    plan: &Plan,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Compiled, Error> {
    let items = lower::items(plan);
    let sizes: Vec<u64> = items.iter().map(|item| item.size(plan)).collect();
    let total = sizes.iter().sum();
    let done = AtomicU64::new(0);
    let mut order: Vec<usize> = (0..items.len()).collect();
    // The largest first, so that none of them is left for one thread to work on alone at the end.
    order.sort_by_key(|index| Reverse(sizes[*index]));
    let mut compiled: Vec<_> = order
        .into_iter()
        // Threads take the next from the front; an indexed iterator would be cut into halves.
        .par_bridge()
        .map_init(Scratch::new, |scratch, index| {
            let item = items[index];
            let code = scratch.all(plan, item);
            let size = sizes[index];
            let done = done.fetch_add(size, Ordering::Relaxed) + size;
            progress(Progress::Compiling { done, total });
            (index, code)
        })
        .collect();
    compiled.sort_unstable_by_key(|(index, _)| *index);
    let mut all = Compiled {
        code: Vec::with_capacity(compiled.len()),
        spent: Vec::with_capacity(compiled.len()),
        notes: Vec::new(),
    };
    for (_, outcome) in compiled {
        let Outcome { code, spent, note } = outcome?;
        all.code.push(code);
        all.spent.push(spent);
        all.notes.extend(note);
    }
    Ok(all)
}

/// A function on its way, for those who print it.
pub(crate) enum Function<'a> {
    /// Before or after optimisation, with the origin of its instructions.
    Clif(&'a ir::Function, &'a Offsets),
    /// Compiled: as the object phase takes it, as Cranelift gives it, and the origin of its instructions.
    Machine(Box<Code>, &'a CompiledCode, &'a Offsets),
}

/// One function as text, by `print`.
pub(crate) fn text(
    plan: &Plan,
    item: Item,
    form: Text,
    print: impl Fn(Function) -> String,
) -> Result<String, Error> {
    let mut scratch = Scratch::new();
    scratch.lower(plan, item)?;
    if form != Text::Clif {
        scratch.optimize(plan);
    }
    if form != Text::Asm {
        let function = Function::Clif(&scratch.context.func, &scratch.offsets);
        return Ok(print(function));
    }
    scratch.context.set_disasm(true);
    let code = scratch.compile(plan, item)?;
    let compiled = scratch.context.compiled_code();
    let compiled = compiled.expect("what is compiled has code");
    Ok(print(Function::Machine(
        Box::new(code),
        compiled,
        &scratch.offsets,
    )))
}
