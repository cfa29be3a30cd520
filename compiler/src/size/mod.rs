//! The division of a file's bytes, as `kiln size` shows it: of a module, or of an ELF file. Each byte
//! belongs to one [`Item`], so that the items' sizes add up to the file's.

mod division;
mod elf;
mod group;
mod wasm;

use crate::{Error, parse};
use object::FileKind;
use serde::Serialize;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The sizes of all that a file consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sizes {
    /// The file's format.
    pub format: Format,
    /// Bytes of the file; of a module in the text format, those of the binary one.
    pub size: u64,
    /// The kinds of items, the largest first.
    pub kinds: Vec<KindTotal>,
    /// The sections in the file's order, headers and all.
    pub sections: Vec<Section>,
    /// The groups of functions, the largest first.
    pub groups: Vec<Group>,
    /// All items, the largest first.
    pub items: Vec<Item>,
}

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// A WebAssembly module.
    Wasm,
    /// An executable, a shared library or an object.
    Elf,
}

/// The bytes of all items of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KindTotal {
    /// The kind.
    pub kind: Kind,
    /// The number of items.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The name of the [`Section`]s that are nothing but bytes between two others.
pub const PADDING: &str = "padding";

/// A section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its name; of what lies in no section, words for it.
    pub name: String,
    /// Its bytes in the file.
    pub bytes: u64,
}

/// The functions of a Rust crate, a C++ namespace, a Go package or the like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name; `None` for functions whose names tell of none.
    pub name: Option<String>,
    /// The number of functions.
    pub functions: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The section it lies in.
    pub section: String,
    /// Its kind.
    pub kind: Kind,
    /// The crate, namespace or package of a function, where its name tells.
    pub group: Option<String>,
    /// Its name, demangled; `None` where nothing names it.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: u64,
}

/// The kind of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// The code of functions.
    Code,
    /// Kiln's runtime: code and data.
    Runtime,
    /// Data of the program: segments of memories, and in an ELF file all data that nothing names.
    Data,
    /// Files that are embedded.
    Embedded,
    /// Tables of functions, trap sites, exception handlers and frames.
    Tables,
    /// Declarations of a module: types, imports, exports and the like.
    Declarations,
    /// Data that a dynamic linker, or the start of an executable, reads.
    Linking,
    /// Data that only debuggers and people read: names, symbols, DWARF.
    Debug,
    /// Other custom sections, notes and comments.
    Custom,
    /// Headers of the format, and padding.
    Headers,
}

impl Kind {
    /// The kind in words.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Code => "code",
            Kind::Runtime => "Kiln's runtime",
            Kind::Data => "data",
            Kind::Embedded => "embedded files",
            Kind::Tables => "tables",
            Kind::Declarations => "declarations",
            Kind::Linking => "linking",
            Kind::Debug => "debug information",
            Kind::Custom => "custom sections",
            Kind::Headers => "headers, padding",
        }
    }
}

impl Sizes {
    /// Measures a module in the binary or the text format, or a 64-bit ELF file.
    pub fn of(input: &[u8]) -> Result<Self, Error> {
        match FileKind::parse(input) {
            _ if input.starts_with(b"\x7fELF") => elf::measure(input),
            Ok(FileKind::Archive) => Err(Error::new("this is an archive, not an executable")
                .help("unpack it with `ar x` and give an object of it")),
            _ => {
                let wasm = parse::binary(input)?;
                wasm::measure(&wasm).map_err(|error| match &wasm {
                    Cow::Borrowed(_) => error,
                    Cow::Owned(wasm) => parse::locate(input, wasm, error),
                })
            }
        }
    }

    /// Adds up items, which have the sections' order.
    fn new(format: Format, sections: Vec<Section>, mut items: Vec<Item>) -> Self {
        let mut kinds = BTreeMap::new();
        let mut groups = BTreeMap::new();
        for item in &items {
            let kind: &mut (u64, u64) = kinds.entry(item.kind).or_default();
            *kind = (kind.0 + 1, kind.1 + item.bytes);
            if item.kind == Kind::Code && item.name.is_some() {
                let group: &mut (u64, u64) = groups.entry(&item.group).or_default();
                *group = (group.0 + 1, group.1 + item.bytes);
            }
        }
        let kinds = kinds.into_iter();
        let mut kinds: Vec<_> = kinds
            .map(|(kind, (items, bytes))| KindTotal { kind, items, bytes })
            .collect();
        kinds.sort_by_key(|total| Reverse(total.bytes));
        let groups = groups.into_iter();
        let mut groups: Vec<_> = groups
            .map(|(name, (functions, bytes))| Group {
                name: name.clone(),
                functions,
                bytes,
            })
            .collect();
        groups.sort_by_key(|group| Reverse(group.bytes));
        items.sort_by_key(|item| Reverse(item.bytes));
        Self {
            format,
            size: items.iter().map(|item| item.bytes).sum(),
            kinds,
            sections,
            groups,
            items,
        }
    }

    /// The items of a kind, the largest first.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.kind == kind)
    }
}

#[cfg(test)]
mod tests;
