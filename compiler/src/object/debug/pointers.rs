//! Variables and their pointers.
//!
//! A pointer of the module has 4 bytes and counts from the start of its memory. So that debuggers follow the
//! one that a variable holds, the variable is described as a value computed of it: a pointer of 8 bytes, to
//! where the memory lies in the executable. Pointers within structures and arrays are described as [`offsets`]
//! says.
//!
//! [`offsets`]: super::offsets

use super::Writer;
use super::functions::Instance;
use crate::dwarf::EntryId;
use gimli as dw;
use gimli::DwTag;
use gimli::write::{AttributeValue, DebugInfoRef, UnitEntryId};

/// Types that differ from another by a name or a qualifier alone.
const WRAPPERS: [DwTag; 5] = [
    dw::DW_TAG_typedef,
    dw::DW_TAG_const_type,
    dw::DW_TAG_volatile_type,
    dw::DW_TAG_restrict_type,
    dw::DW_TAG_atomic_type,
];

pub(super) const POINTERS: [DwTag; 3] = [
    dw::DW_TAG_pointer_type,
    dw::DW_TAG_reference_type,
    dw::DW_TAG_rvalue_reference_type,
];

/// The most wrappers around a pointer that are looked through.
const DEEPEST: usize = 20;

impl Writer<'_> {
    /// Describes the variables outside functions.
    pub fn globals(&mut self) {
        if self.memory_base().is_none() {
            return;
        }
        for variable in self.tree.globals() {
            let pointer = self.pointer_type(variable);
            if self.location(None, variable, pointer.is_some()).is_some() {
                let entry = self.entry(variable);
                self.place(variable);
                self.set_location(None, variable, variable.unit, entry);
            }
        }
    }

    /// Sets the place of a variable, and its type where that is a pointer.
    pub fn set_location(
        &mut self,
        instance: Option<&Instance>,
        variable: EntryId,
        unit: u32,
        entry: UnitEntryId,
    ) {
        let pointer = self.pointer_type(variable);
        let location = self.location(instance, variable, pointer.is_some());
        let Some(location) = location else { return };
        self.set(unit, entry, dw::DW_AT_location, location);
        if let Some(pointer) = pointer {
            let ty = self.wide_reference(unit, pointer);
            self.set(unit, entry, dw::DW_AT_type, ty);
        }
    }

    /// Finds the type of a variable, if that is a pointer to data.
    fn pointer_type(&self, variable: EntryId) -> Option<EntryId> {
        let mut owner = variable;
        let mut ty = None;
        for _ in 0..DEEPEST {
            ty = self.tree.reference(owner, dw::DW_AT_type);
            if ty.is_some() {
                break;
            }
            let origin = self.tree.reference(owner, dw::DW_AT_abstract_origin);
            owner = origin.or_else(|| self.tree.reference(owner, dw::DW_AT_specification))?;
        }
        let mut inner = ty?;
        for _ in 0..DEEPEST {
            let tag = self.tree.tag(inner);
            let target = self.tree.reference(inner, dw::DW_AT_type);
            if POINTERS.contains(&tag) {
                // A pointer to a function is an index.
                let is_data =
                    target.is_none_or(|to| self.tree.tag(to) != dw::DW_TAG_subroutine_type);
                return ty.filter(|_| is_data);
            }
            if !WRAPPERS.contains(&tag) {
                return None;
            }
            inner = target?;
        }
        None
    }

    /// Finds the type of a parameter `this`, which gdb demands to be a pointer also where it is declared.
    pub fn this_type(&self, parameter: EntryId) -> Option<EntryId> {
        let is_parameter = self.tree.tag(parameter) == dw::DW_TAG_formal_parameter;
        let is_this = is_parameter && self.tree.attr(parameter, dw::DW_AT_artificial).is_some();
        is_this.then(|| self.pointer_type(parameter)).flatten()
    }

    pub fn wide_reference(&mut self, unit: u32, ty: EntryId) -> AttributeValue {
        let entry = self.wide(ty);
        if unit == ty.unit {
            return AttributeValue::UnitRef(entry);
        }
        let unit = self.unit(ty.unit);
        AttributeValue::DebugInfoRef(DebugInfoRef::Entry(unit, entry))
    }

    /// Makes the type with pointers of 8 bytes.
    fn wide(&mut self, ty: EntryId) -> UnitEntryId {
        if let Some(entry) = self.wide.get(&ty) {
            return *entry;
        }
        let tag = self.tree.tag(ty);
        let unit = self.unit(ty.unit);
        let unit = self.out.units.get_mut(unit);
        let entry = unit.add(unit.root(), tag);
        self.wide.insert(ty, entry);
        self.copy_attrs(ty, ty.unit, entry);
        if POINTERS.contains(&tag) {
            let size = AttributeValue::Data1(8);
            self.set(ty.unit, entry, dw::DW_AT_byte_size, size);
        } else if let Some(inner) = self.tree.reference(ty, dw::DW_AT_type) {
            let inner = self.wide_reference(ty.unit, inner);
            self.set(ty.unit, entry, dw::DW_AT_type, inner);
        }
        entry
    }
}
