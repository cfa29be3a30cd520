//! The runtime, compiled: relocatable objects with a section per function, so that what is linked
//! with one keeps only what it can reach. `build.rs` makes them.

/// The object that every executable is linked with.
pub(crate) static RUNTIME_OBJECT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/runtime.o"));

/// The object that every library is combined with.
pub(crate) static RUNTIME_LIBRARY_OBJECT: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/runtime_library.o"));
