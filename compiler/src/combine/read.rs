//! A relocatable object as its parts.

use crate::Error;
use object::elf;
use object::read::elf::{ElfFile64, SectionHeader as _, Sym as _};
use object::{LittleEndian as LE, Object as _, ObjectSection as _, SectionIndex};

/// An object, read.
pub(super) struct Piece<'a> {
    /// Its name in errors.
    pub name: String,
    /// By section index.
    pub sections: Vec<Section<'a>>,
    /// By symbol index.
    pub symbols: Vec<Symbol<'a>>,
}

#[derive(Default)]
pub(super) struct Section<'a> {
    pub name: &'a [u8],
    /// `sh_type`, `sh_flags` and `sh_addralign` (ELF, "Sections").
    pub kind: u32,
    pub flags: u64,
    pub align: u64,
    /// Empty where it takes no place in the file.
    pub bytes: &'a [u8],
    pub size: u64,
    pub relocations: Vec<Relocation>,
}

pub(super) struct Relocation {
    pub offset: u64,
    pub symbol: usize,
    pub kind: u32,
    pub addend: i64,
}

pub(super) struct Symbol<'a> {
    pub name: &'a [u8],
    /// `STB_…`, `STT_…` and `STV_…`.
    pub bind: u8,
    pub kind: u8,
    pub visibility: u8,
    pub value: u64,
    pub size: u64,
    pub place: Place,
}

/// The place of a symbol's definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Undefined,
    /// In this section.
    Section(usize),
    /// Its value is no address.
    Absolute,
    /// Nowhere yet: zeros of its size, aligned to its value.
    Common,
}

impl Symbol<'_> {
    pub fn is_global(&self) -> bool {
        self.bind != elf::STB_LOCAL
    }
}

impl<'a> Piece<'a> {
    pub fn read(name: String, bytes: &'a [u8]) -> Result<Self, Error> {
        let malformed = |error| Error::new(format!("`{name}` is malformed: {error}"));
        let file = ElfFile64::<LE>::parse(bytes).map_err(malformed)?;
        let (sections, symbols) = parts(&file).map_err(malformed)?;
        let piece = Self {
            name,
            sections,
            symbols,
        };
        if piece.is_sound() {
            Ok(piece)
        } else {
            Err(Error::new(format!("`{}` is malformed", piece.name)))
        }
    }

    // What later steps rely on: that indices and alignments are good.
    fn is_sound(&self) -> bool {
        let in_section = self.symbols.iter().all(|symbol| match symbol.place {
            Place::Section(section) => section < self.sections.len(),
            _ => true,
        });
        let aligned = |section: &Section| section.align == 0 || section.align.is_power_of_two();
        let relocations = self.sections.iter().flat_map(|s| &s.relocations);
        let symbols = 1..self.symbols.len();
        in_section
            && self.sections.iter().all(aligned)
            && relocations
                .map(|r| r.symbol)
                .all(|symbol| symbols.contains(&symbol))
    }

    /// Tells if another definition may take this one's place. Members of groups are there again in
    /// other objects.
    pub fn is_weak(&self, symbol: &Symbol) -> bool {
        symbol.bind != elf::STB_GLOBAL
            || match symbol.place {
                Place::Section(section) => {
                    self.sections[section].flags & u64::from(elf::SHF_GROUP) != 0
                }
                Place::Common => true,
                _ => false,
            }
    }
}

type Parts<'a> = (Vec<Section<'a>>, Vec<Symbol<'a>>);

fn parts<'a>(file: &ElfFile64<'a, LE>) -> object::read::Result<Parts<'a>> {
    let table = file.elf_section_table();
    // Section 0 is none.
    let mut sections = vec![Section::default()];
    for section in file.sections() {
        let header = section.elf_section_header();
        let relocations = section.elf_linked_rela()?.iter();
        sections.resize_with(section.index().0, Section::default);
        sections.push(Section {
            name: table.section_name(LE, header)?,
            kind: header.sh_type(LE),
            flags: header.sh_flags(LE),
            align: header.sh_addralign(LE),
            bytes: section.data()?,
            size: header.sh_size(LE),
            relocations: relocations.filter_map(relocation).collect(),
        });
    }
    let table = file.elf_symbol_table();
    let mut symbols = Vec::with_capacity(table.len());
    for (index, symbol) in table.enumerate() {
        symbols.push(Symbol {
            name: table.symbol_name(LE, symbol)?,
            bind: symbol.st_bind(),
            kind: symbol.st_type(),
            visibility: symbol.st_visibility(),
            value: symbol.st_value(LE),
            size: symbol.st_size(LE),
            place: place(
                table.symbol_section(LE, symbol, index)?,
                symbol.st_shndx(LE),
            ),
        });
    }
    Ok((sections, symbols))
}

/// The type of a relocation that does nothing, on each architecture.
const NO_RELOCATION: u32 = elf::R_X86_64_NONE;

fn relocation(entry: &elf::Rela64<LE>) -> Option<Relocation> {
    let kind = entry.r_type(LE, false);
    (kind != NO_RELOCATION).then(|| Relocation {
        offset: entry.r_offset.get(LE),
        symbol: entry.r_sym(LE, false) as usize,
        kind,
        addend: entry.r_addend.get(LE),
    })
}

fn place(section: Option<SectionIndex>, number: u16) -> Place {
    match (section, number) {
        (Some(section), _) => Place::Section(section.0),
        (None, elf::SHN_ABS) => Place::Absolute,
        (None, elf::SHN_COMMON) => Place::Common,
        _ => Place::Undefined,
    }
}
