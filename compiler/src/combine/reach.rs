//! Which sections are needed: those that the public symbols reach by relocations, and those that
//! are for the linker or the loader to find.

use super::frames::{self, Kept};
use super::read::{Place, Section};
use super::{Pieces, Reference};
use crate::note;
use object::elf;
use std::collections::BTreeSet;
use std::ops::Range;

/// The needed sections, in order.
pub(super) fn live_sections(pieces: &Pieces, public: &BTreeSet<String>) -> BTreeSet<Reference> {
    let public = public
        .iter()
        .filter_map(|name| pieces.definitions.get(name.as_bytes()));
    let worklist: Vec<Reference> = public
        .filter_map(|symbol| section_of(pieces, *symbol))
        .chain(all(pieces).filter(|section| is_root(pieces.section(*section))))
        .collect();
    let mut live = BTreeSet::new();
    reach(pieces, &mut live, worklist);
    let tables: Vec<_> = all(pieces)
        .filter(|section| frames::is_table(pieces, *section))
        .collect();
    // What the frames of functions refer to may have functions that have frames.
    let mut before = 0;
    while live.len() != before {
        before = live.len();
        for &table in &tables {
            let kept = Kept::of(pieces, table, &live);
            if !kept.is_empty() {
                live.insert(table);
                reach(pieces, &mut live, kept.targets(pieces, table));
            }
        }
    }
    live
}

/// Adds the debug information of the first object, unless it is on code that is not needed.
pub(super) fn add_debug_sections(pieces: &Pieces, live: &mut BTreeSet<Reference>) {
    let is_debug = |section: &Reference| pieces.section(*section).name.starts_with(b".debug_");
    let debug: Vec<_> = all(pieces)
        .filter(|section| section.0 == 0 && is_debug(section))
        .collect();
    let mut targets = debug.iter().flat_map(|section| targets(pieces, *section));
    if targets.all(|target| live.contains(&target) || is_debug(&target)) {
        live.extend(debug);
    }
}

// Adds all that is reached from the sections in `worklist`.
fn reach(pieces: &Pieces, live: &mut BTreeSet<Reference>, mut worklist: Vec<Reference>) {
    while let Some(section) = worklist.pop() {
        if live.insert(section) {
            worklist.extend(targets(pieces, section));
        }
    }
}

fn all(pieces: &Pieces) -> impl Iterator<Item = Reference> {
    let sections = pieces.pieces.iter().zip(0..);
    sections.flat_map(|(piece, number)| (0..piece.sections.len()).map(move |s| (number, s)))
}

fn section_of(pieces: &Pieces, symbol: Reference) -> Option<Reference> {
    let (piece, symbol) = pieces.resolve(symbol);
    match pieces.symbol((piece, symbol)).place {
        Place::Section(section) => Some((piece, section)),
        _ => None,
    }
}

/// The sections that a section refers to.
fn targets(pieces: &Pieces, section: Reference) -> impl Iterator<Item = Reference> {
    targets_within(pieces, section, 0..usize::MAX)
}

/// The sections that a part of a section refers to.
pub(super) fn targets_within(
    pieces: &Pieces,
    section: Reference,
    part: Range<usize>,
) -> impl Iterator<Item = Reference> {
    let relocations = pieces.section(section).relocations.iter();
    relocations
        .filter(move |relocation| part.contains(&(relocation.offset as usize)))
        .filter_map(move |relocation| section_of(pieces, (section.0, relocation.symbol)))
}

fn is_root(section: &Section) -> bool {
    let retained = u64::from(elf::SHF_ALLOC | elf::SHF_GNU_RETAIN);
    let arrays = [
        elf::SHT_INIT_ARRAY,
        elf::SHT_FINI_ARRAY,
        elf::SHT_PREINIT_ARRAY,
    ];
    let is_note = section.name == note::SECTION.as_bytes();
    is_note || arrays.contains(&section.kind) || section.flags & retained == retained
}
