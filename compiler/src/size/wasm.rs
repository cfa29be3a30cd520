//! The bytes of a module: by section, code by function, data by segment.

use super::division::divide;
use super::{Format, Item, Kind, Section, Sizes, group};
use crate::demangle::demangled;
use crate::names::Names;
use crate::{Error, parse};
use kiln_abi::leb128;
use std::ops::Range;
use wasmparser::{KnownCustom, Parser, Payload};

/// Bytes before the first section: `\0asm` and the version.
const PREAMBLE: u64 = 8;

/// Measures a module in the binary format, which need not be valid.
pub(super) fn measure(wasm: &[u8]) -> Result<Sizes, Error> {
    let mut contents = Contents::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let read = payload.map_err(Error::from);
        read.and_then(|payload| contents.payload(wasm, payload))
            .map_err(|error| parse::cut_short(wasm).unwrap_or(error))?;
    }
    Ok(contents.sizes(wasm))
}

/// The places of all items.
#[derive(Default)]
struct Contents<'a> {
    imported_functions: u32,
    names: Names<'a>,
    /// The contents of all sections in order, with their numbers and names.
    sections: Vec<(Range<u64>, u8, String)>,
    bodies: Vec<Range<u64>>,
    segments: Vec<Range<u64>>,
    /// The start of the code section's next function.
    next_body: u64,
}

impl<'a> Contents<'a> {
    fn payload(&mut self, wasm: &[u8], payload: Payload<'a>) -> Result<(), Error> {
        if let Some((number, range)) = payload.as_section() {
            let name = match &payload {
                Payload::CustomSection(section) => section.name(),
                _ => section_name(number),
            };
            self.sections.push((range, number, name.to_owned()));
        }
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let is_function = matches!(
                        import?.ty,
                        wasmparser::TypeRef::Func(_) | wasmparser::TypeRef::FuncExact(_)
                    );
                    self.imported_functions += u32::from(is_function);
                }
            }
            Payload::CodeSectionStart {
                unchecked_range, ..
            } => {
                let contents = &wasm[unchecked_range.start as usize..];
                let mut rest = contents;
                leb128::read_unsigned(&mut rest);
                self.next_body = unchecked_range.start + (contents.len() - rest.len()) as u64;
            }
            // With its size before it.
            Payload::CodeSectionEntry(body) => {
                let end = body.range().end;
                self.bodies.push(self.next_body..end);
                self.next_body = end;
            }
            Payload::DataSection(section) => {
                for data in section {
                    self.segments.push(data?.range);
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    self.names.read(names);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn sizes(self, wasm: &[u8]) -> Sizes {
        let mut sections = vec![Section {
            name: "preamble".to_owned(),
            bytes: PREAMBLE,
        }];
        let mut items = vec![item(
            "preamble",
            Kind::Headers,
            "magic number and version",
            PREAMBLE,
        )];
        let mut start = PREAMBLE;
        for (range, number, name) in &self.sections {
            // With its number and size before it.
            let whole = start..range.end;
            start = range.end;
            let bytes = whole.end - whole.start;
            sections.push(Section {
                name: name.clone(),
                bytes,
            });
            match number {
                10 => items.extend(self.functions(whole)),
                11 => items.extend(self.data(whole)),
                _ => items.push(item(name, kind(*number, name), name, bytes)),
            }
        }
        debug_assert_eq!(start, wasm.len() as u64);
        Sizes::new(Format::Wasm, sections, items)
    }

    fn functions(&self, section: Range<u64>) -> Vec<Item> {
        let bodies = self.bodies.iter().cloned();
        let parts = divide(section, bodies.zip(self.imported_functions..).collect());
        let function = |(range, index): (Range<u64>, Option<u32>)| {
            let bytes = range.end - range.start;
            let Some(index) = index else {
                return item("code", Kind::Headers, "header of the section", bytes);
            };
            let name = self.names.function(index);
            let name = demangled(&name);
            Item {
                group: group::of(&name).map(str::to_owned),
                ..item("code", Kind::Code, &name, bytes)
            }
        };
        parts.into_iter().map(function).collect()
    }

    fn data(&self, section: Range<u64>) -> Vec<Item> {
        let segments = self.segments.iter().cloned();
        let parts = divide(section, segments.zip(0u32..).collect());
        let segment = |(range, index): (Range<u64>, Option<u32>)| {
            let bytes = range.end - range.start;
            let Some(index) = index else {
                return item("data", Kind::Headers, "header of the section", bytes);
            };
            let name = match self.names.segments.get(&index) {
                Some(name) => format!("segment {index} ({name})"),
                None => format!("segment {index}"),
            };
            item("data", Kind::Data, &name, bytes)
        };
        parts.into_iter().map(segment).collect()
    }
}

fn item(section: &str, kind: Kind, name: &str, bytes: u64) -> Item {
    Item {
        section: section.to_owned(),
        kind,
        group: None,
        name: Some(name.to_owned()),
        bytes,
    }
}

/// The name of a section that is not a custom one (core specification, "Sections").
fn section_name(number: u8) -> &'static str {
    const NAMES: [&str; 14] = [
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
        "tag",
    ];
    NAMES.get(usize::from(number)).unwrap_or(&"unknown")
}

fn kind(number: u8, name: &str) -> Kind {
    let is_debug = name.starts_with(".debug_")
        || matches!(
            name,
            "name" | "external_debug_info" | "sourceMappingURL" | "build_id" | "go:buildid"
        );
    match number {
        0 if is_debug => Kind::Debug,
        0 => Kind::Custom,
        4 | 9 => Kind::Tables,
        _ => Kind::Declarations,
    }
}
