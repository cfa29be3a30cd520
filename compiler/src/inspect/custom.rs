//! Custom sections: who made the module, and what it holds for debuggers.

use super::{CustomSection, Debug, Producer};
use crate::names::Names;
use std::fmt::Write as _;
use wasmparser::{BinaryReader, CustomSectionReader, KnownCustom};

/// The statements of a module's custom sections.
#[derive(Default)]
pub(super) struct Sections<'a> {
    pub names: Names<'a>,
    pub producers: Vec<Producer>,
    pub debug: Debug,
    pub sections: Vec<CustomSection>,
}

/// Contents of sections, by the beginnings of their names.
const HOLDS: &[(&str, &str)] = &[
    ("name", "names of functions and other items"),
    ("producers", "languages and tools"),
    ("target_features", "features the compiler was allowed"),
    (".debug_", "DWARF"),
    ("external_debug_info", "the place of DWARF"),
    ("sourceMappingURL", "the place of a source map"),
    ("build_id", "the build's identity"),
    ("metadata.code.branch_hint", "branch hints"),
    ("linking", "symbols for a linker"),
    ("reloc.", "relocations for a linker"),
    ("dylink", "dynamic linking"),
    ("component-type", "an interface for components"),
    ("go:buildid", "the build's identity"),
];

/// Tells what a section of this name holds.
fn holds(name: &str) -> Option<&'static str> {
    let is_it = |begin: &str| match begin.ends_with(['_', '.']) || begin == "component-type" {
        true => name.starts_with(begin),
        false => name == begin || (begin == "dylink" && name == "dylink.0"),
    };
    let found = HOLDS.iter().find(|(begin, _)| is_it(begin));
    found.map(|(_, holds)| *holds)
}

impl<'a> Sections<'a> {
    /// Reads a section. What is malformed says nothing.
    pub fn add(&mut self, section: &CustomSectionReader<'a>) {
        let (name, data) = (section.name(), section.data());
        self.sections.push(CustomSection {
            name: name.to_owned(),
            bytes: data.len() as u64,
            holds: holds(name),
        });
        match section.as_known() {
            KnownCustom::Name(names) => self.names.read(names),
            KnownCustom::Producers(fields) => {
                for field in fields.into_iter().map_while(Result::ok) {
                    let values = field.values.into_iter().map_while(Result::ok);
                    self.producers.extend(values.map(|value| Producer {
                        field: field.name.to_owned(),
                        name: value.name.to_owned(),
                        version: value.version.to_owned(),
                    }));
                }
            }
            _ => {}
        }
        match name {
            "external_debug_info" => self.debug.external_dwarf = string(data),
            "sourceMappingURL" => self.debug.source_map = string(data),
            "build_id" => self.debug.build_id = bytes(data).map(hexadecimal),
            "go:buildid" => self.debug.build_id = go_build_id(data),
            _ if name.starts_with(".debug_") => self.debug.dwarf_bytes += data.len() as u64,
            _ => {}
        }
    }
}

/// The text that a section consists of, after its length.
fn string(data: &[u8]) -> Option<String> {
    let text = BinaryReader::new(data, 0).read_unlimited_string();
    text.ok().map(str::to_owned)
}

/// The bytes that a section consists of, after their number.
fn bytes(data: &[u8]) -> Option<&[u8]> {
    let mut reader = BinaryReader::new(data, 0);
    let len = reader.read_var_u32().ok()?;
    reader.read_bytes(len as usize).ok()
}

/// The build ID of Go, which stands in quotes among words for tools that search a file for it.
fn go_build_id(data: &[u8]) -> Option<String> {
    let quoted = data.split(|byte| *byte == b'"').nth(1);
    quoted.map(|id| String::from_utf8_lossy(id).into_owned())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
