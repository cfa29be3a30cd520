//! [`Module`] → [`Plan`]: what to build. Decides which functions are reachable, which tables and
//! globals are constant, where state and linear memories lie, what they start as, and what every
//! import is bound to, and which target it is all compiled for. The plan is complete: everything
//! after this phase only carries it out, and reads no [`Options`].

mod entry;
mod image;
mod imports;
mod inlining;
mod launch;
mod memories;
mod pieces;
mod profile;
mod reach;
mod state;
mod tables;

pub(crate) use entry::{Entry, check_kind};
pub(crate) use image::Image;
pub(crate) use imports::ImportBinding;
pub(crate) use inlining::Inlining;
pub(crate) use launch::Launch;
pub(crate) use profile::{Counters, Counts};

use crate::interface::Interface;
use crate::lower::clif_type;
use crate::module::{Const, Module};
use crate::note::Note;
use crate::options::{Emit, OptLevel};
use crate::sandbox::Sandbox;
use crate::target::{CheapTargets, Machine};
use crate::{Error, LinkInput, Options, dwarf, target};
use cranelift_codegen::isa::OwnedTargetIsa;
use kiln_abi::exception::{Exception, payload_offsets};
use kiln_abi::image::STATE_SPACE;
use kiln_abi::layout::{self, MemoryPlan};
use kiln_abi::trap::TrapKind;
use pieces::Piece;
use reach::Reach;
use rustc_hash::FxHashMap;
use state::StateBuilder;
use std::collections::HashMap;
use std::ffi::OsStr;
use wasmparser::ValType;

/// All that is decided about the output of a module.
pub(crate) struct Plan<'a> {
    /// The module.
    pub module: &'a Module<'a>,
    /// The facts of the target.
    pub machine: &'static Machine,
    /// The form of the output.
    pub form: Form,
    /// The place of an instance's state.
    pub placement: Placement,
    /// Its C interface.
    pub interface: Interface<'a>,
    /// The defined functions to compile, by function index, ascending.
    pub functions: Vec<u32>,
    /// Calls that lowering inlines.
    pub inlining: Inlining,
    /// The counters of a program that counts how often its parts run.
    pub counters: Counters,
    /// What others have counted so.
    pub counts: Counts,
    /// The binding of each import, by function index.
    pub imports: Vec<ImportBinding>,
    /// Imports that are referred to, and so need a body with the convention of wasm functions.
    pub import_bodies: Vec<u32>,
    /// True if the program may call `poll_oneoff` of WASI.
    pub can_poll: bool,
    /// The place of each linear memory.
    pub memories: Vec<MemoryPlace>,
    /// The runtime's work on each memory at start-up.
    pub memory_plans: Vec<MemoryPlan>,
    /// True if checks also hold for speculative execution: see `lower/speculation.rs`.
    pub masks_speculation: bool,
    /// Offset in the state of the memory cell for WASI functions, or [`layout::NO_MEMORY`].
    pub wasi_memory: u64,
    /// Offset in the state of the cell of the memory that a library shows, or the same.
    pub exported_memory: u64,
    /// The place of each table's elements.
    pub tables: Vec<TablePlace>,
    /// The place of each global.
    pub globals: Vec<GlobalPlace>,
    /// The function of each function reference, from 1 on: reference 0 is null.
    pub funcrefs: Vec<u32>,
    /// The inverse of `funcrefs`.
    pub funcref_of: HashMap<u32, u64>,
    /// Passive element segments as reference values.
    pub elements: Vec<PassiveSegment>,
    /// Passive data segments.
    pub data: Vec<PassiveSegment>,
    /// Bytes of state, whole pages.
    pub state_len: u64,
    /// Initial contents of the state and the memories.
    pub image: Image,
    /// The functions that the entry point calls.
    pub entry: Entry<'a>,
    /// Instantiation traps with this before anything runs.
    pub traps_at_start: Option<StartTrap>,
    /// The machine and the settings to compile for.
    pub isa: OwnedTargetIsa,
    /// True if the processors have vectors of 128 bits.
    pub has_vectors: bool,
    /// The same for functions that are too much for it.
    pub cheap: CheapTargets,
    /// The note about it all.
    pub note: Note,
    /// The runtime's settings for the start.
    pub launch: Launch<'a>,
    /// The rules by which an executable confines itself.
    pub sandbox: Sandbox,
    /// The kind of output.
    pub emit: Emit,
    /// The module's name, in names of files.
    pub name: &'a str,
    /// The objects and archives that are linked in.
    pub link: &'a [LinkInput],
    /// The module's debug information, none where it is left out.
    pub debug: dwarf::Found<'a>,
    /// True if the output has no symbols but those that it is linked by.
    pub strip: bool,
    /// True if it is translated for the output.
    pub translates_debug: bool,
    /// The locals that are kept in memory for as long as a function runs, by where bodies start in the module:
    /// those by which debuggers find the frames of code that is not optimised.
    pub kept_locals: FxHashMap<u64, u32>,
    /// The name of the file that gets it, if it is not to be in the output.
    pub debug_link: Option<&'a OsStr>,
}

/// The two forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A program: one instance, at addresses known now.
    Executable,
    /// Functions of any number of instances: each is given its instance's address.
    Library,
}

/// The place of an instance's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// At this address: there is one instance.
    Constant(u64),
    /// At an address that each function is given, and keeps in a register.
    Register,
}

impl Plan<'_> {
    /// Tells if the pass that folds addresses may run: see `optimize/addresses.rs`.
    pub fn folds_addresses(&self) -> bool {
        let mut memories = self.memories.iter();
        memories.all(|memory| !memory.is_checked && !memory.has_top)
    }

    /// Inaccessible bytes that lie below each memory, at least.
    pub fn guard_below_all(&self) -> u64 {
        let plans = self.memory_plans.iter();
        plans.map(|plan| plan.guard_below).min().unwrap_or_default()
    }

    /// Offsets in the state of the cells of all tables that have one.
    pub fn table_cells(&self) -> impl Iterator<Item = u64> {
        self.tables.iter().filter_map(|table| match table {
            TablePlace::Mutable { cell } => Some(*cell),
            _ => None,
        })
    }

    /// Bytes of the largest exception, a multiple of 16.
    pub fn exception_size(&self) -> u64 {
        let tags = self.module.tags.iter().map(|ty| self.module.type_at(*ty));
        let ends = tags.map(|ty| {
            let sizes = ty.params().iter().map(|ty| clif_type(*ty).bytes());
            let last = payload_offsets(sizes.clone()).zip(sizes).last();
            last.map_or(size_of::<Exception>() as u32, |(offset, size)| {
                offset + size
            })
        });
        u64::from(ends.max().unwrap_or_default().next_multiple_of(16))
    }
}

/// A trap of instantiation, with the values that are told of it: see [`kiln_abi::trap`].
pub(crate) struct StartTrap {
    pub kind: TrapKind,
    pub words: [u64; 3],
}

/// The place of a linear memory, and the way accesses are kept inside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryPlace {
    /// Offset in the state of its cell.
    pub cell: u64,
    /// The place of its byte 0.
    pub base: MemoryBase,
    /// True if accesses are compared with the length in the cell. Else the whole range of 32-bit
    /// index plus 32-bit offset is reserved.
    pub is_checked: bool,
    /// True if the last 64 KiB that 32 bits can address may belong to it. No memory grows so far that
    /// does not start so long.
    pub has_top: bool,
}

/// The place of byte 0 of a linear memory.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MemoryBase {
    /// At this address.
    Constant(u64),
    /// The address in its cell, for as long as the instance lives.
    Settled,
    /// The address in its cell, until it grows.
    Moving,
}

/// The place of a table's elements.
#[derive(Debug)]
pub(crate) enum TablePlace {
    /// Nothing reachable reads it.
    Unused,
    /// Nothing changes it or reads it but by indirect calls: read-only code entries, up to the
    /// last that is not like all the rest.
    Constant {
        /// The function of each element.
        entries: Vec<Option<u32>>,
        /// The table's length, of which `entries` may be only the first.
        len: u64,
        /// The function of every further element.
        rest: Option<u32>,
    },
    /// Reference values in memory.
    Mutable {
        /// Offset in the state of its cell.
        cell: u64,
    },
}

/// The place of a global.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GlobalPlace {
    /// Nothing changes it.
    Constant(Const),
    /// At this offset in the state.
    State(u64),
}

/// A segment that instructions copy from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PassiveSegment {
    /// Offset in the state of its current length, in bytes or elements, as 8 bytes: 0 once dropped.
    /// A segment that is active or declared counts as dropped from the start, and has none.
    pub len_cell: Option<u64>,
}

/// Plans what `options` ask for.
pub(crate) fn plan<'a>(module: &'a Module<'a>, options: &'a Options) -> Result<Plan<'a>, Error> {
    let machine = Machine::of(options.target);
    let map = machine.map;
    let (form, placement) = match options.emit {
        Emit::Executable => (Form::Executable, Placement::Constant(map.state_base())),
        _ => (Form::Library, Placement::Register),
    };
    let entry = entry::entry(module, options, form)?;
    let interface = Interface::new(module, &options.name);
    let bindings = imports::bind(module, options, &interface)?;
    let mut roots = entry.functions.clone();
    if form == Form::Library {
        roots.extend(interface.exports.iter().map(|export| export.function));
    }
    let reach = Reach::from_roots(module, roots.iter().copied());
    let mut state = StateBuilder::default();
    let (memories, memory_plans) = memories::place(module, options, form, map, &mut state)?;
    let cell = |memory: Option<u32>| {
        memory.map_or(layout::NO_MEMORY, |index| memories[index as usize].cell)
    };
    let funcref_of = reach.number_references();
    let globals = place_globals(module, &reach, &funcref_of, &mut state);
    let (data, elements) = place_passive(module, &reach, &mut state);
    let (tables, table_trap) = tables::place(module, &reach, &funcref_of, &mut state)?;
    memories::check_limit(module, &tables, options)?;
    let (memory_contents, memory_trap) = image::memory_contents(module);
    let state = state.finish(placement, map)?;
    let mut image = Image::new(map.page);
    let reached = reach.defined();
    let counters = match options.profile_generate {
        true => Counters::lay(module, &reached, &tables, state.len())?,
        false => Counters::default(),
    };
    let mut counts = Counts::read(module, &reached, &options.profiles)?;
    if options.opt_level == OptLevel::SpeedAndSize {
        counts.forget_targets();
    }
    let state_len = state.len() + counters.len().next_multiple_of(map.page);
    if state_len > map.state_max() {
        return Err(
            Error::new("the module is too large to count how often its parts run")
                .help("leave out `--profile-generate`"),
        );
    }
    let mut contents = state.contents();
    contents.push((counters.start, Piece::Bytes(&counters.head)));
    image.add(STATE_SPACE, contents, &funcref_of);
    for (contents, memory) in memory_contents.into_iter().zip(0..) {
        image.add(memory, contents, &funcref_of);
    }
    let isa = target::target(options, module.needs_frame_pointers())?;
    let has_vectors = target::has_vectors(machine, &*isa);
    if !has_vectors {
        check_without_vectors(module, machine)?;
    }
    let cheap = CheapTargets::new(options, module.needs_frame_pointers())?;
    let debug = match options.strip && options.debug_link.is_none() {
        true => dwarf::Found::default(),
        false => dwarf::find(module.wasm, options.debug_file.as_ref()),
    };
    let translates_debug = options.debug_link.is_some() || options.debug && !options.strip;
    let has_lines = debug.is_known();
    let imports = reach.imports();
    let cpu_features = target::features(machine, &*isa);
    let mut note = Note::new(
        module,
        &imports,
        &bindings,
        &entry,
        cpu_features,
        has_lines,
        options,
    );
    note.profile_use = (!options.profiles.is_empty()).then_some(counts.matched);
    let kept = roots.into_iter().chain(reach.by_address()).collect();
    let inlining = Inlining::decide(
        module,
        &reached,
        &kept,
        &entry.functions,
        options.opt_level,
        &counts,
    );
    Ok(Plan {
        module,
        machine,
        form,
        placement,
        interface,
        functions: inlining.remaining(module, &reached, &kept),
        inlining,
        import_bodies: reach.referenced_imports(),
        can_poll: imports::can_poll(module, &reach.imports(), &bindings),
        imports: bindings,
        wasi_memory: cell(module.exported_memory("memory")),
        exported_memory: cell(module.shown_memory()),
        memories,
        memory_plans,
        masks_speculation: options.masks_speculation(),
        tables,
        globals,
        funcrefs: reach.references().collect(),
        funcref_of,
        elements,
        data,
        state_len,
        counters,
        counts,
        traps_at_start: table_trap.or(memory_trap),
        image,
        entry,
        isa,
        has_vectors,
        cheap,
        sandbox: Sandbox::new(&note),
        note,
        launch: Launch::new(form, map, options),
        emit: options.emit,
        name: &options.name,
        link: &options.link,
        kept_locals: match translates_debug && options.opt_level == OptLevel::None {
            true => kept_locals(&debug),
            false => FxHashMap::default(),
        },
        debug,
        strip: options.strip,
        translates_debug,
        debug_link: options.debug_link.as_deref(),
    })
}

/// Refuses a module with SIMD for processors without vectors.
fn check_without_vectors(module: &Module, machine: &Machine) -> Result<(), Error> {
    let is_vector = |ty: &ValType| *ty == ValType::V128;
    let mut types = module.types.iter().flatten();
    let uses_simd = module.features.uses_simd()
        || types.any(|ty| ty.params().iter().chain(ty.results()).any(is_vector));
    if !uses_simd {
        return Ok(());
    }
    let baseline = machine.baseline;
    let message = format!("the module uses SIMD, which {baseline} processors do not have");
    Err(Error::new(message).help(
        "name processors with vectors, as by `--cpu rv64gcv`, or build the module without SIMD",
    ))
}

fn kept_locals(debug: &dwarf::Found) -> FxHashMap<u64, u32> {
    let Some(dwarf) = &debug.dwarf else {
        return FxHashMap::default();
    };
    // What is damaged is told of where all is read.
    let (tree, _) = dwarf::Tree::read(dwarf);
    let locals = tree.frame_locals().into_iter();
    locals
        .map(|(address, local)| (dwarf.code_start + address, local))
        .collect()
}

fn place_globals(
    module: &Module,
    reach: &Reach,
    funcref_of: &HashMap<u32, u64>,
    state: &mut StateBuilder,
) -> Vec<GlobalPlace> {
    let globals = module.globals.iter().zip(0..);
    globals
        .map(|(global, index)| {
            if reach.globals_set.contains(&index) {
                GlobalPlace::State(state.global(global.init, funcref_of))
            } else {
                GlobalPlace::Constant(global.init)
            }
        })
        .collect()
}

fn place_passive(
    module: &Module,
    reach: &Reach,
    state: &mut StateBuilder,
) -> (Vec<PassiveSegment>, Vec<PassiveSegment>) {
    use crate::module::SegmentKind::Passive;
    let mut segment = |passive: bool, len: usize| PassiveSegment {
        len_cell: passive.then(|| state.word(len as u64)),
    };
    let data = module.data.iter();
    let data = data
        .map(|s| segment(s.kind == Passive, s.bytes.len()))
        .collect();
    let elements = module.elements.iter().zip(0..);
    let elements = elements
        .map(|(s, index)| {
            segment(
                s.kind == Passive && reach.elements.contains(&index),
                s.items.len(),
            )
        })
        .collect();
    (data, elements)
}
