//! Puts an instance's state and linear memories where compiled code expects them, before it runs.
//!
//! Initial contents that fill pages lie in the executable as such. They are moved, not copied: the
//! pages stay the file's until they are written to. A library copies them for each instance. All
//! other contents are copied from their compact form ([`kiln_abi::image`]).

use crate::budget::Budget;
use crate::instance::Instance;
use crate::limits::Limits;
use crate::memory::mapped;
use crate::program::Linked;
use crate::refusal::Refusal;
use crate::state::State;
use crate::sys::pages::{self, map_accessible, map_at};
use crate::{cpu, table};
use core::ffi::c_void;
use core::ptr;
use kiln_abi::ABI_VERSION;
use kiln_abi::image::{Run, STATE_SPACE};
use kiln_abi::layout::here::RECORD_LEN;
use kiln_abi::layout::{ImageChunk, MemoryCell, MemoryPlan, NO_MEMORY, TABLE_ELEMENT, TableCell};
use kiln_abi::syscalls::SYSTEM_FILES;
use rustix::io::{self, Errno};
use rustix::mm::ProtFlags;
#[cfg(feature = "library")]
use rustix::mm::munmap;

/// Set where the images are for more than one instance.
const IS_LIBRARY: bool = cfg!(feature = "library");

/// Maps room for a state of `len` bytes at `at`, and for the record below it.
pub fn map_state(at: u64, len: u64) -> Result<*mut State, Refusal> {
    let len = RECORD_LEN + len;
    let start = map_accessible((at - RECORD_LEN) as usize, len as usize)
        .map_err(|why| no_room(len, false, why))?;
    Ok(start.wrapping_byte_add(RECORD_LEN as usize).cast())
}

/// Fills the state, which is zeros yet, creates the memories, and sets the instance's limits.
pub fn fill(linked: &Linked, instance: &mut Instance, limits: &Limits) -> Result<(), Refusal> {
    let program = linked.program;
    if program.abi_version != ABI_VERSION {
        return Err(Refusal::Version);
    }
    let wanted = program.cpu_features;
    let missing = cpu::missing(wanted);
    if missing != 0 {
        return Err(Refusal::Processor { wanted, missing });
    }
    let state = instance.state();
    place_contents(
        linked,
        STATE_SPACE,
        state.addr(),
        By::copying_if(IS_LIBRARY),
    )?;
    if IS_LIBRARY {
        // SAFETY: the offsets are those of the state's tables.
        unsafe { table::relocate(state, linked.tables) };
    } else {
        let record = state.addr() - RECORD_LEN as usize;
        // SAFETY: both are in one mapping. (A library's is left out whole, with the stack.)
        unsafe { pages::leave_out(record, (RECORD_LEN + program.state_len) as usize) };
    }
    instance.budget = budget(linked, state, limits.memory)?;
    for (plan, memory) in linked.memories.iter().zip(0..) {
        // SAFETY: the cell lies in the state, and nothing else refers to it yet.
        let cell = unsafe { &mut *cell_at(state, plan.cell) };
        map_memory(plan, cell, limits.memory)?;
        // The kernel moves one mapping at a time: a memory that will move must stay one.
        let moves = plan.reserve == 0 && plan.fixed_base == 0;
        let by = By::copying_if(IS_LIBRARY || moves);
        place_contents(linked, memory, cell.base as usize, by)?;
        // SAFETY: the memory's own mappings, of which those moved into place are the executable's so far.
        unsafe { pages::leave_out(cell.base as usize, mapped(cell.len)) };
    }
    instance.host.fds.limit_to(limits.open_files);
    instance.host.has_timeout = limits.timeout != u64::MAX;
    instance.host.system_files.is_open = program.sandbox & SYSTEM_FILES != 0;
    instance.host.can_poll = program.can_poll != 0;
    if program.wasi_memory != NO_MEMORY {
        instance.wasi_memory = cell_at(state, program.wasi_memory);
    }
    Ok(())
}

/// Computes what a limit leaves beyond the memories and tables that an instance starts with.
fn budget(linked: &Linked, state: *mut State, limit: u64) -> Result<Budget, Refusal> {
    let memories = linked.memories.iter().map(|plan| {
        // SAFETY: a plan's cell lies in the state.
        unsafe { (*cell_at(state, plan.cell)).len }
    });
    let tables = linked.tables.iter().map(|&offset| {
        let cell: *const TableCell = state.wrapping_byte_add(offset as usize).cast();
        // SAFETY: so does a table's.
        unsafe { (*cell).len }.saturating_mul(TABLE_ELEMENT)
    });
    let len = memories.chain(tables).fold(0, u64::saturating_add);
    let left = limit.checked_sub(len);
    left.map(Budget::new).ok_or(Refusal::Memory { len, limit })
}

/// Unmaps what has been mapped of the memories.
///
/// # Safety
///
/// Nothing may use the instance's memories any more.
#[cfg(feature = "library")]
pub unsafe fn unmap_memories(linked: &Linked, state: *mut State) {
    for plan in linked.memories {
        let base = base_of(state, plan);
        if base != 0 {
            let start = base - plan.guard_below as usize;
            let len = match plan.reserve {
                // SAFETY: the cell lies in the state.
                0 => mapped(unsafe { (*cell_at(state, plan.cell)).len }),
                reserve => (plan.guard_below + reserve) as usize,
            };
            // SAFETY: what `map_memory` has mapped. Unmapping it cannot fail.
            let _ = unsafe { munmap(start as *mut c_void, len) };
        }
    }
}

/// An address in a memory, as the module counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAt {
    /// The address.
    pub address: u64,
    /// Bytes that the memory has.
    pub len: u64,
}

/// Finds a host's address in the address space held for a memory, guards included; `None` if it lies
/// elsewhere.
pub fn memory_at(state: *mut State, plan: &MemoryPlan, address: usize) -> Option<MemoryAt> {
    let base = base_of(state, plan);
    let held = base - plan.guard_below as usize..base + plan.reserve as usize;
    // SAFETY: a plan's cell lies in the state.
    let len = unsafe { (*cell_at(state, plan.cell)).len };
    // What lies below is what a folded address has wrapped to: see `optimize/addresses.rs`.
    let wrapped = if address < base { 1 << 32 } else { 0 };
    held.contains(&address).then_some(MemoryAt {
        address: (address as u64)
            .wrapping_sub(base as u64)
            .wrapping_add(wrapped),
        len,
    })
}

fn base_of(state: *mut State, plan: &MemoryPlan) -> usize {
    // SAFETY: a plan's cell lies in the state.
    unsafe { (*cell_at(state, plan.cell)).base as usize }
}

fn cell_at(state: *mut State, offset: u64) -> *mut MemoryCell {
    state.wrapping_byte_add(offset as usize).cast()
}

fn cannot(what: &'static [u8], why: Errno) -> Refusal {
    let call = b"mmap";
    Refusal::Cannot { what, call, why }
}

fn no_room(len: u64, is_guard: bool, why: Errno) -> Refusal {
    Refusal::AddressSpace { len, is_guard, why }
}

/// Maps a memory, of which `limit` bytes may be had at most.
fn map_memory(plan: &MemoryPlan, cell: &mut MemoryCell, limit: u64) -> Result<(), Refusal> {
    let len = cell.len;
    cell.max = cell.max.min(limit);
    if plan.reserve == 0 {
        let start = map_accessible(plan.fixed_base as usize, mapped(len))
            .map_err(|why| no_room(len, false, why))?;
        cell.base = start.addr() as u64;
        return Ok(());
    }
    let held = plan.guard_below + plan.reserve;
    let at = plan.fixed_base.saturating_sub(plan.guard_below);
    let start = map_at(at as usize, held as usize, ProtFlags::empty())
        .map_err(|why| no_room(held, true, why))?;
    // SAFETY: just mapped.
    unsafe { pages::set_dumped(start.addr(), held as usize, false) };
    let base = start.wrapping_byte_add(plan.guard_below as usize);
    cell.base = base.addr() as u64;
    cell.max = cell.max.min(plan.reserve);
    // SAFETY: the range lies in what was just reserved.
    unsafe { pages::make_accessible(base.addr(), len as usize) }
        .map_err(|why| no_room(len, false, why))
}

/// Gives a space, which is zeros yet and begins at `base`, its initial contents.
fn place_contents(linked: &Linked, space: u64, base: usize, by: By) -> Result<(), Refusal> {
    for chunk in linked.chunks.iter().filter(|chunk| chunk.space == space) {
        place_chunk(chunk, linked.data_image, base, by)
            .map_err(|why| cannot(b"move initial data into place", why))?;
    }
    let runs = linked.image_runs.filter(|(of, _)| *of == space);
    for (offset, run) in runs.flat_map(|(_, runs)| runs) {
        let to = (base + offset as usize) as *mut u8;
        // SAFETY: the compiler lays runs out inside the space, words of the state at multiples of 8;
        // nothing refers to what lies there yet.
        unsafe {
            match run {
                Run::Bytes(bytes) => ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()),
                Run::Fill { word, count } => table::table_fill(to.cast(), word, count),
            }
        }
    }
    Ok(())
}

fn place_chunk(chunk: &ImageChunk, image: *mut u8, base: usize, by: By) -> io::Result<()> {
    let from = image.wrapping_add(chunk.source as usize).cast();
    let to = (base + chunk.offset as usize) as *mut c_void;
    // SAFETY: the compiler lays chunks out page by page, inside image and space, without overlap.
    unsafe { place(from, chunk.len as usize, to, by) }
}

/// The way in which contents get where they belong.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Copying,
    Moving,
}

impl By {
    fn copying_if(is_copying: bool) -> Self {
        if is_copying { By::Copying } else { By::Moving }
    }
}

/// Gives pages that are mapped and untouched the contents of others, which are not used again.
///
/// # Safety
///
/// Nothing may use either range.
unsafe fn place(from: *mut c_void, len: usize, to: *mut c_void, by: By) -> io::Result<()> {
    // SAFETY: the caller's promise.
    unsafe {
        if by == By::Copying {
            ptr::copy_nonoverlapping(from.cast::<u8>(), to.cast(), len);
        } else {
            pages::move_to(from, len, to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{memory_grow, memory_grow_mapping, memory_grow_moving};
    use crate::stack::Stack;
    use crate::table::table_grow;
    use kiln_abi::image::{RunsWriter, Spaces};
    use kiln_abi::layout::here::{HOST_PAGE, STATE_BASE};
    use kiln_abi::layout::{FIXED_GUARD_BELOW, MEMORY_BASE, MEMORY_RESERVE, Program, WASM_PAGE};
    use std::boxed::Box;
    use std::vec::Vec;

    const PAGE: usize = HOST_PAGE as usize;
    /// The bytes of all memories in the end, and of what is added to the table.
    const BUDGET: u64 = (3 + 4 + 64 + 64) * WASM_PAGE + 4999 * 8;
    /// A base where nothing else is.
    const FOURTH_BASE: u64 = MEMORY_BASE + MEMORY_RESERVE + FIXED_GUARD_BELOW;

    /// The state here: four memories and a table with one element.
    #[repr(C)]
    struct Contents {
        memories: [MemoryCell; 4],
        table: TableCell,
        element: u64,
    }

    fn pages(count: usize) -> *mut u8 {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        map_at(0, count * PAGE, access).unwrap().cast()
    }

    fn memory_cell(pages: u64, max_pages: u64) -> MemoryCell {
        MemoryCell {
            base: 0,
            len: pages * WASM_PAGE,
            max: max_pages * WASM_PAGE,
            page_log2: 16,
        }
    }

    /// A program with a memory 0 of 2 pages (3 at most) whose second host page is initialised, with a
    /// byte in the third, and a memory 1 of 1 page that may not find room for all it wants, and memories 2 and 3 of 1 page,
    /// without reservation, whose first host page is initialised, the latter at a fixed place.
    fn linked() -> Linked {
        extern "C" fn entry(_: *mut State, _: *mut u128) {}
        let state = Contents {
            memories: [
                memory_cell(2, 3),
                memory_cell(1, 1 << 32),
                memory_cell(1, 64),
                memory_cell(1, 64),
            ],
            table: TableCell {
                base: STATE_BASE + core::mem::offset_of!(Contents, element) as u64,
                len: 1,
                max: 5000,
                capacity: 1,
                mapped: 0,
            },
            element: 0,
        };
        // SAFETY: the contents are numbers.
        let cells: [u8; core::mem::offset_of!(Contents, element)] =
            unsafe { core::mem::transmute_copy(&state) };
        let mut runs = Vec::new();
        let mut writer = RunsWriter::default();
        writer.bytes(0, &cells);
        writer.fill(cells.len() as u64, 77, 1);
        writer.finish(STATE_SPACE, &mut runs);
        let mut writer = RunsWriter::default();
        writer.bytes(2 * HOST_PAGE + 5, b"!");
        writer.finish(0, &mut runs);
        let data_image = pages(2);
        // SAFETY: the image is fresh pages.
        unsafe {
            data_image.write_bytes(0xab, PAGE);
            data_image.add(PAGE).write_bytes(0xcd, PAGE);
        }
        let program = Program {
            abi_version: ABI_VERSION,
            state_len: 2 * HOST_PAGE,
            ..Program::default()
        };
        let first = MemoryPlan {
            cell: 0,
            fixed_base: MEMORY_BASE,
            reserve: MEMORY_RESERVE,
            guard_below: FIXED_GUARD_BELOW,
        };
        let second = MemoryPlan {
            cell: size_of::<MemoryCell>() as u64,
            reserve: 4 * WASM_PAGE,
            ..MemoryPlan::default()
        };
        let third = MemoryPlan {
            cell: 2 * size_of::<MemoryCell>() as u64,
            ..MemoryPlan::default()
        };
        let fourth = MemoryPlan {
            cell: 3 * size_of::<MemoryCell>() as u64,
            fixed_base: FOURTH_BASE,
            ..MemoryPlan::default()
        };
        let chunk = |space, offset, source| ImageChunk {
            space,
            offset,
            source,
            len: HOST_PAGE,
        };
        let chunks = [
            chunk(0, HOST_PAGE, 0),
            chunk(2, 0, HOST_PAGE),
            chunk(3, 0, HOST_PAGE),
        ];
        Linked {
            program: Box::leak(Box::new(program)),
            memories: Box::leak(Box::new([first, second, third, fourth])),
            chunks: Box::leak(Box::new(chunks)),
            data_image,
            image_runs: Spaces(runs.leak()),
            tables: &[],
            text: 0,
            trap_sites: &[],
            lines: None,
            exception_table: &[],
            tags: &[],
            types: &[],
            config: &[],
            embedded: &[],
            entry,
        }
    }

    /// Grows a memory of one page to 64, its limit, by `grow`, looking each time what is in it.
    ///
    /// # Safety
    ///
    /// `cell` must be that of a memory for this way to grow, with 0xcd in its first host page.
    unsafe fn check_growth(
        state: *mut State,
        cell: *mut MemoryCell,
        grow: unsafe fn(*mut State, *mut MemoryCell, u64) -> u64,
    ) {
        let full = u64::MAX;
        // SAFETY: the caller's promise; where the memory lies is asked after each growth.
        unsafe {
            assert_eq!(grow(state, cell, 64), full);
            assert_eq!(grow(state, cell, 0), 1);
            for pages in 1..64 {
                assert_eq!(grow(state, cell, 1), pages);
                let len = (*cell).len as usize;
                let bytes = core::slice::from_raw_parts_mut((*cell).base as *mut u8, len);
                assert!(bytes[..PAGE].iter().all(|&byte| byte == 0xcd));
                let (old, new) = bytes.split_at_mut(len - WASM_PAGE as usize);
                assert!(new.iter().all(|&byte| byte == 0));
                assert!(pages == 1 || old.last() == Some(&(pages as u8)));
                new[new.len() - 1] = pages as u8 + 1;
            }
            assert_eq!(grow(state, cell, 1), full);
        }
    }

    // One test, for its addresses exist once in a process.
    #[test]
    fn an_instance_lies_where_planned_and_grows_in_place() {
        let linked = linked();
        let state = map_state(STATE_BASE, linked.program.state_len).expect("mapping the state");
        // SAFETY: just mapped for it.
        let instance = unsafe { Instance::create(state, Stack::default()) };
        let limits = Limits {
            memory: BUDGET,
            stack: 0,
            open_files: 0,
            timeout: 0,
        };
        fill(&linked, instance, &limits).expect("mapping the memories");

        let memory = instance.guest_memory();
        assert_eq!(memory.base.addr() as u64, MEMORY_BASE);
        assert_eq!(memory.len as u64, 2 * WASM_PAGE);
        // SAFETY: accessible, and no one else's.
        let bytes = unsafe { core::slice::from_raw_parts(memory.base, memory.len) };
        assert!(bytes[..PAGE].iter().all(|&byte| byte == 0));
        assert!(bytes[PAGE..2 * PAGE].iter().all(|&byte| byte == 0xab));
        let rest = &bytes[2 * PAGE..];
        assert_eq!(rest[5], b'!');
        assert!(rest[..5].iter().chain(&rest[6..]).all(|&byte| byte == 0));

        let plan = &linked.memories[0];
        let base = MEMORY_BASE as usize;
        let held = |address| memory_at(state, plan, address);
        let below = held(base - FIXED_GUARD_BELOW as usize).unwrap();
        assert_eq!(below.address, (1 << 32) - FIXED_GUARD_BELOW);
        assert_eq!(held(base + 7).unwrap().address, 7);
        assert!(held(base + MEMORY_RESERVE as usize - 1).is_some());
        assert!(held(base - FIXED_GUARD_BELOW as usize - 1).is_none());
        assert!(held(base + MEMORY_RESERVE as usize).is_none());

        // SAFETY: cells of the state, which is mapped.
        unsafe {
            let [first, second, third, fourth] =
                [0, 1, 2, 3].map(|memory: usize| cell_at(state, linked.memories[memory].cell));
            assert_eq!(memory_grow(state, first, 0), 2);
            assert_eq!(memory_grow(state, first, 2), u64::MAX);
            assert_eq!(memory_grow(state, first, u64::MAX), u64::MAX);
            assert_eq!(memory_grow(state, first, 1), 2);
            let last = instance.guest_memory().base.add(3 * WASM_PAGE as usize - 1);
            last.write(9);
            assert_eq!(last.read(), 9);

            assert_eq!(
                memory_grow(state, second, 4),
                u64::MAX,
                "beyond its reservation"
            );
            assert_eq!(memory_grow(state, second, 3), 1);
            let last = (*second).base as usize + 4 * WASM_PAGE as usize - 1;
            (last as *mut u8).write(9);
            check_growth(state, third, memory_grow_moving);
            check_growth(state, fourth, memory_grow_mapping);
            assert_eq!((*fourth).base, FOURTH_BASE);
        }

        let table = state.wrapping_byte_add(core::mem::offset_of!(Contents, table));
        let table: *mut TableCell = table.cast();
        // SAFETY: as above; the table holds as many elements as its cell says.
        unsafe {
            assert_eq!(table_grow(state, table, 2, 5), 1);
            assert_eq!(table_grow(state, table, 4000, 6), 3);
            assert_eq!(table_grow(state, table, 1000, 6), u64::MAX);
            assert_eq!(table_grow(state, table, 997, 8), 4003);
            let elements = core::slice::from_raw_parts((*table).base as *const u64, 5000);
            assert_eq!(elements[..4], [77, 5, 5, 6]);
            assert_eq!(elements[4001..4004], [6, 6, 8]);
            assert_eq!(elements[4999], 8);
        }
        assert_eq!(instance.budget.left(), 0);
    }
}
