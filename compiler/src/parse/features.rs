//! Which WebAssembly proposals Kiln compiles, and the names of those it does not.

use crate::error::{Error, Location};
use wasmparser::{Validator, WasmFeatures};

/// What a module may use.
pub(super) const SUPPORTED: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::MEMORY64)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::THREADS)
    .union(WasmFeatures::EXCEPTIONS)
    .union(WasmFeatures::LEGACY_EXCEPTIONS)
    .union(WasmFeatures::FUNCTION_REFERENCES)
    .union(WasmFeatures::WIDE_ARITHMETIC)
    .union(WasmFeatures::CUSTOM_PAGE_SIZES);

/// Proposals that a module may be refused for, as users know them.
const UNSUPPORTED: &[(WasmFeatures, &str)] = &[
    (WasmFeatures::GC, "garbage collection (gc)"),
    (
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        "shared-everything threads",
    ),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
    (WasmFeatures::MEMORY_CONTROL, "memory control"),
    (WasmFeatures::CUSTOM_DESCRIPTORS, "custom descriptors"),
    (WasmFeatures::COMPACT_IMPORTS, "compact imports"),
    (
        WasmFeatures::ACQUIRE_RELEASE_ATOMICS,
        "acquire-release atomics",
    ),
];

/// Where a module failed to validate only for want of a proposal, says which.
pub(super) fn name_missing_proposal(wasm: &[u8], error: Error) -> Error {
    let Location::Offset(offset) = error.location() else {
        return error;
    };
    // Further on, the module may need a second proposal: it is enough to get past the place.
    let gets_past = |features| {
        let validated = Validator::new_with_features(features).validate_all(wasm);
        validated.map_or_else(|e| e.offset() > offset, |_| true)
    };
    if gets_past(SUPPORTED) {
        return error; // valid, and refused for another reason
    }
    let missing = UNSUPPORTED
        .iter()
        .find(|(feature, _)| gets_past(SUPPORTED.union(*feature)));
    match missing {
        Some((_, name)) => Error::new(format!(
            "module needs the {name} proposal, which Kiln does not support"
        ))
        .at(offset)
        .help(format!("build the module without {name}")),
        None => error,
    }
}
