//! Files of the user's own that are linked in: relocatable objects, and archives of them.

use crate::Error;
use kiln_abi::printable::Printable;
use kiln_link::{is_archive, is_object};
use object::read::archive::ArchiveFile;
use object::{Object as _, ObjectSymbol as _};
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
pub(crate) fn defined_symbols(inputs: &[LinkInput]) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    for input in inputs {
        for (name, bytes) in members(&input.name, &input.bytes)? {
            let file = object::File::parse(bytes)
                .map_err(|error| Error::new(format!("`{name}` is malformed: {error}")))?;
            let defined = file.symbols().filter(|symbol| symbol.is_global());
            let defined = defined.filter(|symbol| symbol.is_definition());
            names.extend(defined.filter_map(|symbol| symbol.name().ok().map(str::to_owned)));
        }
    }
    Ok(names)
}

/// The objects in an input, by what errors call them: itself, or its members.
pub(crate) fn members<'a>(name: &str, bytes: &'a [u8]) -> Result<Vec<(String, &'a [u8])>, Error> {
    if !is_archive(bytes) {
        check_object(name, bytes)?;
        return Ok(vec![(name.to_owned(), bytes)]);
    }
    let malformed = |error| Error::new(format!("`{name}` is malformed: {error}"));
    let archive = ArchiveFile::parse(bytes).map_err(malformed)?;
    let mut members = Vec::new();
    for member in archive.members() {
        let member = member.map_err(malformed)?;
        let member_name = format!("{name}({})", Printable(member.name()));
        let object = member.data(bytes).map_err(malformed)?;
        check_object(&member_name, object)?;
        members.push((member_name, object));
    }
    Ok(members)
}

fn check_object(name: &str, bytes: &[u8]) -> Result<(), Error> {
    if is_object(bytes) {
        return Ok(());
    }
    Err(Error::new(format!(
        "`{name}` is neither an x86-64 ELF object nor an archive"
    ))
    .help("compile it to an object, as by `cc -c -O2`"))
}
