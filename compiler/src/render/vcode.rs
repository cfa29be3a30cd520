//! Machine code as text for the architectures that have no disassembler here: as Cranelift prints its instructions,
//! which are one or a few of the machine's each.

use cranelift_codegen::CompiledCode;

/// Prints the machine code of a function, a line each instruction.
pub(super) fn print(compiled: &CompiledCode) -> String {
    compiled.vcode.clone().unwrap_or_default()
}
