//! Pointers in memory.
//!
//! A pointer in the module's memory has 4 bytes, and counts from the start of that memory. DWARF cannot say so
//! to gdb and lldb: neither knows classes of addresses on this processor, gdb 13 aborts on a `char` whose type
//! has a location of its data, and lldb 14 reads 8 bytes of every pointer. So a pointer in memory is described
//! as a structure with the operators `*` and `->`, as a smart pointer of C++. For these both call a function in
//! the process, which exists for them alone. In a library a pointer has no operators, since it does not tell
//! its instance.

use super::Writer;
use super::pointers::POINTERS;
use crate::Error;
use crate::dwarf::EntryId;
use gimli::write::{AttributeValue, UnitEntryId};
use gimli::{self as dw, DwTag};
use object::write::{Object, StandardSection, Symbol, SymbolSection};
use object::{SymbolFlags, SymbolKind, SymbolScope};

/// The function that gives the address in the process of what a pointer in memory points to.
const FUNCTION: &str = "kiln::pointer";
/// Bytes of a pointer of the module.
const SIZE: u8 = 4;
/// The deepest chain of types that a name tells.
const DEEPEST: usize = 10;

/// Adds the function for pointers in memory.
pub(super) fn add_function(object: &mut Object, base: u64) -> Result<(), Error> {
    let base = i32::try_from(base).map_err(super::failed)?;
    let mut code = vec![
        0x8b, 0x07, // mov eax, [rdi]
        0x85, 0xc0, // test eax, eax
        0x74, 0x06, // je, to ret
        0x48, 0x05, // add rax, base
    ];
    code.extend(base.to_le_bytes());
    code.push(0xc3); // ret
    let section = object.section_id(StandardSection::Text);
    let value = object.append_section_data(section, &code, 1);
    object.add_symbol(Symbol {
        name: FUNCTION.into(),
        value,
        size: code.len() as u64,
        kind: SymbolKind::Text,
        scope: SymbolScope::Compilation,
        weak: false,
        section: SymbolSection::Section(section),
        flags: SymbolFlags::None,
    });
    Ok(())
}

impl Writer<'_> {
    /// Tells whether the type is one of pointers that are described as structures.
    pub fn is_in_memory(&self, id: EntryId) -> bool {
        let encoding = self.tree.units[id.unit as usize].unit.encoding();
        POINTERS.contains(&self.tree.tag(id)) && encoding.address_size == SIZE
    }

    /// Completes the structure that describes pointers of a type.
    pub fn describe_in_memory(&mut self, id: EntryId, entry: UnitEntryId) {
        let unit = id.unit;
        let name = self.type_name(id, DEEPEST);
        self.set_text(unit, entry, dw::DW_AT_name, &name);
        self.set(
            unit,
            entry,
            dw::DW_AT_byte_size,
            AttributeValue::Data1(SIZE),
        );
        let target = self.tree.reference(id, dw::DW_AT_type);
        let is_function = target.is_some_and(|to| self.tree.tag(to) == dw::DW_TAG_subroutine_type);
        let member = self.child(unit, entry, dw::DW_TAG_member);
        let name = if is_function { "index" } else { "offset" };
        self.set_text(unit, member, dw::DW_AT_name, name.as_bytes());
        let start = AttributeValue::Udata(0);
        self.set(unit, member, dw::DW_AT_data_member_location, start);
        let ty = AttributeValue::UnitRef(self.offset_type(unit));
        self.set(unit, member, dw::DW_AT_type, ty);
        let has_operators = !is_function && self.memory_base().is_some();
        let Some(target) = target.filter(|_| has_operators) else {
            return;
        };
        let this = self.child_of_root(unit, dw::DW_TAG_const_type);
        let ty = AttributeValue::UnitRef(entry);
        self.set(unit, this, dw::DW_AT_type, ty);
        let this = self.pointer_to(unit, dw::DW_TAG_pointer_type, AttributeValue::UnitRef(this));
        for (name, tag) in [
            ("operator*", dw::DW_TAG_reference_type),
            ("operator->", dw::DW_TAG_pointer_type),
        ] {
            let target = self.reference(unit, target);
            let result = self.pointer_to(unit, tag, target);
            self.operator(unit, entry, name, this, result);
        }
    }

    /// Tells whether a member is the pointer to the functions of a class, which gdb demands to be a pointer.
    pub fn is_vtable_pointer(&self, id: EntryId) -> bool {
        let name = self.tree.attr(id, dw::DW_AT_name);
        let name = name.and_then(|name| self.tree.string(id, name));
        self.tree.tag(id) == dw::DW_TAG_member
            && name.is_some_and(|name| name.starts_with(b"_vptr"))
    }

    /// Gives another name for the pointer in a slice of Rust, by whose name gdb knows slices, and demands that it
    /// is a pointer.
    pub fn other_name(&self, id: EntryId) -> Option<&'static [u8]> {
        let name = self.tree.attr(id, dw::DW_AT_name)?;
        let is_it = self.tree.string(id, name)? == b"data_ptr";
        (is_it && self.tree.tag(id) == dw::DW_TAG_member).then_some(b"pointer")
    }

    /// Declares an operator of a structure.
    fn operator(
        &mut self,
        unit: u32,
        structure: UnitEntryId,
        name: &str,
        this: UnitEntryId,
        result: UnitEntryId,
    ) {
        let operator = self.child(unit, structure, dw::DW_TAG_subprogram);
        self.set_text(unit, operator, dw::DW_AT_name, name.as_bytes());
        self.set_text(unit, operator, dw::DW_AT_linkage_name, FUNCTION.as_bytes());
        let parameter = self.child(unit, operator, dw::DW_TAG_formal_parameter);
        for (entry, name, value) in [
            (operator, dw::DW_AT_type, AttributeValue::UnitRef(result)),
            (operator, dw::DW_AT_external, AttributeValue::Flag(true)),
            (operator, dw::DW_AT_declaration, AttributeValue::Flag(true)),
            (
                operator,
                dw::DW_AT_object_pointer,
                AttributeValue::UnitRef(parameter),
            ),
            (parameter, dw::DW_AT_type, AttributeValue::UnitRef(this)),
            (parameter, dw::DW_AT_artificial, AttributeValue::Flag(true)),
        ] {
            self.set(unit, entry, name, value);
        }
    }

    /// Makes a type of pointers or references of the process.
    fn pointer_to(&mut self, unit: u32, tag: DwTag, to: AttributeValue) -> UnitEntryId {
        let pointer = self.child_of_root(unit, tag);
        self.set(unit, pointer, dw::DW_AT_byte_size, AttributeValue::Data1(8));
        self.set(unit, pointer, dw::DW_AT_type, to);
        pointer
    }

    /// Gives the type of what a pointer in memory holds.
    fn offset_type(&mut self, unit: u32) -> UnitEntryId {
        if let Some(known) = self.offset_types.get(&unit) {
            return *known;
        }
        let entry = self.child_of_root(unit, dw::DW_TAG_base_type);
        self.set_text(unit, entry, dw::DW_AT_name, b"offset");
        self.set(
            unit,
            entry,
            dw::DW_AT_byte_size,
            AttributeValue::Data1(SIZE),
        );
        let unsigned = AttributeValue::Encoding(dw::DW_ATE_unsigned);
        self.set(unit, entry, dw::DW_AT_encoding, unsigned);
        self.offset_types.insert(unit, entry);
        entry
    }

    /// Names a type as C does.
    fn type_name(&self, id: EntryId, deepest: usize) -> Vec<u8> {
        let name = self.tree.attr(id, dw::DW_AT_name);
        if let Some(name) = name.and_then(|name| self.tree.string(id, name)) {
            return name.to_vec();
        }
        let target = self.tree.reference(id, dw::DW_AT_type);
        let inner = match target {
            Some(_) if deepest == 0 => b"...".to_vec(),
            Some(target) => self.type_name(target, deepest - 1),
            None => b"void".to_vec(),
        };
        let (before, behind): (&[u8], &[u8]) = match self.tree.tag(id) {
            dw::DW_TAG_pointer_type => (b"", b" *"),
            dw::DW_TAG_reference_type => (b"", b" &"),
            dw::DW_TAG_rvalue_reference_type => (b"", b" &&"),
            dw::DW_TAG_const_type => (b"const ", b""),
            dw::DW_TAG_volatile_type => (b"volatile ", b""),
            dw::DW_TAG_array_type => (b"", b" []"),
            dw::DW_TAG_subroutine_type => (b"", b" ()"),
            dw::DW_TAG_structure_type | dw::DW_TAG_union_type => return b"struct".to_vec(),
            _ => (b"", b""),
        };
        [before, &inner, behind].concat()
    }

    fn child(&mut self, unit: u32, parent: UnitEntryId, tag: DwTag) -> UnitEntryId {
        let unit = self.unit(unit);
        self.out.units.get_mut(unit).add(parent, tag)
    }

    fn child_of_root(&mut self, unit: u32, tag: DwTag) -> UnitEntryId {
        let id = self.unit(unit);
        let root = self.out.units.get(id).root();
        self.child(unit, root, tag)
    }

    fn set_text(&mut self, unit: u32, entry: UnitEntryId, name: dw::DwAt, text: &[u8]) {
        let text = AttributeValue::StringRef(self.out.strings.add(text));
        self.set(unit, entry, name, text);
    }
}
