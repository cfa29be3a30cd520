//! Modules of wasm-smith, by features.

use anyhow::Result;
use arbitrary::Unstructured;
use wasm_smith::{Config, Module};

/// The features that a module draws on, beside numbers, control, one memory and one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// None.
    Plain,
    /// Instructions that do not trap.
    NoTraps,
    /// Bulk operators, reference types and several tables.
    Tables,
    /// Vectors.
    Vectors,
    /// Tail calls.
    TailCalls,
    /// Exceptions.
    Exceptions,
    /// A memory with 64-bit addresses.
    Memory64,
    /// Several memories of either kind.
    Memories,
    /// Products and sums of 128 bits.
    WideArithmetic,
    /// Pages of one byte.
    PageSizes,
    /// Integers alone, in larger functions.
    Integers,
    /// Few and long functions.
    LongFunctions,
    /// All of it.
    All,
}

impl Mix {
    /// Each of them.
    pub const ALL: [Mix; 13] = [
        Mix::Plain,
        Mix::NoTraps,
        Mix::Tables,
        Mix::Vectors,
        Mix::TailCalls,
        Mix::Exceptions,
        Mix::Memory64,
        Mix::Memories,
        Mix::WideArithmetic,
        Mix::PageSizes,
        Mix::Integers,
        Mix::LongFunctions,
        Mix::All,
    ];

    /// Memories and tables are small and have a limit, because engines differ in what they refuse before.
    fn config(self) -> Config {
        let has = |mixes: &[Mix]| self == Mix::All || mixes.contains(&self);
        Config {
            allow_floats: self != Mix::Integers,
            allow_start_export: true,
            bulk_memory_enabled: has(&[Mix::Tables, Mix::Memories, Mix::NoTraps]),
            canonicalize_nans: true,
            compact_imports_enabled: false,
            custom_page_sizes_enabled: has(&[Mix::PageSizes]),
            disallow_traps: self == Mix::NoTraps,
            exceptions_enabled: has(&[Mix::Exceptions]),
            export_everything: false,
            extended_const_enabled: true,
            gc_enabled: false,
            max_funcs: if self == Mix::LongFunctions { 2 } else { 8 },
            min_funcs: 1,
            max_imports: 0,
            max_instructions: if self == Mix::LongFunctions {
                2000
            } else {
                150
            },
            max_memories: if has(&[Mix::Memories]) { 4 } else { 1 },
            min_memories: 1,
            max_memory32_bytes: 6 << 16,
            max_memory64_bytes: 6 << 16,
            max_table_elements: 300,
            max_tables: if has(&[Mix::Tables]) { 4 } else { 1 },
            memory64_enabled: has(&[Mix::Memory64, Mix::Memories]),
            memory_max_size_required: true,
            memory_offset_choices: wasm_smith::MemoryOffsetChoices(150, 20, 1),
            multi_value_enabled: true,
            reference_types_enabled: has(&[Mix::Tables, Mix::Exceptions]),
            relaxed_simd_enabled: false,
            saturating_float_to_int_enabled: true,
            shared_everything_threads_enabled: false,
            sign_extension_ops_enabled: true,
            simd_enabled: has(&[Mix::Vectors]),
            table_max_size_required: true,
            tail_call_enabled: has(&[Mix::TailCalls]),
            threads_enabled: false,
            wide_arithmetic_enabled: has(&[Mix::WideArithmetic]),
            ..Config::default()
        }
    }

    /// A module that ends, because its loops and calls use up what a global holds.
    pub fn module(self, input: &mut Unstructured) -> Result<Vec<u8>> {
        const FUEL: u32 = 1000;
        let mut module = Module::new(self.config(), input)?;
        module.ensure_termination(FUEL)?;
        Ok(module.to_bytes())
    }
}
