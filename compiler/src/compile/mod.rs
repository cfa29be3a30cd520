//! CLIF → machine code, a function at a time, by Cranelift. What comes out is owned, and refers to
//! other functions and to data by name.

mod code;

pub(crate) use code::{Code, Relocation, RelocationTarget};

use crate::Error;
use crate::lower::Item;
use crate::plan::Plan;
use cranelift_codegen::Context;

/// Compiles `context`'s function, which `item` was lowered to.
pub(crate) fn compile(plan: &Plan, item: Item, context: &mut Context) -> Result<Code, Error> {
    let start = item.wasm_offset(plan);
    let failed = |error: &dyn std::fmt::Display| {
        let function = item.describe(plan);
        Error::new(format!("cannot compile {function}: {error}")).at(start)
    };
    context
        .compile(&*plan.isa, &mut Default::default())
        .map_err(|error| failed(&error.inner))?;
    let code = context
        .compiled_code()
        .ok_or_else(|| failed(&"no code came out"))?;
    let alignment = code
        .buffer
        .alignment
        .max(plan.isa.function_alignment().minimum);
    Ok(Code {
        item,
        bytes: code.code_buffer().to_vec(),
        alignment: u64::from(alignment),
        relocations: code::relocations(code, &context.func),
        trap_sites: code::trap_sites(code, start as u32),
        call_sites: code::call_sites(code),
    })
}
