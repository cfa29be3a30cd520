//! Debug information in DWARF: of a module, or of a file beside it. What is damaged or missing is told
//! by a warning, because a program runs as well without it.

mod lines;
mod sections;
mod tree;

pub(crate) use lines::{Lines, Row, file};
pub use sections::{DebugFile, debug_file_of};
pub(crate) use sections::{Found, Slice, find};
pub(crate) use tree::{Attr, EntryId, Tree};
