//! The program this runtime is linked with: the symbols its compiler defines, as one value.

#[cfg(feature = "standalone")]
use crate::config::Config;
use crate::lines::Lines;
#[cfg(feature = "standalone")]
use crate::refusal::Refusal;
use crate::state::State;
use kiln_abi::image::Spaces;
use kiln_abi::layout::{ImageChunk, MemoryPlan, Program};
#[cfg(feature = "linked")]
use kiln_abi::syscalls::Instruction;
#[cfg(feature = "standalone")]
use kiln_abi::syscalls::Names;

/// The values of the compiler's symbols. See [`kiln_abi::symbols`].
#[derive(Clone, Copy, Debug)]
pub struct Linked {
    /// The numbers.
    pub program: &'static Program,
    /// The linear memories to create.
    pub memories: &'static [MemoryPlan],
    /// The places that the pages of `data_image` go to.
    pub chunks: &'static [ImageChunk],
    /// Initial contents that fill pages.
    pub data_image: *mut u8,
    /// All other initial contents.
    pub image_runs: Spaces<'static>,
    /// Offsets in the state of tables' cells.
    pub tables: &'static [u64],
    /// Address of the first compiled function.
    pub text: usize,
    /// The table of trap sites.
    pub trap_sites: &'static [u8],
    /// The places in the source, if they are known.
    pub lines: Option<Lines>,
    /// The table of exception handlers.
    pub exception_table: &'static [u8],
    /// The table of tags.
    pub tags: &'static [u8],
    /// The function types that indirect calls compare, as text.
    pub types: &'static [u8],
    /// The baked configuration.
    pub config: &'static [u8],
    /// The embedded files.
    pub embedded: &'static [u8],
    /// The function that runs first: see [`kiln_abi::symbols::ENTRY`].
    pub entry: extern "C" fn(state: *mut State, values: *mut u128),
}

#[cfg(feature = "linked")]
mod symbols {
    use super::*;

    unsafe extern "C" {
        pub safe fn kiln_entry(state: *mut State, values: *mut u128);
        pub safe static kiln_program: Program;
        pub safe static kiln_memories: MemoryPlan;
        pub safe static kiln_image_chunks: ImageChunk;
        pub safe static kiln_image_runs: u8;
        pub safe static kiln_tables: u64;
        pub safe static kiln_text: u8;
        pub safe static kiln_trap_sites: u8;
        pub safe static kiln_lines: i32;
        pub safe static kiln_exception_table: u8;
        pub safe static kiln_tags: u8;
        pub safe static kiln_types: u8;
        pub safe static kiln_config: u8;
        pub safe static kiln_embedded: u8;
        pub safe static kiln_filter: Instruction;
        pub safe static kiln_call_names: u8;
        pub safe static kiln_profile: i32;
        pub static mut kiln_data_image: u8;
    }
}

/// Returns the program this runtime is linked with.
// Inlined, it would be 400 bytes in each of its four places.
#[cfg(feature = "linked")]
#[inline(never)]
pub fn linked() -> Linked {
    use core::ptr::from_ref;
    use core::slice::from_raw_parts;
    use symbols::*;

    extern "C" fn entry(state: *mut State, values: *mut u128) {
        kiln_entry(state, values);
    }
    // SAFETY: the compiler defines each array with as many elements as it says in the program.
    unsafe {
        Linked {
            program: &kiln_program,
            memories: from_raw_parts(&kiln_memories, kiln_program.memory_count as usize),
            chunks: from_raw_parts(&kiln_image_chunks, kiln_program.chunk_count as usize),
            data_image: &raw mut kiln_data_image,
            image_runs: Spaces(from_raw_parts(
                &kiln_image_runs,
                kiln_program.image_runs_len as usize,
            )),
            tables: from_raw_parts(&kiln_tables, kiln_program.table_count as usize),
            text: from_ref(&kiln_text).addr(),
            trap_sites: from_raw_parts(&kiln_trap_sites, kiln_program.trap_sites_len as usize),
            lines: Lines::linked(&kiln_lines, kiln_program.lines_len as usize),
            exception_table: from_raw_parts(
                &kiln_exception_table,
                kiln_program.exception_table_len as usize,
            ),
            tags: from_raw_parts(&kiln_tags, kiln_program.tags_len as usize),
            types: from_raw_parts(&kiln_types, kiln_program.types_len as usize),
            config: from_raw_parts(&kiln_config, kiln_program.config_len as usize),
            embedded: from_raw_parts(&kiln_embedded, kiln_program.embedded_len as usize),
            entry,
        }
    }
}

/// Opens the file of a profile, if the program counts.
#[cfg(feature = "standalone")]
pub type OpenProfile = fn(&Program, Config) -> Result<(), Refusal>;

/// Returns what opens the file of this program's profile. It is linked only with programs that count: they lead to
/// it.
#[cfg(feature = "standalone")]
pub fn open_profile() -> Option<OpenProfile> {
    use symbols::*;
    if kiln_program.profile_len == 0 {
        return None;
    }
    let distance = &raw const kiln_profile;
    // SAFETY: the compiler puts there the distance to the function of this type.
    unsafe {
        let open = distance.cast::<u8>().offset(*distance as isize);
        Some(core::mem::transmute::<*const u8, OpenProfile>(open))
    }
}

/// The means by which the program confines itself.
#[cfg(feature = "standalone")]
#[derive(Clone, Copy, Debug)]
pub struct Confinement {
    /// The filter of system calls, empty where there is no sandbox.
    pub filter: &'static [Instruction],
    /// The names of all system calls: see [`kiln_abi::symbols::CALL_NAMES`].
    pub names: Names<'static>,
    /// Bits of [`kiln_abi::syscalls`].
    pub flags: u64,
}

/// Returns the means by which this program confines itself.
#[cfg(feature = "standalone")]
pub fn confinement() -> Confinement {
    use core::slice::from_raw_parts;
    use symbols::*;
    // SAFETY: the compiler defines each array with as many elements as it says in the program.
    unsafe {
        Confinement {
            filter: from_raw_parts(&kiln_filter, kiln_program.filter_len as usize),
            names: Names(from_raw_parts(
                &kiln_call_names,
                kiln_program.call_names_len as usize,
            )),
            flags: kiln_program.sandbox,
        }
    }
}
