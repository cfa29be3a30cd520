//! Addresses and `repr(C)` records shared by compiled code and the runtime.
//!
//! An instance is known by one address: that of its *state* (globals, memory and table cells, mutable
//! tables). Right below the state lies the runtime's own record of the instance, of which compiled
//! code knows four words: [`STACK_LIMIT`] and [`TRAP_VALUES`].
//!
//! An executable holds one instance, whose places are known when it is compiled: the state at
//! [`Map::state_base`], linear memory 0 at [`MEMORY_BASE`]. Both lie below 2 GiB so that they fit the
//! 32-bit displacement of an x86-64 address operand. Other architectures make them in one instruction.
//!
//! ```text
//! 0x0001_0000  never mapped: the kernel puts no mapping below an executable by itself
//! 0x5000_0000  record, then state (at most 256 MiB)
//! 0x6000_0000  guard below memory 0, PROT_NONE
//! 0x7000_0000  memory 0, accessible up to its current length
//!              … PROT_NONE up to MEMORY_BASE + MEMORY_RESERVE
//! ```
//!
//! All that a small program touches is in one gigabyte, and little of the reservation with it: the
//! kernel walks the page tables of a gigabyte that has pages, at exit, for as far as a mapping goes.
//! This start of memory 0 saves 6 µs of about 100 against one at 0x4000_0000. Static offsets of up
//! to 256 MiB fit the displacement along with the base.
//!
//! An index of 32 bits that compiled code took for negative would reach the 2 GiB below a memory. All other
//! memories have a guard of that length ([`MEMORY_GUARD_BELOW`]). Below memory 0 of an executable nothing but
//! the state is accessible: two addresses below 2 GiB lie within 2 GiB of each other.

/// Offset from the state of a `u64`: the address below which the stack pointer may not come in the
/// functions of a library. An executable has a guard instead.
pub const STACK_LIMIT: i32 = -8;
/// Offset from the state of three `u64`, which compiled code writes before it traps: see [`crate::trap`].
pub const TRAP_VALUES: i32 = STACK_LIMIT - 24;
/// The start of the runtime's record of an executable's instance.
const RECORD_BASE: u64 = 0x5000_0000;

/// The numbers that differ between architectures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Map {
    /// Alignment and granularity of what is mapped, and of what is moved into place at start-up: the most
    /// that a page of the architecture's kernels has. Those of AArch64 have pages of 4, 16 or 64 KiB.
    pub page: u64,
}

impl Map {
    /// That of x86-64.
    pub const X86_64: Self = Self { page: 4096 };
    /// That of AArch64.
    pub const AARCH64: Self = Self { page: 65536 };
    /// That of RISC-V with 64 bits.
    pub const RISCV64: Self = Self { page: 4096 };

    /// Bytes below the state that are the runtime's.
    pub const fn record_len(self) -> u64 {
        self.page
    }

    /// The start of the instance's state in an executable. Its record is in the page before, under the
    /// same page table. The address takes one instruction on AArch64 (`movz`) and RISC-V (`lui`).
    pub const fn state_base(self) -> u64 {
        RECORD_BASE + self.record_len()
    }

    /// The most bytes of state an executable can have.
    pub const fn state_max(self) -> u64 {
        MEMORY_BASE - FIXED_GUARD_BELOW - self.state_base()
    }
}

/// The numbers of the architecture that the runtime is compiled for.
pub mod here {
    use super::Map;

    #[cfg(target_arch = "aarch64")]
    const MAP: Map = Map::AARCH64;
    #[cfg(target_arch = "riscv64")]
    const MAP: Map = Map::RISCV64;
    #[cfg(target_arch = "x86_64")]
    const MAP: Map = Map::X86_64;

    /// See [`Map::page`].
    pub const HOST_PAGE: u64 = MAP.page;
    /// See [`Map::record_len`].
    pub const RECORD_LEN: u64 = MAP.record_len();
    /// See [`Map::state_base`].
    pub const STATE_BASE: u64 = MAP.state_base();
}

/// The start of linear memory 0 in an executable.
pub const MEMORY_BASE: u64 = 0x7000_0000;
/// Inaccessible bytes that are mapped below memory 0 of an executable.
pub const FIXED_GUARD_BELOW: u64 = 0x1000_0000;
/// Inaccessible bytes below every other memory with 32-bit indices for which address space is held: as far
/// as an index reaches that is taken for negative.
pub const MEMORY_GUARD_BELOW: u64 = 2 << 30;
/// Bytes of address space held for a 32-bit memory that is accessed without bounds checks:
/// any 32-bit index plus any 32-bit offset plus the widest access stays inside.
pub const MEMORY_RESERVE: u64 = (8 << 30) + WASM_PAGE;
/// Bytes in a WebAssembly page of the default size.
pub const WASM_PAGE: u64 = 65536;
/// Bytes of wasm stack where `--stack-size` does not say.
pub const DEFAULT_STACK_SIZE: u64 = 8 << 20;

/// The fewest bytes of wasm stack. WASI functions run on it too; the deepest takes under 32 KiB.
pub const MIN_STACK_SIZE: u64 = 64 << 10;

/// The most bytes of wasm stack: a thousandth of a process's address space.
pub const MAX_STACK_SIZE: u64 = 128 << 30;
/// Bytes per element of a mutable table.
pub const TABLE_ELEMENT: u64 = 8;

/// A linear memory as running code sees it; part of the state.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "alloc", derive(bytemuck::NoUninit))]
pub struct MemoryCell {
    /// Address of byte 0.
    pub base: u64,
    /// Current length in bytes, a multiple of the page size.
    pub len: u64,
    /// Length in bytes that `memory.grow` may not exceed.
    pub max: u64,
    /// Binary logarithm of the page size: 16, or 0 (custom page sizes).
    pub page_log2: u64,
}

/// A mutable table as running code sees it; part of the state. Elements are 8 bytes: 0 is null; a
/// function reference is 1 + its position in [`crate::symbols::FUNCREFS`]; an external reference
/// is the host's value.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "alloc", derive(bytemuck::NoUninit))]
pub struct TableCell {
    /// Address of element 0.
    pub base: u64,
    /// Current length in elements.
    pub len: u64,
    /// Length in elements that `table.grow` may not exceed.
    pub max: u64,
    /// Elements that fit at `base` before it must move.
    pub capacity: u64,
    /// Bytes mapped at `base` for this table alone; 0 while it lies in the state.
    pub mapped: u64,
}

/// A callable function as read-only data: an element of a constant table or of
/// [`crate::symbols::FUNCREFS`]. Needs no relocation at start-up.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "alloc", derive(bytemuck::NoUninit))]
pub struct FuncEntry {
    /// Distance in bytes from this entry's own address to the code.
    pub code: i32,
    /// Number of the function's type (equal types have equal numbers); 0 where the entry is null.
    pub type_id: u32,
}

/// One linear memory to create at start-up.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "alloc", derive(bytemuck::NoUninit))]
pub struct MemoryPlan {
    /// Offset in the state of this memory's [`MemoryCell`], whose `len`, `max` and `page_log2` are
    /// already right; the runtime sets `base`.
    pub cell: u64,
    /// Address at which it must lie ([`MEMORY_BASE`]), or 0 for anywhere.
    pub fixed_base: u64,
    /// Bytes of address space to hold, guards above included; 0 where no more is to be held than
    /// the memory has, so that, unless it must lie at an address, it moves when it grows.
    pub reserve: u64,
    /// Bytes of inaccessible guard below `base`.
    pub guard_below: u64,
}

/// Whole pages of initial contents to move into the state or a linear memory at start-up.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "alloc", derive(bytemuck::NoUninit))]
pub struct ImageChunk {
    /// Index into [`crate::symbols::MEMORIES`], or [`crate::image::STATE_SPACE`].
    pub space: u64,
    /// Offset in the space, whole pages ([`Map::page`]).
    pub offset: u64,
    /// Offset from [`crate::symbols::DATA_IMAGE`], whole pages ([`Map::page`]).
    pub source: u64,
    /// Length in bytes, whole pages ([`Map::page`]).
    pub len: u64,
}

/// The numbers the runtime needs of the program it is linked with.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "alloc", derive(bytemuck::NoUninit))]
pub struct Program {
    /// [`crate::ABI_VERSION`] of the compiler.
    pub abi_version: u64,
    /// Bytes of state to map at [`Map::state_base`], whole pages ([`Map::page`]).
    pub state_len: u64,
    /// Elements of [`crate::symbols::MEMORIES`].
    pub memory_count: u64,
    /// Elements of [`crate::symbols::IMAGE_CHUNKS`].
    pub chunk_count: u64,
    /// Bytes of [`crate::symbols::IMAGE_RUNS`].
    pub image_runs_len: u64,
    /// Elements of [`crate::symbols::TABLES`].
    pub table_count: u64,
    /// Offset in the state of the [`MemoryCell`] that WASI functions read and write (the memory
    /// exported as `memory`), or [`NO_MEMORY`].
    pub wasi_memory: u64,
    /// Offset in the state of the [`MemoryCell`] of the memory that a library shows: the one exported
    /// as `memory`, or else the first exported, or [`NO_MEMORY`].
    pub exported_memory: u64,
    /// 1 where code of the user's is linked in, which may use the thread pointer; else 0.
    pub has_user_code: u64,
    /// 1 where the program can call `poll_oneoff`, else 0: calls on its sockets must wait then.
    pub can_poll: u64,
    /// Bytes that the program's memories, tables and exceptions may take together, or `u64::MAX`.
    pub max_memory: u64,
    /// Bytes of wasm stack, whole pages ([`Map::page`]).
    pub stack_size: u64,
    /// The most descriptors the guest may have open, or `u64::MAX`.
    pub max_open_files: u64,
    /// Nanoseconds after which the program is ended, or `u64::MAX`.
    pub timeout: u64,
    /// The extensions that the processor must have, in the bits of [`crate::cpu`]; 0 for any of its architecture.
    pub cpu_features: u64,
    /// Bytes of machine code from [`crate::symbols::TEXT`].
    pub text_len: u64,
    /// Bytes of [`crate::symbols::TRAP_SITES`].
    pub trap_sites_len: u64,
    /// Bytes of [`crate::symbols::LINES`], 0 where there is no debug information.
    pub lines_len: u64,
    /// Bytes of [`crate::symbols::EXCEPTION_TABLE`], 0 in a program that throws nothing.
    pub exception_table_len: u64,
    /// Bytes of [`crate::symbols::TAGS`].
    pub tags_len: u64,
    /// Bytes of [`crate::symbols::TYPES`].
    pub types_len: u64,
    /// Bytes of the largest [`crate::exception::Exception`] with its payload, a multiple of 16.
    pub exception_size: u64,
    /// Bytes of [`crate::symbols::CONFIG`].
    pub config_len: u64,
    /// Bytes of [`crate::symbols::EMBEDDED`].
    pub embedded_len: u64,
    /// Instructions of [`crate::symbols::FILTER`], 0 in a program without a sandbox.
    pub filter_len: u64,
    /// Bytes of [`crate::symbols::CALL_NAMES`].
    pub call_names_len: u64,
    /// Other conditions of the sandbox, in the bits of [`crate::syscalls`].
    pub sandbox: u64,
    /// Offset in the state of its [`crate::profile`], a multiple of [`HOST_PAGE`].
    pub profile: u64,
    /// Bytes of what the profile starts with: all but the counters.
    pub profile_head_len: u64,
    /// Bytes of the profile, a multiple of [`HOST_PAGE`], 0 in a program that does not count.
    pub profile_len: u64,
}

/// [`Program::wasi_memory`] of a program that exports no memory.
pub const NO_MEMORY: u64 = u64::MAX;
