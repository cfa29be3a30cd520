//! Debug information in a file of its own (`--debug-file`): an executable becomes one without debug
//! information, and the file, as `objcopy --only-keep-debug` makes it.
//!
//! Both have the build ID that the linker wrote, and the executable names the file in `.gnu_debuglink`: by
//! either a debugger finds the file. The file keeps the headers of all sections, but bytes only of notes and
//! of what is not loaded. What is loaded of the executable stays at its place, byte for byte.

use crate::Error;
use object::build::ByteString;
use object::build::elf::{Builder, SectionData};
use object::elf;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// An executable and its debug information.
pub(crate) struct Split {
    pub executable: Vec<u8>,
    pub debug: Vec<u8>,
}

/// Splits what is linked; `name` is that of the file. `strip` leaves the symbol table to the file.
pub(crate) fn split(linked: &[u8], name: &OsStr, strip: bool) -> Result<Split, Error> {
    let failed = |error| Error::new(format!("cannot take the debug information apart: {error}"));
    let debug = debug_file(linked).map_err(failed)?;
    let link = debug_link(name, &debug);
    let executable = executable(linked, link, strip).map_err(failed)?;
    Ok(Split { executable, debug })
}

fn debug_file(linked: &[u8]) -> object::build::Result<Vec<u8>> {
    let mut file = Builder::read(linked)?;
    for section in &mut file.sections {
        if section.is_alloc() && section.sh_type != elf::SHT_NOTE {
            section.sh_type = elf::SHT_NOBITS;
            section.data = SectionData::UninitializedData(section.sh_size);
        }
    }
    for segment in &mut file.segments {
        if segment.p_type != elf::PT_NOTE {
            segment.p_filesz = 0;
        }
    }
    written(file)
}

fn executable(linked: &[u8], link: Vec<u8>, strip: bool) -> object::build::Result<Vec<u8>> {
    let mut file = Builder::read(linked)?;
    for section in &mut file.sections {
        let is_symbols = matches!(section.data, SectionData::Symbol | SectionData::String);
        section.delete =
            !section.is_alloc() && (section.name.starts_with(b".debug_") || strip && is_symbols);
    }
    if strip {
        for symbol in &mut file.symbols {
            symbol.delete = true;
        }
    }
    let section = file.sections.add();
    section.name = ByteString::from(&b".gnu_debuglink"[..]);
    section.sh_type = elf::SHT_PROGBITS;
    section.sh_addralign = 4;
    section.data = SectionData::Data(link.into());
    written(file)
}

fn written(file: Builder) -> object::build::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.write(&mut bytes)?;
    Ok(bytes)
}

/// Makes the contents of `.gnu_debuglink`: the name of the file, zeros up to a multiple of 4, and the
/// CRC-32 of the file.
fn debug_link(name: &OsStr, debug: &[u8]) -> Vec<u8> {
    let mut link = name.as_bytes().to_vec();
    link.push(0);
    link.resize(link.len().next_multiple_of(4), 0);
    link.extend(crc32fast::hash(debug).to_le_bytes());
    link
}
