//! The content of a function by which a profile knows it again: its type and its operators, with what
//! belongs to the function alone, such as labels, locals and distances in memory. Left out is what a
//! change elsewhere in the module moves: indices of functions, types, globals and tables, and
//! constants, which may be addresses.

use super::each_operator;
use crate::Error;
use crate::module::Module;
use sha2::{Digest, Sha256};
use wasmparser::Operator;

/// Opcodes from here on are prefixes of longer ones.
const PREFIXES: u8 = 0xfb;

/// Hashes a function's content.
pub(in crate::plan) fn hash(module: &Module, function: u32) -> Result<u64, Error> {
    let mut hasher = Sha256::new();
    let ty = module.function_type(function);
    hasher.update(format!("{:?} {:?}", ty.params(), ty.results()));
    let (mut from, mut is_own) = (None, false);
    each_operator(module, function, |operator, offset| {
        if let Some(from) = from.replace(offset) {
            hasher.update(content(module, from, offset, is_own));
        }
        is_own = is_own_alone(operator);
    })?;
    // The last operator is always `end`.
    let digest = hasher.finalize();
    let (first, _) = digest.as_chunks();
    Ok(first.first().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
}

/// The bytes of the operator at `from .. to`: all of them, or its opcode.
fn content<'a>(module: &'a Module, from: u64, to: u64, is_own: bool) -> &'a [u8] {
    let bytes = module
        .wasm
        .get(from as usize..to as usize)
        .unwrap_or_default();
    let opcode = match bytes {
        // A number in LEB128 follows, whose last byte is below 128.
        [first, rest @ ..] if *first >= PREFIXES => {
            2 + rest.iter().take_while(|byte| **byte >= 128).count()
        }
        _ => 1,
    };
    match is_own {
        true => bytes,
        false => bytes.get(..opcode).unwrap_or(bytes),
    }
}

/// Tells if all that an operator says belongs to its function alone.
fn is_own_alone(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::LocalGet { .. }
            | Operator::LocalSet { .. }
            | Operator::LocalTee { .. }
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::I32Load { .. }
            | Operator::I64Load { .. }
            | Operator::I32Load8S { .. }
            | Operator::I32Load8U { .. }
            | Operator::I32Load16S { .. }
            | Operator::I32Load16U { .. }
            | Operator::I32Store { .. }
            | Operator::I64Store { .. }
            | Operator::I32Store8 { .. }
            | Operator::I32Store16 { .. }
    )
}
