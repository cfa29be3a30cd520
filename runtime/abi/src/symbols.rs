//! The names by which compiled code and the runtime find each other.
//!
//! They are what debuggers and profilers show, so each is a path that begins with `kiln::`. In the
//! runtime's source `kiln::program` is `kiln_program`: compiler/build.rs renames it.
//!
//! A WASI function is linked by its name under `kiln::wasi::`, for snapshot 0 `kiln::wasi_unstable::`:
//! an `extern "C"` function of the runtime that takes the instance and then takes and gives what the
//! import's core type says. So section garbage collection keeps only those a module can call.
//!
//! `State` is the address of an instance: that of its state ([`crate::layout`]).

// Defined by the compiler.

/// `extern "C" fn(instance: *mut State, values: *mut u128)`: runs the start function, if any, then
/// in an executable the export `_start`, in a library `_initialize` if exported. `values` is unused.
pub const ENTRY: &str = "kiln::entry";
/// [`crate::layout::Program`], read-only.
pub const PROGRAM: &str = "kiln::program";
/// Initial contents of the state and the memories that fill pages: page-aligned, writable, moved into
/// place.
pub const DATA_IMAGE: &str = "kiln::data_image";
/// Array of [`crate::layout::MemoryPlan`], read-only.
pub const MEMORIES: &str = "kiln::memories";
/// Array of [`crate::layout::ImageChunk`], read-only.
pub const IMAGE_CHUNKS: &str = "kiln::image_chunks";
/// All other initial contents in the format of [`crate::image`], read-only.
pub const IMAGE_RUNS: &str = "kiln::image_runs";
/// Array of `u64`, read-only: the offset in the state of each [`crate::layout::TableCell`]. In a
/// library a cell's `base` in the image is an offset, too.
pub const TABLES: &str = "kiln::tables";
/// Array of [`crate::layout::FuncEntry`], read-only. Element 0 is the null reference.
pub const FUNCREFS: &str = "kiln::funcrefs";
/// First byte of the compiled functions.
pub const TEXT: &str = "kiln::text";
/// Trap sites in the format of [`crate::trap`], read-only.
pub const TRAP_SITES: &str = "kiln::trap_sites";
/// Places in the source in the format of [`crate::lines`], read-only.
pub const LINES: &str = "kiln::lines";
/// The baked configuration in the format of [`crate::config`], read-only.
pub const CONFIG: &str = "kiln::config";
/// The embedded files in the format of [`crate::embed`], read-only.
pub const EMBEDDED: &str = "kiln::embedded";
/// Array of [`crate::syscalls::Instruction`], read-only: the sandbox's filter of system calls.
pub const FILTER: &str = "kiln::filter";
/// The names of all system calls by their numbers in the format of [`crate::syscalls::Names`], read-only;
/// for last words.
pub const CALL_NAMES: &str = "kiln::call_names";

/// The distance from here to [`OPEN_PROFILE`]'s code, 4 bytes, read-only, in a program that counts; else empty.
pub const PROFILE: &str = "kiln::profile";

/// All that the runtime leaves undefined.
pub const DEFINED_BY_COMPILER: &[&str] = &[
    ENTRY,
    PROGRAM,
    DATA_IMAGE,
    MEMORIES,
    IMAGE_CHUNKS,
    IMAGE_RUNS,
    TABLES,
    FUNCREFS,
    TEXT,
    TRAP_SITES,
    LINES,
    EXCEPTION_TABLE,
    TAGS,
    TYPES,
    CONFIG,
    EMBEDDED,
    FILTER,
    CALL_NAMES,
    PROFILE,
];
/// Exception handlers in the format of [`crate::exception`], read-only.
pub const EXCEPTION_TABLE: &str = "kiln::exception_table";
/// The module's tags in the format of [`crate::tags`], read-only.
pub const TAGS: &str = "kiln::tags";
/// The function types that indirect calls compare, as text, in order of [`crate::layout::FuncEntry::type_id`]
/// from 1 on: strings in the format of [`crate::leb128`], read-only.
pub const TYPES: &str = "kiln::types";

// Defined by the runtime, called by compiled code (`extern "C"`).

/// `fn(instance: *mut State, cell: *mut MemoryCell, pages: u64) -> u64`: `memory.grow`; the old
/// length in pages, or `u64::MAX`.
pub const MEMORY_GROW: &str = "kiln::memory_grow";
/// The same for a memory at a fixed place that has no reservation
/// ([`crate::layout::MemoryPlan::reserve`] is 0).
pub const MEMORY_GROW_MAPPING: &str = "kiln::memory_grow_mapping";
/// The same for a memory that may move as it grows: it has neither.
pub const MEMORY_GROW_MOVING: &str = "kiln::memory_grow_moving";
/// `fn(instance: *mut State, cell: *mut TableCell, elements: u64, init: u64) -> u64`: `table.grow`;
/// the old length, or `u64::MAX`.
pub const TABLE_GROW: &str = "kiln::table_grow";
/// `fn(first: *mut u64, value: u64, elements: u64)`: stores `value` into each element.
pub const TABLE_FILL: &str = "kiln::table_fill";
/// `fn(instance: *mut State, name: *const u8, len: u64) -> !`: traps because of a call to an import
/// that was unknown when the module was compiled. The name reads `module::field`.
pub const UNKNOWN_IMPORT: &str = "kiln::unknown_import";
/// `fn(address: *const u32, expected: u32, timeout: i64) -> u32`: `memory.atomic.wait32` on a
/// shared memory, bounds and alignment already checked; the timeout in nanoseconds, negative for
/// none; 0 woken, 1 not equal, 2 timed out.
pub const ATOMIC_WAIT32: &str = "kiln::atomic_wait32";
/// `fn(address: *const u64, expected: u64, timeout: i64) -> u32`: `memory.atomic.wait64`.
pub const ATOMIC_WAIT64: &str = "kiln::atomic_wait64";
/// `fn(address: *const u8, count: u32) -> u32`: `memory.atomic.notify`; how many were woken.
pub const ATOMIC_NOTIFY: &str = "kiln::atomic_notify";
/// `fn(instance: *mut State, tag: u32, payload: u64) -> *mut Exception`: a new exception with room for `payload` bytes
/// behind its [`crate::exception::Exception`].
pub const EXCEPTION_NEW: &str = "kiln::exception_new";
/// `fn(instance: *mut State, exception: *mut Exception) -> !`: throws. Resumes at the nearest handler
/// of the callers, found by walking frame pointers, with the exception in the first payload register;
/// ends the program, or in a library the call, where there is none. Called from frames that keep a
/// frame pointer.
pub const THROW: &str = "kiln::throw";
/// `fn(instance: *mut State, trampoline: fn(*mut State, *mut u128), values: *mut u128) -> u32`: in
/// a library, calls `trampoline` on the instance's stack with what else it is given, and returns a
/// [`crate::library::Status`].
pub const CALL: &str = "kiln::call";
/// [`crate::lines::Find`]: referred to by [`LINES`], if there are any.
pub const FIND_SOURCE: &str = "kiln::find_source";
/// Opens the file of a profile: referred to by [`PROFILE`], if the program counts.
pub const OPEN_PROFILE: &str = "kiln::open_profile";
/// `memmove` as in C: `memory.copy`, `memory.init`, `table.copy`, `table.init`.
pub const MEMMOVE: &str = "memmove";
/// `memset` as in C: `memory.fill`.
pub const MEMSET: &str = "memset";

// Defined by the runtime, called where the CPU level lacks an instruction (Cranelift's `LibCall`s).

/// `fn(f32) -> f32`
pub const CEIL_F32: &str = "kiln::ceil_f32";
/// `fn(f64) -> f64`
pub const CEIL_F64: &str = "kiln::ceil_f64";
/// `fn(f32) -> f32`
pub const FLOOR_F32: &str = "kiln::floor_f32";
/// `fn(f64) -> f64`
pub const FLOOR_F64: &str = "kiln::floor_f64";
/// `fn(f32) -> f32`
pub const TRUNC_F32: &str = "kiln::trunc_f32";
/// `fn(f64) -> f64`
pub const TRUNC_F64: &str = "kiln::trunc_f64";
/// `fn(f32) -> f32`: round half to even.
pub const NEAREST_F32: &str = "kiln::nearest_f32";
/// `fn(f64) -> f64`: round half to even.
pub const NEAREST_F64: &str = "kiln::nearest_f64";
/// `fn(i8x16, i8x16) -> i8x16`: `pshufb`, vectors in XMM registers.
pub const X86_PSHUFB: &str = "kiln::x86_pshufb";
