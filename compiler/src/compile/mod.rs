//! CLIF → machine code, a function at a time, by Cranelift. What comes out is owned, and refers to
//! other functions and to data by name.

mod code;
mod debug;
mod effort;

pub(crate) use code::{Code, Relocation, RelocationTarget};
pub(crate) use debug::{Local, LocalPlace};

use crate::Error;
use crate::lower::{Item, Offsets};
use crate::plan::Plan;
use cranelift_codegen::Context;
use cranelift_codegen::settings::OptLevel;

/// The reason why a function is to be compiled the cheap way, without optimisation.
pub(crate) fn too_much(plan: &Plan, context: &Context) -> Option<String> {
    let is_optimised = plan.isa.flags().opt_level() != OptLevel::None;
    let throws = !context.func.dfg.exception_tables.is_empty();
    // What throws has the same register allocator either way.
    if throws && !is_optimised {
        return None;
    }
    effort::too_much(&context.func)
}

/// Compiles `context`'s function, which `item` was lowered to with these offsets; `cheaply` as
/// [`too_much`] says.
pub(crate) fn compile(
    plan: &Plan,
    item: Item,
    offsets: &Offsets,
    context: &mut Context,
    cheaply: bool,
) -> Result<Code, Error> {
    let throws = !context.func.dfg.exception_tables.is_empty();
    let isa = match (cheaply, throws) {
        (false, _) => &plan.isa,
        (true, false) => &plan.cheap.single_pass,
        (true, true) => &plan.cheap.unoptimised,
    };
    let start = item.wasm_offset(plan);
    let failed = |error: &dyn std::fmt::Display| {
        let function = item.describe(plan);
        Error::new(format!("cannot compile {function}: {error}")).at(start)
    };
    context
        .compile(&**isa, &mut Default::default())
        .map_err(|error| failed(&error.inner))?;
    let code = context
        .compiled_code()
        .ok_or_else(|| failed(&"no code came out"))?;
    let alignment = code.buffer.alignment.max(isa.function_alignment().minimum);
    Ok(Code {
        item,
        bytes: code.code_buffer().to_vec(),
        alignment: u64::from(alignment),
        relocations: code::relocations(code, &context.func),
        sites: code::sites(code, offsets, start as u32),
        inlined: code::inlined(offsets),
        spans: match plan.translates_debug {
            true => debug::spans(code, offsets, start as u32),
            false => Vec::new(),
        },
        locals: debug::locals(code, offsets, &**isa),
        call_sites: code::call_sites(code),
        frame: (plan.machine.frames.rules)(code, &**isa),
    })
}
