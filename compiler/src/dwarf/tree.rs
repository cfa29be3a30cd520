//! The entries of a module's DWARF as trees: for each unit the tags, and where each entry's subtree ends.
//! Attributes are read when they are asked for.

use super::sections::{Dwarf, Slice};
use gimli::{
    Attribute, AttributeValue, DW_AT_abstract_origin, DW_AT_frame_base, DW_AT_low_pc,
    DW_TAG_compile_unit, DW_TAG_namespace, DW_TAG_subprogram, DW_TAG_variable, DwAt, DwTag,
    Operation, UnitOffset, UnitSectionOffset,
};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// The deepest nesting of entries that is read: what follows the trees calls itself as often.
const DEEPEST: isize = 200;

/// An entry: the numbers of its unit and of itself in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EntryId {
    pub unit: u32,
    pub entry: u32,
}

/// An attribute as it is read.
pub(crate) type Attr<'a> = Attribute<Slice<'a>>;

/// All entries.
pub(crate) struct Tree<'a> {
    pub dwarf: &'a gimli::Dwarf<Slice<'a>>,
    pub units: Vec<Unit<'a>>,
    /// The numbers of units by their offsets, ascending.
    starts: Vec<(usize, u32)>,
}

/// A unit.
pub(crate) struct Unit<'a> {
    pub unit: gimli::Unit<Slice<'a>>,
    /// Its entries in order; the first is the unit's own.
    nodes: Vec<Node>,
}

struct Node {
    offset: UnitOffset,
    tag: DwTag,
    parent: u32,
    /// The number of the first entry behind its subtree.
    end: u32,
}

impl<'a> Tree<'a> {
    /// Reads what can be read; gives sentences on what cannot.
    pub fn read(dwarf: &'a Dwarf<'a>) -> (Self, Vec<String>) {
        let mut warnings = Vec::new();
        let mut tree = Self {
            dwarf: &dwarf.sections,
            units: Vec::new(),
            starts: Vec::new(),
        };
        let mut headers = tree.dwarf.units();
        // Damaged headers are told of where the sections are found.
        while let Ok(Some(header)) = headers.next() {
            let start = header.offset().0;
            match tree.dwarf.unit(header).and_then(Unit::read) {
                Ok(unit) if unit.nodes.is_empty() => {}
                Ok(unit) => {
                    tree.starts.push((start, tree.units.len() as u32));
                    tree.units.push(unit);
                }
                Err(error) => warnings.push(format!(
                    "the DWARF of the unit at offset {start:#x} of .debug_info is left out: {error}"
                )),
            }
        }
        (tree, warnings)
    }

    pub fn tag(&self, id: EntryId) -> DwTag {
        self.node(id).tag
    }

    /// The entry that an entry is a child of.
    pub fn parent(&self, id: EntryId) -> Option<EntryId> {
        let entry = self.node(id).parent;
        (id.entry != 0).then_some(EntryId { entry, ..id })
    }

    /// The children of an entry, in order.
    pub fn children(&self, id: EntryId) -> impl Iterator<Item = EntryId> + use<'_, 'a> {
        let nodes = &self.units[id.unit as usize].nodes;
        let end = nodes[id.entry as usize].end;
        let mut next = id.entry + 1;
        std::iter::from_fn(move || {
            let entry = next;
            next = nodes.get(entry as usize).filter(|_| entry < end)?.end;
            Some(EntryId { entry, ..id })
        })
    }

    /// The attributes of an entry as far as they can be read.
    pub fn attrs(&self, id: EntryId) -> Vec<Attr<'a>> {
        let unit = &self.units[id.unit as usize].unit;
        let entry = unit.entry(self.node(id).offset);
        entry.map_or_else(|_| Vec::new(), |entry| entry.attrs().to_vec())
    }

    pub fn attr(&self, id: EntryId, name: DwAt) -> Option<AttributeValue<Slice<'a>>> {
        let attrs = self.attrs(id);
        let attr = attrs.iter().find(|attr| attr.name() == name)?;
        Some(attr.value())
    }

    /// The entry that a reference leads to.
    pub fn referred(&self, from: EntryId, value: &AttributeValue<Slice<'a>>) -> Option<EntryId> {
        match *value {
            AttributeValue::UnitRef(offset) => self.find(from.unit, offset),
            AttributeValue::DebugInfoRef(offset) => {
                let next = self.starts.partition_point(|(start, _)| *start <= offset.0);
                let (_, unit) = *self.starts.get(next.checked_sub(1)?)?;
                let header = &self.units[unit as usize].unit.header;
                let offset = UnitSectionOffset(offset.0).to_unit_offset(header)?;
                self.find(unit, offset)
            }
            _ => None,
        }
    }

    /// The entry that an attribute refers to.
    pub fn reference(&self, from: EntryId, name: DwAt) -> Option<EntryId> {
        self.referred(from, &self.attr(from, name)?)
    }

    /// The ranges of addresses of an entry.
    pub fn ranges(&self, id: EntryId) -> Vec<Range<u64>> {
        let unit = &self.units[id.unit as usize].unit;
        let ranges = || {
            let entry = unit.entry(self.node(id).offset)?;
            let mut ranges = self.dwarf.die_ranges(unit, &entry)?;
            let mut all = Vec::new();
            while let Some(range) = ranges.next()? {
                all.push(range.begin..range.end);
            }
            Ok::<_, gimli::Error>(all)
        };
        ranges().unwrap_or_default()
    }

    /// Reads the ranges and expressions of a list of locations.
    pub fn locations(
        &self,
        id: EntryId,
        value: AttributeValue<Slice<'a>>,
    ) -> Vec<(Range<u64>, Slice<'a>)> {
        let unit = &self.units[id.unit as usize].unit;
        let mut all = Vec::new();
        if let Ok(Some(mut list)) = self.dwarf.attr_locations(unit, value) {
            while let Ok(Some(entry)) = list.next() {
                all.push((entry.range.begin..entry.range.end, entry.data.0));
            }
        }
        all
    }

    /// Lists the variables outside functions.
    pub fn globals(&self) -> Vec<EntryId> {
        let mut globals = Vec::new();
        for (unit, number) in self.units.iter().zip(0..) {
            for (node, entry) in unit.nodes.iter().zip(0..) {
                let parent = unit.nodes[node.parent as usize].tag;
                let is_outside = parent == DW_TAG_compile_unit || parent == DW_TAG_namespace;
                if node.tag == DW_TAG_variable && is_outside {
                    globals.push(EntryId {
                        unit: number,
                        entry,
                    });
                }
            }
        }
        globals
    }

    /// The address in an attribute.
    pub fn address(&self, id: EntryId, name: DwAt) -> Option<u64> {
        let unit = &self.units[id.unit as usize].unit;
        let value = self.attr(id, name)?;
        self.dwarf.attr_address(unit, value).ok().flatten()
    }

    /// The text in an attribute.
    pub fn string(&self, id: EntryId, value: AttributeValue<Slice<'a>>) -> Option<&'a [u8]> {
        let unit = &self.units[id.unit as usize].unit;
        let string = self.dwarf.attr_string(unit, value).ok()?;
        Some(string.slice())
    }

    /// The functions that have code, by their addresses.
    pub fn functions(&self) -> FxHashMap<u64, EntryId> {
        let mut functions = FxHashMap::default();
        for (unit, number) in self.units.iter().zip(0..) {
            for (node, entry) in unit.nodes.iter().zip(0..) {
                let id = EntryId {
                    unit: number,
                    entry,
                };
                if node.tag == DW_TAG_subprogram
                    && let Some(address) = self.address(id, DW_AT_low_pc)
                {
                    functions.entry(address).or_insert(id);
                }
            }
        }
        functions
    }

    /// The locals that the frames of functions begin at, by the functions' addresses.
    pub fn frame_locals(&self) -> FxHashMap<u64, u32> {
        let functions = self.functions().into_iter();
        let locals = functions.filter_map(|(address, function)| {
            let AttributeValue::Exprloc(frame) = self.attr(function, DW_AT_frame_base)? else {
                return None;
            };
            let encoding = self.units[function.unit as usize].unit.encoding();
            match frame.operations(encoding).next() {
                Ok(Some(Operation::WasmLocal { index })) => Some((address, index)),
                _ => None,
            }
        });
        locals.collect()
    }

    /// The entry with what all copies of a function have in common, if it is another.
    pub fn origin(&self, function: EntryId) -> Option<EntryId> {
        self.reference(function, DW_AT_abstract_origin)
    }

    fn find(&self, unit: u32, offset: UnitOffset) -> Option<EntryId> {
        let nodes = &self.units[unit as usize].nodes;
        let found = nodes.binary_search_by_key(&offset, |node| node.offset);
        let entry = found.ok()? as u32;
        Some(EntryId { unit, entry })
    }

    fn node(&self, id: EntryId) -> &Node {
        &self.units[id.unit as usize].nodes[id.entry as usize]
    }
}

impl<'a> Unit<'a> {
    fn read(unit: gimli::Unit<Slice<'a>>) -> gimli::Result<Self> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut open: Vec<u32> = Vec::new();
        let mut entries = unit.entries();
        while let Some(entry) = entries.next_dfs()? {
            let depth = entry.depth();
            if !(0..=DEEPEST).contains(&depth) || (depth == 0) != nodes.is_empty() {
                return Err(gimli::Error::UnsupportedOffset);
            }
            let number = nodes.len() as u32;
            for closed in open.drain((depth as usize).min(open.len())..) {
                nodes[closed as usize].end = number;
            }
            nodes.push(Node {
                offset: entry.offset(),
                tag: entry.tag(),
                parent: open.last().copied().unwrap_or_default(),
                end: number + 1,
            });
            open.push(number);
        }
        let end = nodes.len() as u32;
        for closed in open {
            nodes[closed as usize].end = end;
        }
        Ok(Self { unit, nodes })
    }
}
