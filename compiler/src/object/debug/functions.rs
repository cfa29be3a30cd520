//! Functions: each with its machine code, the blocks in it, and the calls that the module's producer or
//! Kiln inlined.

use super::Writer;
use super::places::Places;
use crate::compile::Code;
use crate::dwarf::EntryId;
use gimli::write::{Address, AttributeValue, Expression, Range, RangeList, UnitEntryId};
use gimli::{self as dw, DwTag};

/// A function where it has machine code: by itself, or inlined into another.
#[derive(Clone, Copy)]
pub(super) struct Instance<'a> {
    /// The number of the piece of machine code.
    pub piece: usize,
    pub code: &'a Code,
    pub places: &'a Places,
    /// 0 for the function of the piece, else the number of one inlined into it.
    pub number: u32,
    /// The unit that it becomes part of.
    pub unit: u32,
    /// True if its entries refer to those that all copies have in common.
    pub by_origin: bool,
}

impl Writer<'_> {
    /// Writes all about a piece of machine code.
    pub fn piece(&mut self, piece: usize, code: &Code) {
        let Some(function) = code.item.function().and_then(|index| self.function(index)) else {
            return;
        };
        let places = Places::new(code, self.code_start);
        let instance = Instance {
            piece,
            code,
            places: &places,
            number: 0,
            unit: function.unit,
            by_origin: self.shared.contains(&function),
        };
        let entry = if instance.by_origin {
            let parent = self.tree.parent(function);
            let parent = parent.map(|parent| self.entry(parent));
            let Some(parent) = parent else { return };
            self.copy(&instance, function, parent, dw::DW_TAG_subprogram)
        } else {
            let entry = self.entry(function);
            self.place(function);
            entry
        };
        let whole = 0..code.bytes.len() as u32;
        self.set_ranges(&instance, entry, std::slice::from_ref(&whole));
        let mut frame = Expression::new();
        frame.op(dw::DW_OP_call_frame_cfa);
        let frame = AttributeValue::Exprloc(frame);
        self.set(function.unit, entry, dw::DW_AT_frame_base, frame);
        let ranges = self.unit_ranges.entry(function.unit).or_default();
        ranges.push(range(piece, &whole));
        self.scope(&instance, function, entry, places.callees(0));
        self.rows(piece, code, function.unit);
    }

    /// Writes what lies in a function or a block of it; `calls` are the inlined calls there.
    fn scope(&mut self, instance: &Instance, scope: EntryId, out: UnitEntryId, calls: &[u32]) {
        let mut calls = calls.to_vec();
        for child in self.tree.children(scope).collect::<Vec<_>>() {
            let tag = self.tree.tag(child);
            match tag {
                dw::DW_TAG_lexical_block | dw::DW_TAG_inlined_subroutine => {
                    let addresses = self.tree.ranges(child);
                    let code = instance.places.at(instance.number, &addresses);
                    if code.is_empty() {
                        continue;
                    }
                    let is_here = |call: &u32| {
                        let address = instance.places.call(*call);
                        addresses.iter().any(|range| range.contains(&address))
                    };
                    let (inner, outer): (Vec<_>, Vec<_>) = calls.iter().partition(|c| is_here(c));
                    calls = outer;
                    // What the producer inlined refers to what its copies have in common by itself.
                    let by_origin = instance.by_origin && tag == dw::DW_TAG_lexical_block;
                    let instance = Instance {
                        by_origin,
                        ..*instance
                    };
                    let entry = self.copy(&instance, child, out, tag);
                    self.set_ranges(&instance, entry, &code);
                    self.scope(&instance, child, entry, &inner);
                }
                dw::DW_TAG_formal_parameter | dw::DW_TAG_variable => {
                    let entry = self.copy(instance, child, out, tag);
                    self.set_location(Some(instance), child, instance.unit, entry);
                }
                dw::DW_TAG_template_type_parameter
                | dw::DW_TAG_template_value_parameter
                | dw::DW_TAG_unspecified_parameters
                    if !instance.by_origin =>
                {
                    self.copy(instance, child, out, tag);
                }
                _ => {}
            }
        }
        for call in calls {
            self.inlined(instance, call, out);
        }
    }

    /// Writes a function that Kiln inlined. One without debug information leaves those inlined into it to
    /// its caller.
    fn inlined(&mut self, caller: &Instance, number: u32, out: UnitEntryId) {
        let code = caller.places.whole(number);
        let inlined = &caller.code.inlined[number as usize - 1];
        let Some(function) = self.function(inlined.function) else {
            for call in caller.places.callees(number) {
                self.inlined(caller, *call, out);
            }
            return;
        };
        if code.is_empty() {
            return;
        }
        let instance = Instance {
            number,
            by_origin: self.shared.contains(&function),
            ..*caller
        };
        let tag = dw::DW_TAG_inlined_subroutine;
        let entry = self.copy(&instance, function, out, tag);
        self.set_ranges(&instance, entry, &code);
        self.set_call(instance.unit, entry, inlined.call);
        let calls = instance.places.callees(number);
        self.scope(&instance, function, entry, calls);
    }

    /// Says where a call was that Kiln inlined. gdb shows no frame where this is not said.
    fn set_call(&mut self, unit: u32, entry: UnitEntryId, offset: u32) {
        let row = self.row(offset).copied();
        let file = row.and_then(|row| self.file(unit, row.unit, row.file));
        let (line, column) = row.map_or((0, 0), |row| (row.line, row.column));
        let file = AttributeValue::FileIndex(file);
        self.set(unit, entry, dw::DW_AT_call_file, file);
        self.set(
            unit,
            entry,
            dw::DW_AT_call_line,
            AttributeValue::Udata(line),
        );
        self.set(
            unit,
            entry,
            dw::DW_AT_call_column,
            AttributeValue::Udata(column),
        );
    }

    /// Copies an entry, or makes one that refers to what all its copies have in common.
    fn copy(
        &mut self,
        instance: &Instance,
        from: EntryId,
        parent: UnitEntryId,
        tag: DwTag,
    ) -> UnitEntryId {
        let unit = self.unit(instance.unit);
        let entry = self.out.units.get_mut(unit).add(parent, tag);
        if instance.by_origin {
            if self.shared.contains(&from) {
                self.describe(from);
            }
            let origin = self.reference(instance.unit, from);
            self.set(instance.unit, entry, dw::DW_AT_abstract_origin, origin);
        } else {
            self.copy_attrs(from, instance.unit, entry);
        }
        entry
    }

    fn set_ranges(
        &mut self,
        instance: &Instance,
        entry: UnitEntryId,
        code: &[std::ops::Range<u32>],
    ) {
        let unit = self.unit(instance.unit);
        let unit = self.out.units.get_mut(unit);
        if let [code] = code {
            let start = AttributeValue::Address(address(instance.piece, code.start));
            let len = AttributeValue::Udata((code.end - code.start).into());
            let entry = unit.get_mut(entry);
            entry.set(dw::DW_AT_low_pc, start);
            entry.set(dw::DW_AT_high_pc, len);
        } else {
            let ranges = code.iter().map(|code| range(instance.piece, code));
            let ranges = unit.ranges.add(RangeList(ranges.collect()));
            let ranges = AttributeValue::RangeListRef(ranges);
            unit.get_mut(entry).set(dw::DW_AT_ranges, ranges);
        }
    }
}

pub(super) fn address(piece: usize, offset: u32) -> Address {
    Address::Symbol {
        symbol: piece,
        addend: offset.into(),
    }
}

fn range(piece: usize, code: &std::ops::Range<u32>) -> Range {
    Range::StartLength {
        begin: address(piece, code.start),
        length: (code.end - code.start).into(),
    }
}
