//! Entries that are copied as they are: types, namespaces, declarations, and what copies of a function have
//! in common.

use super::Writer;
use crate::dwarf::{Attr, EntryId};
use gimli::write::{
    Address, AttributeValue, DebugInfoRef, Expression, LineProgram, LineString, RangeList,
    UnitEntryId, UnitId,
};
use gimli::{self as dw, DwAt, DwTag, Encoding, Format, LineEncoding};

/// Attributes of a unit that are copied.
const OF_UNITS: [DwAt; 4] = [
    dw::DW_AT_producer,
    dw::DW_AT_language,
    dw::DW_AT_name,
    dw::DW_AT_comp_dir,
];

/// Attributes that are made anew or say nothing of machine code.
const NOT_COPIED: [DwAt; 14] = [
    dw::DW_AT_low_pc,
    dw::DW_AT_high_pc,
    dw::DW_AT_ranges,
    dw::DW_AT_entry_pc,
    dw::DW_AT_frame_base,
    dw::DW_AT_location,
    dw::DW_AT_sibling,
    dw::DW_AT_object_pointer,
    dw::DW_AT_static_link,
    dw::DW_AT_return_addr,
    dw::DW_AT_GNU_all_call_sites,
    dw::DW_AT_GNU_all_tail_call_sites,
    dw::DW_AT_call_all_calls,
    dw::DW_AT_call_all_tail_calls,
];

/// Children that belong to an entry; others are copied where something refers to them.
const PARTS: [DwTag; 14] = [
    dw::DW_TAG_member,
    dw::DW_TAG_inheritance,
    dw::DW_TAG_enumerator,
    dw::DW_TAG_subrange_type,
    dw::DW_TAG_generic_subrange,
    dw::DW_TAG_variant_part,
    dw::DW_TAG_variant,
    dw::DW_TAG_formal_parameter,
    dw::DW_TAG_unspecified_parameters,
    dw::DW_TAG_template_type_parameter,
    dw::DW_TAG_template_value_parameter,
    dw::DW_TAG_GNU_template_template_param,
    dw::DW_TAG_GNU_template_parameter_pack,
    dw::DW_TAG_GNU_formal_parameter_pack,
];

impl<'a> Writer<'a> {
    /// The unit made of one of the module's.
    pub fn unit(&mut self, unit: u32) -> UnitId {
        if let Some(id) = self.units[unit as usize] {
            return id;
        }
        let encoding = Encoding {
            address_size: 8,
            format: Format::Dwarf32,
            version: 4,
        };
        let root = EntryId { unit, entry: 0 };
        let text = |name, default: &str| {
            let value = self.tree.attr(root, name);
            let text = value.and_then(|value| self.tree.string(root, value));
            let text = text.filter(|text| !text.is_empty());
            LineString::String(text.unwrap_or(default.as_bytes()).to_vec())
        };
        let directory = text(dw::DW_AT_comp_dir, ".");
        let source = text(dw::DW_AT_name, "module");
        let lines = LineEncoding::default();
        let program = LineProgram::new(encoding, lines, directory, None, source, None);
        let id = self
            .out
            .units
            .add(gimli::write::Unit::new(encoding, program));
        self.units[unit as usize] = Some(id);
        let entry = self.out.units.get(id).root();
        for attr in self.tree.attrs(root) {
            if OF_UNITS.contains(&attr.name()) {
                self.copy_attr(root, &attr, unit, entry);
            }
        }
        id
    }

    /// Ends all units, whose code is known.
    pub fn end_units(&mut self) {
        let mut ranges: Vec<_> = self.unit_ranges.drain().collect();
        ranges.sort_unstable_by_key(|(unit, _)| *unit);
        for (unit, ranges) in ranges {
            let id = self.unit(unit);
            let unit = self.out.units.get_mut(id);
            let ranges = unit.ranges.add(RangeList(ranges));
            let root = unit.get_mut(unit.root());
            root.set(
                dw::DW_AT_low_pc,
                AttributeValue::Address(Address::Constant(0)),
            );
            root.set(dw::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
        }
    }

    /// The entry made of one of the module's, which is completed later if it is not yet.
    pub fn entry(&mut self, id: EntryId) -> UnitEntryId {
        if let Some(entry) = self.entries.get(&id) {
            return *entry;
        }
        let unit = self.unit(id.unit);
        let unit = self.out.units.get_mut(unit);
        if id.entry == 0 {
            return unit.root();
        }
        let entry = unit.reserve();
        self.entries.insert(id, entry);
        self.pending.push(id);
        entry
    }

    /// Completes all that something refers to.
    pub fn describe_pending(&mut self) {
        while let Some(id) = self.pending.pop() {
            self.describe(id);
        }
    }

    /// Completes an entry, unless it is complete.
    pub fn describe(&mut self, id: EntryId) {
        if !self.place(id) {
            return;
        }
        let entry = self.entry(id);
        if self.tree.tag(id) == dw::DW_TAG_subprogram {
            let inline = self.tree.attr(id, dw::DW_AT_inline).is_some();
            if self.shared.contains(&id) && !inline {
                let inlined = AttributeValue::Inline(dw::DW_INL_inlined);
                let unit = self.unit(id.unit);
                let entry = self.out.units.get_mut(unit).get_mut(entry);
                entry.set(dw::DW_AT_inline, inlined);
            }
            if inline || self.shared.contains(&id) {
                return self.describe_scope(id);
            }
            if self.tree.attr(id, dw::DW_AT_declaration).is_none() {
                return;
            }
        }
        self.describe_parts(id);
    }

    fn describe_parts(&mut self, id: EntryId) {
        for child in self.tree.children(id).collect::<Vec<_>>() {
            if PARTS.contains(&self.tree.tag(child)) && !self.is_vtable_pointer(child) {
                self.entry(child);
                self.describe(child);
            }
        }
    }

    /// Copies what a function or a block declares, without a place in machine code.
    fn describe_scope(&mut self, id: EntryId) {
        for child in self.tree.children(id).collect::<Vec<_>>() {
            match self.tree.tag(child) {
                dw::DW_TAG_lexical_block => {
                    self.entry(child);
                    if self.place(child) {
                        self.describe_scope(child);
                    }
                }
                tag if tag == dw::DW_TAG_variable || PARTS.contains(&tag) => {
                    self.entry(child);
                    self.describe(child);
                }
                _ => {}
            }
        }
    }

    /// Puts an entry where it belongs, with its attributes; false where it is there.
    pub fn place(&mut self, id: EntryId) -> bool {
        if !self.described.insert(id) {
            return false;
        }
        let Some(parent) = self.tree.parent(id) else {
            return false;
        };
        let entry = self.entry(id);
        let parent = self.entry(parent);
        let unit = self.unit(id.unit);
        let is_in_memory = self.is_in_memory(id);
        let tag = match is_in_memory {
            true => dw::DW_TAG_structure_type,
            false => self.tree.tag(id),
        };
        self.out
            .units
            .get_mut(unit)
            .add_reserved(entry, parent, tag);
        if is_in_memory {
            self.describe_in_memory(id, entry);
        } else {
            self.copy_attrs(id, id.unit, entry);
        }
        true
    }

    /// Copies the attributes of an entry to one in the unit made of `unit`.
    pub fn copy_attrs(&mut self, from: EntryId, unit: u32, to: UnitEntryId) {
        for attr in self.tree.attrs(from) {
            if !NOT_COPIED.contains(&attr.name()) {
                self.copy_attr(from, &attr, unit, to);
            }
        }
    }

    fn copy_attr(&mut self, from: EntryId, attr: &Attr<'a>, unit: u32, to: UnitEntryId) {
        let value = match self.this_type(from) {
            Some(ty) if attr.name() == dw::DW_AT_type => Some(self.wide_reference(unit, ty)),
            _ => self.value(from, attr, unit),
        };
        if let Some(value) = value {
            self.set(unit, to, attr.name(), value);
        }
    }

    /// Sets an attribute of an entry in the unit made of `unit`.
    pub fn set(&mut self, unit: u32, entry: UnitEntryId, name: DwAt, value: AttributeValue) {
        let unit = self.unit(unit);
        self.out.units.get_mut(unit).get_mut(entry).set(name, value);
    }

    /// A reference from the unit made of `unit`.
    pub fn reference(&mut self, unit: u32, to: EntryId) -> AttributeValue {
        let entry = self.entry(to);
        if unit == to.unit {
            return AttributeValue::UnitRef(entry);
        }
        let unit = self.unit(to.unit);
        AttributeValue::DebugInfoRef(DebugInfoRef::Entry(unit, entry))
    }

    /// The value of an attribute as it is in the unit made of `unit`.
    fn value(&mut self, from: EntryId, attr: &Attr<'a>, unit: u32) -> Option<AttributeValue> {
        use gimli::AttributeValue as Value;
        if matches!(attr.name(), dw::DW_AT_decl_file | dw::DW_AT_call_file) {
            let file = self.file(unit, from.unit, attr.udata_value()?)?;
            return Some(AttributeValue::FileIndex(Some(file)));
        }
        let value = attr.raw_value();
        if attr.name() == dw::DW_AT_name
            && let Some(name) = self.other_name(from)
        {
            return Some(AttributeValue::StringRef(self.out.strings.add(name)));
        }
        // The linker's name for `main`, which gdb would prefer.
        if attr.name() == dw::DW_AT_linkage_name {
            let name = self.tree.string(from, value)?;
            if !name.starts_with(b"_Z") && !name.starts_with(b"_R") {
                return None;
            }
        }
        Some(match value {
            Value::Data1(value) => AttributeValue::Data1(value),
            Value::Data2(value) => AttributeValue::Data2(value),
            Value::Data4(value) => AttributeValue::Data4(value),
            Value::Data8(value) => AttributeValue::Data8(value),
            Value::Data16(value) => AttributeValue::Data16(value),
            Value::Sdata(value) => AttributeValue::Sdata(value),
            Value::Udata(value) => AttributeValue::Udata(value),
            Value::Flag(value) => AttributeValue::Flag(value),
            Value::Block(bytes) => AttributeValue::Block(bytes.slice().to_vec()),
            Value::Exprloc(expression) if attr.name() == dw::DW_AT_data_member_location => {
                AttributeValue::Exprloc(Expression::raw(expression.0.slice().to_vec()))
            }
            Value::UnitRef(_) | Value::DebugInfoRef(_) => {
                let to = self.tree.referred(from, &value)?;
                self.reference(unit, to)
            }
            Value::String(_)
            | Value::DebugStrRef(_)
            | Value::DebugLineStrRef(_)
            | Value::DebugStrOffsetsIndex(_) => {
                let text = self.tree.string(from, value)?;
                AttributeValue::StringRef(self.out.strings.add(text))
            }
            _ => return None,
        })
    }
}
