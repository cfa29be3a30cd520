//! The sections with debug information: custom sections `.debug_*` of the module, or of another module
//! that its custom section `external_debug_info` names, and the place of a source map. The files
//! themselves are the caller's to read.

use gimli::{EndianSlice, LittleEndian};
use std::collections::HashMap;
use wasmparser::{BinaryReader, Chunk, Parser, Payload};

/// Bytes of a section of DWARF.
pub(crate) type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// A file with a module's debug information: a module with DWARF, or a source map.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DebugFile {
    /// The name that warnings give it.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// The DWARF of a module.
#[derive(Debug)]
pub(crate) struct Dwarf<'a> {
    /// Its sections.
    pub sections: gimli::Dwarf<Slice<'a>>,
    /// Offset in the module of what the addresses in it count from: the contents of the code section.
    pub code_start: u64,
    data: gimli::DwarfSections<Slice<'a>>,
}

/// The debug information of a module.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    /// Its DWARF.
    pub dwarf: Option<Dwarf<'a>>,
    /// Its source map, with the name that warnings give it.
    pub source_map: Option<(&'a str, &'a [u8])>,
    /// Sentences on what is damaged.
    pub warnings: Vec<String>,
}

impl Found<'_> {
    /// Tells if there is any.
    pub fn is_known(&self) -> bool {
        self.dwarf.is_some() || self.source_map.is_some()
    }
}

/// Names the file that the debug information of a binary module is in, as the module has it, which may be
/// a path or a URL. `None` where the module has none, or has it itself.
pub fn debug_file_of(wasm: &[u8]) -> Option<String> {
    let sections = Sections::read(wasm);
    if !sections.dwarf.is_empty() {
        return None;
    }
    let name = sections.external.or(sections.source_map)?;
    (!name.starts_with("data:")).then(|| name.to_owned())
}

/// Finds the debug information of a module, in `file` before the module itself.
pub(crate) fn find<'a>(wasm: &'a [u8], file: Option<&'a DebugFile>) -> Found<'a> {
    let module = Sections::read(wasm);
    let mut found = Found::default();
    if let Some(url) = module.source_map.filter(|url| url.starts_with("data:")) {
        found.source_map = Some(("the module", url.as_bytes()));
    }
    let mut own = Some((&module, "the module"));
    let outside;
    if let Some(DebugFile { name, bytes }) = file {
        if bytes.starts_with(b"\0asm") {
            outside = Sections::read(bytes);
            if !outside.dwarf.is_empty() {
                own = Some((&outside, name));
            } else if outside.problem.is_none() {
                found.warnings.push(format!("{name} has no DWARF"));
            }
            found.warnings.extend(outside.warning(name));
        } else if is_source_map(bytes) {
            found.source_map = Some((name, bytes));
            own = None;
        } else {
            let warning = format!("{name} is neither a module with DWARF nor a source map");
            found.warnings.push(warning);
        }
    }
    if let Some((sections, name)) = own.filter(|(sections, _)| !sections.dwarf.is_empty()) {
        let data = sections.data();
        let dwarf = Dwarf {
            sections: data.borrow(|slice| *slice),
            code_start: module.code_start,
            data,
        };
        found.warnings.extend(dwarf.damage(name));
        found.dwarf = Some(dwarf);
    }
    found
}

/// Tells a source map, which is JSON and may have a line before it that keeps it from being a script.
fn is_source_map(bytes: &[u8]) -> bool {
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(start, Some(b'{' | b')'))
}

impl<'a> Dwarf<'a> {
    /// The same sections, for what keeps them.
    pub fn again(&self) -> gimli::Dwarf<Slice<'a>> {
        self.data.borrow(|slice| *slice)
    }

    /// Tells of headers of units that cannot be read, after which there may be more.
    fn damage(&self, name: &str) -> Option<String> {
        let mut units = self.sections.units();
        let mut last = 0;
        loop {
            match units.next() {
                Ok(Some(unit)) => last = unit.offset().0 + unit.length_including_self(),
                Ok(None) => return None,
                Err(error) => {
                    return Some(format!(
                        "the DWARF of {name} is damaged at offset {last:#x} of .debug_info: {error}"
                    ));
                }
            }
        }
    }
}

/// The sections of a module that concern debuggers.
#[derive(Debug, Default)]
struct Sections<'a> {
    dwarf: HashMap<&'a str, &'a [u8]>,
    external: Option<&'a str>,
    source_map: Option<&'a str>,
    code_start: u64,
    /// The end of what can be read, and why.
    problem: Option<(u64, String)>,
}

impl<'a> Sections<'a> {
    /// Reads sections as far as they can be read.
    fn read(wasm: &'a [u8]) -> Self {
        let mut sections = Self::default();
        let mut parser = Parser::new(0);
        let mut rest = wasm;
        loop {
            let payload = match parser.parse(rest, true) {
                Ok(Chunk::Parsed { consumed, payload }) => {
                    rest = &rest[consumed..];
                    payload
                }
                Ok(Chunk::NeedMoreData(_)) => unreachable!("there is no more data"),
                Err(error) => {
                    sections.problem = Some((error.offset(), error.message().to_owned()));
                    return sections;
                }
            };
            match payload {
                Payload::CodeSectionStart {
                    unchecked_range,
                    size,
                    ..
                } => {
                    let start = unchecked_range.start;
                    sections.code_start = start;
                    let Some(behind) = rest.get(size as usize..) else {
                        let message = "the code section is cut short".to_owned();
                        sections.problem = Some((start, message));
                        return sections;
                    };
                    parser.skip_section();
                    rest = behind;
                }
                Payload::CustomSection(section) => sections.add(section.name(), section.data()),
                Payload::End(_) => return sections,
                _ => {}
            }
        }
    }

    fn add(&mut self, name: &'a str, data: &'a [u8]) {
        match name {
            "external_debug_info" => self.external = string(data),
            "sourceMappingURL" => self.source_map = string(data),
            _ if name.starts_with(".debug_") => {
                self.dwarf.insert(name, data);
            }
            _ => {}
        }
    }

    fn data(&self) -> gimli::DwarfSections<Slice<'a>> {
        let section = |id: gimli::SectionId| {
            let data = self.dwarf.get(id.name()).copied().unwrap_or_default();
            Ok::<_, std::convert::Infallible>(EndianSlice::new(data, LittleEndian))
        };
        match gimli::DwarfSections::load(section) {
            Ok(data) => data,
            Err(never) => match never {},
        }
    }

    fn warning(&self, name: &str) -> Option<String> {
        let (offset, message) = self.problem.as_ref()?;
        Some(format!(
            "{name} is damaged at offset {offset:#x}: {message}"
        ))
    }
}

/// The text that a section consists of, after its length.
fn string(data: &[u8]) -> Option<&str> {
    BinaryReader::new(data, 0).read_unlimited_string().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gimli::Section as _;

    fn module(sections: &[(&str, &[u8])]) -> Vec<u8> {
        let mut wasm = wat::parse_str("(module (func))").unwrap();
        for (name, data) in sections {
            let mut section = vec![name.len() as u8];
            section.extend_from_slice(name.as_bytes());
            section.extend_from_slice(data);
            wasm.push(0);
            wasm.push(section.len() as u8);
            wasm.extend(section);
        }
        wasm
    }

    fn file(bytes: &[u8]) -> DebugFile {
        DebugFile {
            name: "app.debug.wasm".to_owned(),
            bytes: bytes.to_owned(),
        }
    }

    /// A unit of DWARF 4 without entries.
    const UNIT: &[u8] = b"\x07\0\0\0\x04\0\0\0\0\0\x04";

    #[test]
    fn sections_are_found_by_their_names() {
        let wasm = module(&[(".debug_info", UNIT), (".debug_str", b"text\0")]);
        let found = find(&wasm, None);
        assert_eq!(found.warnings, [""; 0]);
        let dwarf = found.dwarf.unwrap();
        assert_eq!(dwarf.sections.debug_info.reader().slice(), UNIT);
        assert_eq!(dwarf.sections.debug_str.reader().slice(), b"text\0");
        // The number of bodies is the first thing in the code section.
        assert_eq!(wasm[dwarf.code_start as usize..][..2], [1, 2]);
        assert!(find(&module(&[]), None).dwarf.is_none());
    }

    #[test]
    fn another_file_has_them() {
        let wasm = module(&[("external_debug_info", b"\x09app.debug")]);
        assert_eq!(debug_file_of(&wasm).unwrap(), "app.debug");
        let outside = file(&module(&[(".debug_info", UNIT)]));
        let found = find(&wasm, Some(&outside));
        assert!(found.dwarf.is_some() && found.warnings.is_empty());
        let wasm = module(&[("external_debug_info", b"\x01a"), (".debug_info", UNIT)]);
        assert_eq!(debug_file_of(&wasm), None);
    }

    #[test]
    fn source_maps_are_files_or_urls() {
        let wasm = module(&[("sourceMappingURL", b"\x04a/b?")]);
        assert_eq!(debug_file_of(&wasm).unwrap(), "a/b?");
        let map = file(b"{}");
        let found = find(&wasm, Some(&map));
        assert_eq!(found.source_map, Some(("app.debug.wasm", &b"{}"[..])));
        let wasm = module(&[("sourceMappingURL", b"\x06data:,")]);
        assert_eq!(debug_file_of(&wasm), None);
        let found = find(&wasm, None);
        assert_eq!(found.source_map, Some(("the module", &b"data:,"[..])));
    }

    #[test]
    fn damage_is_told_and_does_no_harm() {
        let wasm = module(&[]);
        let damaged = module(&[(".debug_info", &UNIT[..9])]);
        let found = find(&damaged, None);
        let [warning] = &found.warnings[..] else {
            panic!("{found:?}")
        };
        let expected = "the DWARF of the module is damaged at offset 0x0 of .debug_info: ";
        assert!(warning.starts_with(expected), "{warning}");
        let whole = module(&[(".debug_info", UNIT), (".debug_line", &[0; 40])]);
        let first = module(&[(".debug_info", UNIT)]).len();
        for len in 0..whole.len() {
            let cut = file(&whole[..len]);
            let told = find(&wasm, Some(&cut)).warnings;
            assert!(!told.is_empty() || len == first, "{len}");
        }
        let text = file(b"hello");
        let told = find(&wasm, Some(&text)).warnings;
        assert_eq!(
            told,
            ["app.debug.wasm is neither a module with DWARF nor a source map"]
        );
    }
}
