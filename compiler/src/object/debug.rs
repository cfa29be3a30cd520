//! Debug information: the module's DWARF, translated for the machine code (DWARF 4).
//!
//! Units, types and scopes are copied from the module's DWARF as far as something that is compiled needs
//! them. Addresses, which are offsets in the module's code section, become ranges of machine code
//! ([`places`]). A function that Kiln inlined becomes an inlined subroutine as if the module's producer
//! had done it ([`functions`]).

mod entries;
mod functions;
mod locations;
mod offsets;
mod places;
mod pointers;
mod rows;

use super::failed;
use super::relocated::Section;
use crate::Error;
use crate::compile::Code;
use crate::dwarf::{EntryId, Lines, Tree};
use crate::plan::Plan;
use crate::target::Relocations;
use gimli::SectionId;
use gimli::write::{FileId, RelocationTarget, Sections, UnitEntryId, UnitId};
use object::write::{Object, StandardSection, SymbolId};
use object::{RelocationFlags, SectionKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// Writes what debuggers are told of `code`, whose functions have the symbols `items`; gives sentences on
/// what is left out.
pub(super) fn write(
    object: &mut Object,
    plan: &Plan,
    code: &[Code],
    items: &[SymbolId],
) -> Result<Vec<String>, Error> {
    let Some(dwarf) = &plan.debug.dwarf else {
        let warning =
            "there is no DWARF to translate: compile the module itself with debug information";
        return Ok(vec![warning.to_owned()]);
    };
    let (tree, mut all) = Tree::read(dwarf);
    let (lines, warnings) = Lines::read(&tree);
    all.extend(warnings);
    let mut writer = Writer::new(plan, code, &tree, &lines, dwarf.code_start);
    for (code, number) in code.iter().zip(0..) {
        writer.piece(number, code);
        writer.describe_pending();
    }
    writer.globals();
    writer.describe_pending();
    writer.end_units();
    let mut sections = Sections::new(Section::default());
    writer.out.write(&mut sections).map_err(failed)?;
    add(object, &plan.machine.relocations, &sections, items)?;
    if let Some(base) = writer.memory_base() {
        offsets::add_function(object, base)?;
    }
    Ok(all)
}

/// Adds sections to an object.
fn add(
    object: &mut Object,
    relocations: &Relocations,
    sections: &Sections<Section>,
    items: &[SymbolId],
) -> Result<(), Error> {
    let mut ids = FxHashMap::default();
    sections.for_each(|id: SectionId, section: &Section| {
        if !section.bytes.slice().is_empty() {
            let name = id.name().as_bytes().to_vec();
            let added = object.add_section(Vec::new(), name, SectionKind::Debug);
            object.append_section_data(added, section.bytes.slice(), 1);
            ids.insert(id, added);
        }
        Ok::<_, Error>(())
    })?;
    let text = object.section_id(StandardSection::Text);
    let text = object.section_symbol(text);
    sections.for_each(|id: SectionId, section: &Section| {
        for relocation in &section.relocations {
            let (symbol, start) = match relocation.target {
                // By the section, as for frames.
                RelocationTarget::Symbol(number) => (text, object.symbol(items[number]).value),
                RelocationTarget::Section(section) => (object.section_symbol(ids[&section]), 0),
            };
            let r_type = match relocation.size {
                8 => relocations.address64,
                _ => relocations.address32,
            };
            let relocation = object::write::Relocation {
                offset: relocation.offset as u64,
                symbol,
                addend: start as i64 + relocation.addend,
                flags: RelocationFlags::Elf { r_type },
            };
            object
                .add_relocation(ids[&id], relocation)
                .map_err(failed)?;
        }
        Ok::<_, Error>(())
    })
}

/// The output as it is made.
struct Writer<'a> {
    plan: &'a Plan<'a>,
    tree: &'a Tree<'a>,
    lines: &'a Lines,
    /// Offset in the module of address 0 of its DWARF.
    code_start: u64,
    out: gimli::write::Dwarf,
    /// The unit made of each unit of the module.
    units: Vec<Option<UnitId>>,
    /// The ranges of machine code of each unit.
    unit_ranges: FxHashMap<u32, Vec<gimli::write::Range>>,
    /// The entry made of each entry of the module.
    entries: FxHashMap<EntryId, UnitEntryId>,
    /// Types of pointers as variables have them: see [`pointers`].
    wide: FxHashMap<EntryId, UnitEntryId>,
    /// The type of what pointers in memory hold, by unit: see [`offsets`].
    offset_types: FxHashMap<u32, UnitEntryId>,
    /// Those that are complete.
    described: FxHashSet<EntryId>,
    /// Those that something refers to and that are not yet complete.
    pending: Vec<EntryId>,
    /// The sources by the unit they are referred to from, their own unit and their number there.
    files: FxHashMap<(u32, u32, u64), Option<FileId>>,
    /// The functions by their addresses.
    functions: FxHashMap<u64, EntryId>,
    /// The functions that Kiln inlines, whose copies have their entries in common.
    shared: FxHashSet<EntryId>,
}

impl<'a> Writer<'a> {
    fn new(
        plan: &'a Plan<'a>,
        code: &[Code],
        tree: &'a Tree<'a>,
        lines: &'a Lines,
        code_start: u64,
    ) -> Self {
        let mut writer = Self {
            plan,
            tree,
            lines,
            code_start,
            out: gimli::write::Dwarf::new(),
            units: tree.units.iter().map(|_| None).collect(),
            unit_ranges: FxHashMap::default(),
            entries: FxHashMap::default(),
            wide: FxHashMap::default(),
            offset_types: FxHashMap::default(),
            described: FxHashSet::default(),
            pending: Vec::new(),
            files: FxHashMap::default(),
            functions: tree.functions(),
            shared: FxHashSet::default(),
        };
        for inlined in code.iter().flat_map(|code| &code.inlined) {
            if let Some(function) = writer.function(inlined.function)
                && tree.origin(function).is_none()
            {
                writer.shared.insert(function);
            }
        }
        writer
    }

    /// The entry of a function of the module.
    fn function(&self, index: u32) -> Option<EntryId> {
        let body = self.plan.module.body(index)?;
        let start = body.code.range().start.checked_sub(self.code_start)?;
        self.functions.get(&start).copied()
    }
}
