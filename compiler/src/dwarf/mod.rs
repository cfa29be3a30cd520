//! Debug information in DWARF: of a module, or of a file beside it. What is damaged or missing is told
//! by a warning, because a program runs as well without it.

mod sections;

pub use sections::{DebugFile, debug_file_of};
pub(crate) use sections::{Found, find};
