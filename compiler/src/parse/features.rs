//! Which WebAssembly proposals Kiln compiles, the names of those it does not, and which a module
//! uses.

use crate::error::{Error, Location};
use crate::module::Module;
use wasmparser::{BlockType, ExternalKind, Operator, Validator, WasmFeatures};

/// The features that a module may use.
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

/// Names the proposal for want of which alone a module failed to validate.
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

/// The features that wasmparser files an instruction under.
macro_rules! proposal {
    (mvp) => {
        WasmFeatures::empty()
    };
    (sign_extension) => {
        WasmFeatures::SIGN_EXTENSION
    };
    (saturating_float_to_int) => {
        WasmFeatures::SATURATING_FLOAT_TO_INT
    };
    (bulk_memory) => {
        WasmFeatures::BULK_MEMORY
    };
    (reference_types) => {
        WasmFeatures::REFERENCE_TYPES
    };
    (tail_call) => {
        WasmFeatures::TAIL_CALL
    };
    (threads) => {
        WasmFeatures::THREADS
    };
    (simd) => {
        WasmFeatures::SIMD
    };
    (relaxed_simd) => {
        WasmFeatures::RELAXED_SIMD
    };
    (exceptions) => {
        WasmFeatures::EXCEPTIONS
    };
    (legacy_exceptions) => {
        WasmFeatures::LEGACY_EXCEPTIONS
    };
    (function_references) => {
        WasmFeatures::FUNCTION_REFERENCES
    };
    (wide_arithmetic) => {
        WasmFeatures::WIDE_ARITHMETIC
    };
    // Of proposals that are not supported: validation refuses the instruction.
    ($other:ident) => {
        WasmFeatures::empty()
    };
}

macro_rules! define_of_operator {
    ($(@$proposal:ident $op:ident $({ $($field:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        fn of_opcode(operator: &Operator) -> WasmFeatures {
            match operator {
                $(Operator::$op { .. } => proposal!($proposal),)*
                _ => WasmFeatures::empty(),
            }
        }
    };
}
wasmparser::for_each_operator!(define_of_operator);

/// The features that an instruction in a function body uses.
pub(super) fn of_operator(operator: &Operator) -> WasmFeatures {
    match operator {
        Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty }
            if matches!(blockty, BlockType::FuncType(_)) =>
        {
            WasmFeatures::MULTI_VALUE
        }
        _ => of_opcode(operator),
    }
}

/// The features that an instruction in a constant expression uses.
pub(super) fn of_constant(operator: &Operator) -> WasmFeatures {
    match operator {
        Operator::I32Add
        | Operator::I32Sub
        | Operator::I32Mul
        | Operator::I64Add
        | Operator::I64Sub
        | Operator::I64Mul => WasmFeatures::EXTENDED_CONST,
        _ => of_opcode(operator),
    }
}

/// The features that what a module declares uses, apart from its expressions.
pub(super) fn of_declarations(module: &Module) -> WasmFeatures {
    let exports_mutable_global = module.exports.iter().any(|export| {
        let global = module.globals.get(export.index as usize);
        export.kind == ExternalKind::Global && global.is_some_and(|global| global.ty.mutable)
    });
    let memories = &module.memories;
    let uses = [
        (WasmFeatures::MUTABLE_GLOBAL, exports_mutable_global),
        (
            WasmFeatures::MULTI_VALUE,
            module
                .types
                .iter()
                .flatten()
                .any(|ty| ty.results().len() > 1),
        ),
        (WasmFeatures::REFERENCE_TYPES, module.tables.len() > 1),
        (WasmFeatures::MULTI_MEMORY, memories.len() > 1),
        (
            WasmFeatures::MEMORY64,
            memories.iter().any(|memory| memory.memory64)
                || module.tables.iter().any(|table| table.ty.table64),
        ),
        (
            WasmFeatures::THREADS,
            memories.iter().any(|memory| memory.shared),
        ),
        (
            WasmFeatures::CUSTOM_PAGE_SIZES,
            memories
                .iter()
                .any(|memory| memory.page_size_log2.is_some()),
        ),
        (WasmFeatures::EXCEPTIONS, !module.tags.is_empty()),
    ];
    let used = uses.into_iter().filter(|(_, is_used)| *is_used);
    used.map(|(feature, _)| feature).collect()
}

#[cfg(test)]
mod tests {
    use crate::parse;

    fn used(wat: &str) -> Vec<String> {
        let wasm = wat::parse_str(wat).unwrap();
        parse::parse(&wasm).unwrap().features.names()
    }

    #[test]
    fn what_a_module_uses_is_named() {
        for (wat, features) in [
            ("", &[][..]),
            ("(func (param i32) (result i32) local.get 0)", &[]),
            (
                "(func (result i32 i32) i32.const 1 i32.const 2)",
                &["multi-value"],
            ),
            (
                "(func i32.const 1 (block (param i32) drop))",
                &["multi-value"],
            ),
            ("(func i32.const 1 i32.extend8_s drop)", &["sign-extension"]),
            (
                "(func f32.const 1 i32.trunc_sat_f32_s drop)",
                &["saturating-float-to-int"],
            ),
            (
                "(global (export \"g\") (mut i32) i32.const 1)",
                &["mutable-global"],
            ),
            (
                "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
                &["extended-const"],
            ),
            ("(global v128 (v128.const i64x2 1 2))", &["simd"]),
            ("(table 1 funcref) (table 1 funcref)", &["reference-types"]),
            ("(memory 1) (memory 1)", &["multi-memory"]),
            ("(memory i64 1)", &["memory64"]),
            ("(memory 1 1 shared)", &["threads"]),
            ("(memory 1 (pagesize 1))", &["custom-page-sizes"]),
            ("(tag)", &["exceptions"]),
            ("(func $f return_call $f)", &["tail-call"]),
            (
                "(func (param v128) (result v128)
                    (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))",
                &["relaxed-simd"],
            ),
        ] {
            assert_eq!(used(&format!("(module {wat})")), features, "{wat}");
        }
    }
}
