//! The bytes of an ELF file: by section, and within a section by symbol. What no symbol names is an
//! item without a name.

use super::division::divide;
use super::{Format, Item, Kind, PADDING, Section, Sizes, group};
use crate::demangle::demangled;
use crate::{Error, Note};
use kiln_abi::symbols;
use object::read::elf::{ElfFile64, ElfSection64, FileHeader as _, ProgramHeader as _};
use object::{
    LittleEndian as LE, Object as _, ObjectSection as _, ObjectSymbol as _, SectionFlags,
    SectionIndex, SymbolKind, elf,
};
use std::collections::HashMap;
use std::ops::Range;

/// Measures an ELF file. One that Kiln did not make has no part that is Kiln's runtime.
pub(super) fn measure(bytes: &[u8]) -> Result<Sizes, Error> {
    let file = ElfFile64::<LE>::parse(bytes)
        .map_err(|error| Error::new(format!("not a 64-bit ELF file that is whole: {error}")))?;
    let measured = File {
        is_ours: Note::read(bytes).is_ok(),
        symbols: symbols_by_section(&file),
        file: &file,
    };
    let mut sections: Vec<Section> = Vec::new();
    let mut items = Vec::new();
    for (range, part) in divide(0..bytes.len() as u64, parts(&file)) {
        let part = part.unwrap_or(Part::Other(PADDING));
        let name = part.name(&file);
        sections.push(Section {
            name: name.clone(),
            bytes: range.end - range.start,
        });
        items.extend(measured.items(name, &part, range));
    }
    Ok(Sizes::new(Format::Elf, sections, items))
}

/// A part of a file as its headers tell of it.
#[derive(Clone)]
enum Part {
    /// A section.
    Section(SectionIndex),
    /// A loaded part of a file without sections.
    Segment { is_code: bool },
    /// A table of the format, or nothing.
    Other(&'static str),
}

impl Part {
    fn name(&self, file: &ElfFile64<LE>) -> String {
        match self {
            Part::Section(index) => {
                let section = file.section_by_index(*index);
                let name = section.and_then(|section| Ok(section.name_bytes()?.to_owned()));
                String::from_utf8_lossy(&name.unwrap_or_default()).into_owned()
            }
            Part::Segment { is_code: true } => "segment of code".to_owned(),
            Part::Segment { is_code: false } => "segment of data".to_owned(),
            Part::Other(words) => (*words).to_owned(),
        }
    }
}

/// All parts, with their places in the file.
fn parts(file: &ElfFile64<LE>) -> Vec<(Range<u64>, Part)> {
    let header = file.elf_header();
    let table = |start: u64, entry: u16, entries: usize| {
        start..start.saturating_add(u64::from(entry) * entries as u64)
    };
    let programs = file.elf_program_headers();
    let sections = file.elf_section_table();
    let mut parts = vec![
        (
            0..size_of::<elf::FileHeader64<LE>>() as u64,
            Part::Other("ELF header"),
        ),
        (
            table(header.e_phoff(LE), header.e_phentsize(LE), programs.len()),
            Part::Other("program headers"),
        ),
        (
            table(header.e_shoff(LE), header.e_shentsize(LE), sections.len()),
            Part::Other("section headers"),
        ),
    ];
    for section in file.sections() {
        if let Some((start, len)) = section.file_range() {
            let range = start..start.saturating_add(len);
            parts.push((range, Part::Section(section.index())));
        }
    }
    if sections.is_empty() {
        for segment in programs.iter().filter(|s| s.p_type(LE) == elf::PT_LOAD) {
            let (start, len) = segment.file_range(LE);
            let is_code = segment.p_flags(LE) & elf::PF_X != 0;
            let range = start..start.saturating_add(len);
            parts.push((range, Part::Segment { is_code }));
        }
    }
    parts
}

/// A symbol: where what it names begins, how long it is, and the name.
struct Symbol {
    address: u64,
    size: u64,
    is_function: bool,
    is_global: bool,
    name: String,
}

/// The symbols that name something, by section. Those of functions come first, since another may be
/// an alias for a place within one.
fn symbols_by_section(file: &ElfFile64<LE>) -> HashMap<SectionIndex, Vec<Symbol>> {
    let mut sections: HashMap<_, Vec<Symbol>> = HashMap::new();
    for symbol in file.symbols() {
        let (Some(section), Ok(name)) = (symbol.section_index(), symbol.name_bytes()) else {
            continue;
        };
        let is_part = matches!(
            symbol.kind(),
            SymbolKind::Text | SymbolKind::Data | SymbolKind::Unknown | SymbolKind::Label
        );
        if is_part && symbol.size() > 0 && !name.is_empty() {
            sections.entry(section).or_default().push(Symbol {
                address: symbol.address(),
                size: symbol.size(),
                is_function: symbol.kind() == SymbolKind::Text,
                is_global: symbol.is_global(),
                name: String::from_utf8_lossy(name).into_owned(),
            });
        }
    }
    for symbols in sections.values_mut() {
        symbols.sort_by(|a, b| {
            let order = |s: &Symbol| (!s.is_function, std::cmp::Reverse(s.size));
            (order(a), &a.name).cmp(&(order(b), &b.name))
        });
    }
    sections
}

struct File<'a> {
    file: &'a ElfFile64<'a, LE>,
    is_ours: bool,
    symbols: HashMap<SectionIndex, Vec<Symbol>>,
}

impl File<'_> {
    /// The items of a part of the file.
    fn items(&self, name: String, part: &Part, range: Range<u64>) -> Vec<Item> {
        let unnamed = |kind| Item {
            section: name.clone(),
            kind,
            group: None,
            name: None,
            bytes: range.end - range.start,
        };
        match part {
            Part::Other(words) => vec![Item {
                name: Some((*words).to_owned()),
                ..unnamed(Kind::Headers)
            }],
            Part::Segment { is_code: true } => vec![unnamed(Kind::Code)],
            Part::Segment { is_code: false } => vec![unnamed(Kind::Data)],
            Part::Section(index) => match self.file.section_by_index(*index) {
                Ok(section) => self.in_section(&name, &section, range),
                Err(_) => vec![unnamed(Kind::Headers)],
            },
        }
    }

    fn in_section(&self, name: &str, section: &ElfSection64<LE>, range: Range<u64>) -> Vec<Item> {
        let start = section.file_range().map_or(range.start, |(start, _)| start);
        let of_section = kind_of_section(name, section.flags());
        let no_symbols = Vec::new();
        let symbols = self.symbols.get(&section.index()).unwrap_or(&no_symbols);
        let claims = symbols.iter().filter_map(|symbol| {
            let offset = symbol.address.checked_sub(section.address())?;
            let start = start.checked_add(offset)?;
            Some((start..start.saturating_add(symbol.size), symbol))
        });
        let item = |(range, symbol): (Range<u64>, Option<&Symbol>)| {
            let shown = symbol.map(|symbol| demangled(&symbol.name).into_owned());
            let kind = match (&shown, symbol) {
                (Some(shown), Some(symbol)) if self.is_ours => {
                    kind_of_ours(shown, symbol.is_global, of_section)
                }
                _ => of_section,
            };
            let group = shown.as_deref().and_then(group::of);
            Item {
                section: name.to_owned(),
                kind,
                group: group.filter(|_| kind == Kind::Code).map(str::to_owned),
                name: shown.or_else(|| section_title(name, kind)),
                bytes: range.end - range.start,
            }
        };
        divide(range, claims.collect())
            .into_iter()
            .map(item)
            .collect()
    }
}

/// The name of a whole section that is an item by itself: what is neither code nor data needs no symbol.
fn section_title(name: &str, kind: Kind) -> Option<String> {
    let needs_symbol = matches!(kind, Kind::Code | Kind::Data | Kind::Runtime);
    (!needs_symbol).then(|| name.to_owned())
}

fn kind_of_section(name: &str, flags: SectionFlags) -> Kind {
    let SectionFlags::Elf { sh_flags } = flags else {
        return Kind::Custom;
    };
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    if sh_flags & u64::from(elf::SHF_EXECINSTR) != 0 && !begins(&[".plt"]) {
        Kind::Code
    } else if name.trim_start_matches(['.']).replace('_', ".") == "kiln.embedded" {
        Kind::Embedded
    } else if begins(&[".debug_", ".zdebug_", ".symtab", ".strtab", ".gdb_index"]) {
        Kind::Debug
    } else if begins(&[".eh_frame", ".gcc_except_table"]) {
        Kind::Tables
    } else if begins(&[
        ".dyn",
        ".gnu.hash",
        ".gnu.version",
        ".hash",
        ".rel",
        ".got",
        ".plt",
    ]) || name == ".interp"
    {
        Kind::Linking
    } else if begins(&[".shstrtab"]) {
        Kind::Headers
    } else if begins(&[".note", ".comment"]) || sh_flags & u64::from(elf::SHF_ALLOC) == 0 {
        Kind::Custom
    } else {
        Kind::Data
    }
}

/// Names of functions of C that the runtime brings along. A module's own are local.
const FROM_C: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];

/// The kind of what a symbol names in a file that Kiln made.
fn kind_of_ours(name: &str, is_global: bool, of_section: Kind) -> Kind {
    let Some(own) = own_name(name) else {
        let is_from_c = is_global && of_section == Kind::Code && FROM_C.contains(&name);
        let is_of_ours = name.starts_with("<kiln::") || name.starts_with("<&kiln::");
        return match is_from_c || is_of_ours {
            true => Kind::Runtime,
            false => of_section,
        };
    };
    let is = |symbols: &[&str]| symbols.iter().any(|s| own_name(s) == Some(own));
    let begins = |words: &[&str]| words.iter().any(|word| own.starts_with(word));
    if is(&[symbols::EMBEDDED]) {
        Kind::Embedded
    } else if is(&[
        symbols::DATA_IMAGE,
        symbols::IMAGE_CHUNKS,
        symbols::IMAGE_RUNS,
    ]) || begins(&["segment[", "segment_"])
    {
        Kind::Data
    } else if is(&[
        symbols::TRAP_SITES,
        symbols::LINES,
        symbols::EXCEPTION_TABLE,
        symbols::TAGS,
        symbols::TYPES,
        symbols::FUNCREFS,
    ]) || begins(&["table[", "table_", "elements[", "elements_"])
        && of_section != Kind::Code
    {
        Kind::Tables
    } else {
        Kind::Runtime
    }
}

/// A name of Kiln's own without what all of them begin with.
fn own_name(name: &str) -> Option<&str> {
    name.strip_prefix("kiln::")
        .or_else(|| name.strip_prefix("kiln_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_the_names_of_symbols() {
        for (name, is_global, section, kind) in [
            ("kiln::trap_sites", true, Kind::Data, Kind::Tables),
            ("kiln_exception_table", true, Kind::Data, Kind::Tables),
            ("kiln::table[0]", false, Kind::Data, Kind::Tables),
            ("kiln::table_grow", true, Kind::Code, Kind::Runtime),
            ("kiln::data_image", true, Kind::Data, Kind::Data),
            ("kiln::segment[1]", false, Kind::Data, Kind::Data),
            ("kiln::embedded", true, Kind::Data, Kind::Embedded),
            ("kiln::host::Host::open", false, Kind::Code, Kind::Runtime),
            (
                "<kiln::host::Host as a::B>::f",
                false,
                Kind::Code,
                Kind::Runtime,
            ),
            ("memmove", true, Kind::Code, Kind::Runtime),
            ("memmove", false, Kind::Code, Kind::Code),
            ("app::main", false, Kind::Code, Kind::Code),
        ] {
            assert_eq!(kind_of_ours(name, is_global, section), kind, "{name}");
        }
    }
}
