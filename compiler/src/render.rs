//! What would be compiled, as text: for people, and for the golden tests.

use crate::Error;
use crate::codegen;
use crate::plan::Plan;
use cranelift_codegen::isa::TargetIsa;
use std::fmt::Write as _;

/// A form that compiled functions can be printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Text {
    /// Cranelift's intermediate form, as it is handed to Cranelift.
    Clif,
    /// Cranelift's rendering of the machine code, registers allocated.
    Asm,
}

/// Prints every function that is planned, in the order of the text section.
pub(crate) fn render(plan: &Plan, isa: &dyn TargetIsa, form: Text) -> Result<String, Error> {
    let mut out = String::new();
    for item in codegen::items(plan) {
        let name = item.describe(plan);
        let text = codegen::text(plan, isa, item, form)?;
        // Writing to a string cannot fail.
        let _ = writeln!(out, "; {name}\n{}\n", text.trim_end());
    }
    Ok(out)
}
