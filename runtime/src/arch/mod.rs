//! Code that must be written in assembly, or depends on the processor, and nothing else. Each
//! architecture offers the same names.

pub mod vector;
#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;
