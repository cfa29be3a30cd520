//! Files of the user's own that are linked in: relocatable objects, and archives of them.

use crate::Error;
use crate::target::Machine;
use kiln_abi::printable::Printable;
use kiln_link::{is_archive, is_object};
use object::read::archive::ArchiveFile;
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags};
use std::collections::BTreeSet;

/// A relocatable ELF object, or an archive (`ar`) of them, whose members are taken as needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LinkInput {
    /// Its name in errors.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// All global symbols that `inputs` define.
pub(crate) fn defined_symbols(
    machine: &Machine,
    inputs: &[LinkInput],
) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    for input in inputs {
        for (name, bytes) in members(machine, &input.name, &input.bytes)? {
            let file = object::File::parse(bytes)
                .map_err(|error| Error::new(format!("`{name}` is malformed: {error}")))?;
            check_relocations(machine, &name, &file)?;
            let defined = file.symbols().filter(|symbol| symbol.is_global());
            let defined = defined.filter(|symbol| symbol.is_definition());
            names.extend(defined.filter_map(|symbol| symbol.name().ok().map(str::to_owned)));
        }
    }
    Ok(names)
}

/// The objects in an input, by what errors call them: itself, or its members.
pub(crate) fn members<'a>(
    machine: &Machine,
    name: &str,
    bytes: &'a [u8],
) -> Result<Vec<(String, &'a [u8])>, Error> {
    if !is_archive(bytes) {
        check_object(machine, name, bytes)?;
        return Ok(vec![(name.to_owned(), bytes)]);
    }
    let malformed = |error| Error::new(format!("`{name}` is malformed: {error}"));
    let archive = ArchiveFile::parse(bytes).map_err(malformed)?;
    let mut members = Vec::new();
    for member in archive.members() {
        let member = member.map_err(malformed)?;
        let member_name = format!("{name}({})", Printable(member.name()));
        let object = member.data(bytes).map_err(malformed)?;
        check_object(machine, &member_name, object)?;
        members.push((member_name, object));
    }
    Ok(members)
}

fn check_object(machine: &Machine, name: &str, bytes: &[u8]) -> Result<(), Error> {
    if is_object(bytes, machine.linker) {
        return Ok(());
    }
    Err(Error::new(format!(
        "`{name}` is neither an {} ELF object nor an archive",
        machine.linker.name()
    ))
    .help("compile it to an object, as by `cc -c -O2`"))
}

/// Checks that each relocation lies in its section, because the linker takes that for granted.
fn check_relocations(machine: &Machine, name: &str, file: &object::File) -> Result<(), Error> {
    for section in file.sections() {
        // Sections of zeros have no bytes in the file.
        let bytes = section.compressed_file_range();
        let len = bytes.map_or(0, |range| range.uncompressed_size);
        for (offset, relocation) in section.relocations() {
            let end = offset.checked_add(field_size(machine, relocation.flags()));
            if end.is_none_or(|end| end > len) {
                let section = Printable(section.name_bytes().unwrap_or_default());
                return Err(Error::new(format!(
                    "`{name}` is malformed: a relocation of section `{section}` is at offset \
                     {offset:#x}, where the section has {len} bytes"
                ))
                .help("the file is damaged: compile it anew"));
            }
        }
    }
    Ok(())
}

/// Bytes that a relocation changes.
fn field_size(machine: &Machine, flags: RelocationFlags) -> u64 {
    let RelocationFlags::Elf { r_type } = flags else {
        return 0;
    };
    (machine.relocations.field)(r_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;
    use object::elf;
    use object::write::{Object, Relocation, StandardSection};
    use object::{Architecture, BinaryFormat, Endianness};

    /// An object of a section with 40 bytes, or 40 zeros, and a relocation in it.
    fn object(section: StandardSection, offset: u64, r_type: u32) -> LinkInput {
        let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
        let id = object.section_id(section);
        if section == StandardSection::UninitializedData {
            object.append_section_bss(id, 40, 8);
        } else {
            object.append_section_data(id, &[0; 40], 8);
        }
        let symbol = object.section_symbol(id);
        let relocation = Relocation {
            offset,
            symbol,
            addend: 0,
            flags: RelocationFlags::Elf { r_type },
        };
        object.add_relocation(id, relocation).expect("a relocation");
        LinkInput {
            name: "a.o".to_owned(),
            bytes: object.write().expect("an object"),
        }
    }

    #[test]
    fn relocations_lie_in_their_sections() {
        use StandardSection::{Data, Text, UninitializedData};
        for (section, offset, r_type, is_right) in [
            (Data, 32, elf::R_X86_64_64, true),
            (Data, 33, elf::R_X86_64_64, false),
            (Text, 36, elf::R_X86_64_PLT32, true),
            (Text, 37, elf::R_X86_64_REX_GOTPCRELX, false),
            (Data, 39, elf::R_X86_64_8, true),
            (Data, 40, elf::R_X86_64_8, false),
            (Data, 39, elf::R_X86_64_16, false),
            (Data, u64::MAX, elf::R_X86_64_32, false),
            (UninitializedData, 0, elf::R_X86_64_64, false),
        ] {
            let checked = defined_symbols(
                Machine::of(Target::X86_64),
                &[object(section, offset, r_type)],
            );
            assert_eq!(checked.is_ok(), is_right, "{section:?}, {offset}, {r_type}");
            if let Err(error) = checked {
                let told = error.to_string();
                assert!(
                    told.starts_with("`a.o` is malformed: a relocation of"),
                    "{told}"
                );
                assert!(error.advice().is_some());
            }
        }
    }
}
