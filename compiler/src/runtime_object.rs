//! The runtime, compiled: a relocatable object with a section per function, so that an executable
//! keeps only what it can reach. `build.rs` makes it.

/// What every executable is linked with.
pub(crate) static RUNTIME_OBJECT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/runtime.o"));
