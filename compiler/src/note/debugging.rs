//! Symbols and debug information of a file, by its sections.

use object::read::archive::ArchiveFile;
use object::{FileKind, Object as _, ObjectSection as _, ObjectSymbol as _};
use serde::Serialize;

/// The symbols and debug information of an executable, a library or an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Debugging {
    /// True if functions have symbols.
    pub symbols: bool,
    /// True if there is debug information.
    pub dwarf: bool,
    /// The name of the file that has the debug information instead.
    pub file: Option<String>,
}

impl Debugging {
    /// Looks into an ELF file or an archive of such. In what is damaged, nothing is found.
    pub fn of(file: &[u8]) -> Self {
        let found = match FileKind::parse(file) {
            Ok(FileKind::Archive) => in_archive(file),
            _ => in_elf(file),
        };
        found.unwrap_or_default()
    }
}

fn in_elf(elf: &[u8]) -> object::Result<Debugging> {
    let file = object::File::parse(elf)?;
    let link = file.gnu_debuglink()?;
    Ok(Debugging {
        symbols: file
            .symbols()
            .any(|symbol| symbol.is_local() && symbol.is_definition()),
        dwarf: file
            .section_by_name(".debug_info")
            .is_some_and(|section| section.size() > 0),
        file: link.map(|(name, _)| String::from_utf8_lossy(name).into_owned()),
    })
}

fn in_archive(archive: &[u8]) -> object::Result<Debugging> {
    let mut all = Debugging::default();
    for member in ArchiveFile::parse(archive)?.members() {
        let found = in_elf(member?.data(archive)?).unwrap_or_default();
        all.symbols |= found.symbols;
        all.dwarf |= found.dwarf;
    }
    Ok(all)
}
