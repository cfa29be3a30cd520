//! The needed sections, as they were, in an object of their own.

use super::frames::{self, Kept};
use super::read::{Place, Section, Symbol};
use super::{Pieces, Reference};
use crate::target::Machine;
use object::write::{
    Object, Relocation, Result, SectionId, StandardSection, Symbol as NewSymbol, SymbolId,
    SymbolSection,
};
use object::{
    BinaryFormat, Endianness, RelocationFlags, SectionFlags, SectionKind, SymbolFlags, SymbolKind,
    SymbolScope, elf,
};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// Writes the `live` sections with their symbols.
pub(super) fn write(
    machine: &Machine,
    pieces: &Pieces,
    live: &BTreeSet<Reference>,
    public: &BTreeSet<String>,
    strip: bool,
) -> Result<Vec<u8>> {
    let mut writer = Writer {
        pieces,
        object: Object::new(BinaryFormat::Elf, machine.architecture, Endianness::Little),
        sections: HashMap::new(),
        symbols: HashMap::new(),
        undefined: HashMap::new(),
        frames: HashMap::new(),
        public,
        strip,
    };
    for &reference in live {
        let section = pieces.section(reference);
        let section = if frames::is_table(pieces, reference) {
            let kept = Kept::of(pieces, reference, live);
            let id = writer.section(section, kept.bytes(section.bytes).into());
            writer.frames.insert(reference, kept);
            id
        } else {
            writer.section(section, section.bytes.into())
        };
        writer.sections.insert(reference, section);
    }
    writer.define_symbols();
    for &reference in live {
        writer.relocate(reference)?;
    }
    // Without this section a linker would make the stack executable.
    let name = b".note.GNU-stack".to_vec();
    writer
        .object
        .add_section(Vec::new(), name, SectionKind::Other);
    writer.object.write()
}

struct Writer<'a> {
    pieces: &'a Pieces<'a>,
    object: Object<'a>,
    sections: HashMap<Reference, SectionId>,
    symbols: HashMap<Reference, SymbolId>,
    undefined: HashMap<&'a [u8], SymbolId>,
    /// The entries kept of tables of frames.
    frames: HashMap<Reference, Kept>,
    public: &'a BTreeSet<String>,
    strip: bool,
}

impl<'a> Writer<'a> {
    fn section(&mut self, section: &Section<'a>, bytes: Cow<'a, [u8]>) -> SectionId {
        // Groups are resolved; and what is merged would need the size of its elements.
        let resolved = elf::SHF_GROUP | elf::SHF_LINK_ORDER | elf::SHF_MERGE | elf::SHF_STRINGS;
        let is_zeros = section.kind == elf::SHT_NOBITS;
        let kind = if is_zeros {
            SectionKind::UninitializedData
        } else {
            SectionKind::Elf(section.kind)
        };
        let name = section.name.to_vec();
        let id = self.object.add_section(Vec::new(), name, kind);
        self.object.section_mut(id).flags = SectionFlags::Elf {
            sh_flags: section.flags & !u64::from(resolved),
        };
        let align = section.align.max(1);
        if is_zeros {
            self.object.append_section_bss(id, section.size, align);
        } else {
            self.object.set_section_data(id, bytes, align);
        }
        id
    }

    // In an order that does not depend on hashing.
    fn define_symbols(&mut self) {
        let pieces = self.pieces;
        for (piece, number) in pieces.pieces.iter().zip(0..) {
            for (symbol, index) in piece.symbols.iter().zip(0..) {
                let reference = (number, index);
                if pieces.resolve(reference) == reference
                    && let Some(id) = self.define(number, symbol)
                {
                    self.symbols.insert(reference, id);
                }
            }
        }
    }

    fn define(&mut self, piece: usize, symbol: &Symbol<'a>) -> Option<SymbolId> {
        let (section, value) = match symbol.place {
            Place::Section(section) => {
                let section = *self.sections.get(&(piece, section))?;
                if symbol.kind == elf::STT_SECTION {
                    return Some(self.object.section_symbol(section));
                }
                (SymbolSection::Section(section), symbol.value)
            }
            Place::Common => {
                let bss = self.object.section_id(StandardSection::UninitializedData);
                let align = symbol.value.max(1);
                let offset = self.object.append_section_bss(bss, symbol.size, align);
                (SymbolSection::Section(bss), offset)
            }
            Place::Absolute if symbol.kind != elf::STT_FILE => {
                (SymbolSection::Absolute, symbol.value)
            }
            _ => return None,
        };
        let name = std::str::from_utf8(symbol.name).unwrap_or_default();
        let is_public = symbol.is_global() && self.public.contains(name);
        let (bind, scope) = if is_public {
            (elf::STB_GLOBAL, SymbolScope::Dynamic)
        } else {
            (elf::STB_LOCAL, SymbolScope::Compilation)
        };
        let id = self.add(symbol, bind, scope, section, value);
        // Names that begin so are a compiler's for itself.
        if !is_public && (self.strip || symbol.name.starts_with(b".L")) {
            self.object.symbol_mut(id).name.clear();
        }
        Some(id)
    }

    fn add(
        &mut self,
        symbol: &Symbol,
        bind: u8,
        scope: SymbolScope,
        section: SymbolSection,
        value: u64,
    ) -> SymbolId {
        self.object.add_symbol(NewSymbol {
            name: symbol.name.to_vec(),
            value,
            size: symbol.size,
            kind: SymbolKind::Unknown,
            scope,
            weak: false,
            section,
            flags: SymbolFlags::Elf {
                st_info: (bind << 4) | symbol.kind,
                st_other: elf::STV_DEFAULT,
            },
        })
    }

    fn relocate(&mut self, section: Reference) -> Result<()> {
        let pieces = self.pieces;
        for relocation in &pieces.section(section).relocations {
            let mut offset = relocation.offset;
            if let Some(frames) = self.frames.get(&section) {
                let Some(moved) = frames.moved(offset as usize) else {
                    continue;
                };
                offset = moved as u64;
            }
            let symbol = self.target((section.0, relocation.symbol));
            let relocation = Relocation {
                offset,
                symbol,
                addend: relocation.addend,
                flags: RelocationFlags::Elf {
                    r_type: relocation.kind,
                },
            };
            self.object
                .add_relocation(self.sections[&section], relocation)?;
        }
        Ok(())
    }

    fn target(&mut self, symbol: Reference) -> SymbolId {
        let definition = self.pieces.resolve(symbol);
        if let Some(id) = self.symbols.get(&definition) {
            return *id;
        }
        let symbol = self.pieces.symbol(definition);
        if let Some(id) = self.undefined.get(symbol.name) {
            return *id;
        }
        let (bind, scope) = (symbol.bind, SymbolScope::Unknown);
        let id = self.add(symbol, bind, scope, SymbolSection::Undefined, 0);
        if let SymbolFlags::Elf { st_other, .. } = &mut self.object.symbol_mut(id).flags {
            *st_other = symbol.visibility;
        }
        self.undefined.insert(symbol.name, id);
        id
    }
}
