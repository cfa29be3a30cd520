//! The lowest floor, on which all of the runtime stands: errors, numbers as text, mappings, and directories and types
//! as the kernel and WASI have them. Nothing here knows an instance.

pub mod errno;
pub mod listing;
pub mod pages;
pub mod system_error;
pub mod text;
pub mod types;
