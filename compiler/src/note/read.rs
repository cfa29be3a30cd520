//! An ELF file → the note that Kiln left in it.

use super::{Note, OWNER, SECTION, TYPE};
use crate::Error;
use object::elf::FileHeader64;
use object::read::archive::ArchiveFile;
use object::read::elf::{ElfFile64, NoteIterator, ProgramHeader as _, SectionHeader as _};
use object::{FileKind, LittleEndian};

impl Note {
    /// Reads the note in an executable, a shared library, an object, or an archive of such, that
    /// Kiln made or that was linked from what it made. Of several notes the first counts.
    pub fn read(file: &[u8]) -> Result<Self, Error> {
        let note = match FileKind::parse(file) {
            Ok(FileKind::Elf64) => in_elf(file),
            Ok(FileKind::Archive) => in_archive(file),
            _ if file.starts_with(b"\0asm") => {
                return Err(Error::new(
                    "this is a WebAssembly module, not what Kiln makes of one",
                ));
            }
            _ => {
                let error = Error::new("neither a 64-bit ELF file nor an archive");
                return Err(error.help("give a file that Kiln made"));
            }
        };
        let note = note.map_err(|error| Error::new(format!("a damaged file: {error}")))?;
        note.ok_or_else(|| {
            Error::new("there is no note of Kiln's in this file")
                .help("it was not made by Kiln, or its section `.note.kiln` was taken away")
        })?
        .parse()
    }
}

/// A note of Kiln's, whatever its description.
struct Raw<'a> {
    ty: u32,
    description: &'a [u8],
}

impl Raw<'_> {
    fn parse(&self) -> Result<Note, Error> {
        if self.ty != TYPE {
            return Err(
                Error::new("the note is of a version of Kiln that this one does not know")
                    .help("take the `kiln` that made the file, or a later one"),
            );
        }
        serde_json::from_slice(self.description)
            .map_err(|error| Error::new(format!("the note in this file is damaged: {error}")))
    }
}

fn in_archive(archive: &[u8]) -> object::Result<Option<Raw<'_>>> {
    for member in ArchiveFile::parse(archive)?.members() {
        let bytes = member?.data(archive)?;
        if matches!(FileKind::parse(bytes), Ok(FileKind::Elf64))
            && let Some(note) = in_elf(bytes)?
        {
            return Ok(Some(note));
        }
    }
    Ok(None)
}

// What is linked has segments, perhaps no sections any more; an object has sections alone.
fn in_elf(bytes: &[u8]) -> object::Result<Option<Raw<'_>>> {
    let file = ElfFile64::<LittleEndian>::parse(bytes)?;
    for segment in file.elf_program_headers() {
        if let Some(notes) = segment.notes(LittleEndian, bytes)?
            && let Some(note) = ours(notes)?
        {
            return Ok(Some(note));
        }
    }
    let sections = file.elf_section_table();
    for section in sections.iter() {
        if sections.section_name(LittleEndian, section)? == SECTION.as_bytes()
            && let Some(notes) = section.notes(LittleEndian, bytes)?
            && let Some(note) = ours(notes)?
        {
            return Ok(Some(note));
        }
    }
    Ok(None)
}

fn ours<'a>(
    mut notes: NoteIterator<'a, FileHeader64<LittleEndian>>,
) -> object::Result<Option<Raw<'a>>> {
    while let Some(note) = notes.next()? {
        if note.name() == OWNER.as_bytes() {
            return Ok(Some(Raw {
                ty: note.n_type(LittleEndian),
                description: note.desc(),
            }));
        }
    }
    Ok(None)
}
