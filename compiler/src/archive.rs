//! Static libraries: an archive (`ar`, in GNU's form) of one object, with its index of symbols.

use crate::Error;
use ar_archive_writer::{
    ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember, write_archive_to_stream,
};
use std::io::Cursor;

/// The archive of `object`, under the name `member`. Holds no times and no owners.
pub(crate) fn archive(member: &str, object: &[u8]) -> Result<Vec<u8>, Error> {
    let member = NewArchiveMember::new(object, &DEFAULT_OBJECT_READER, member.to_owned());
    let mut out = Cursor::new(Vec::new());
    write_archive_to_stream(&mut out, &[member], ArchiveKind::Gnu, false, None)
        .map_err(|error| Error::new(format!("cannot write the archive: {error}")))?;
    Ok(out.into_inner())
}
