//! The symbols that compiled code calls and that rustc emits calls of, a wrapper around each function of
//! `kiln-runtime`.
//!
//! The runtime's own code runs once, at the start or at the end of a program, and is compiled to be small.
//! What compiled code calls runs in loops. It is `#[inline]` in `kiln-runtime`, so that it is compiled
//! here, where the profile `runtime` asks for speed.

#![cfg_attr(not(test), no_std)]

#[cfg(feature = "linked")]
mod arch;
#[cfg(feature = "linked")]
mod operators;
#[cfg(feature = "linked")]
mod panic;
#[cfg(feature = "linked")]
mod wasi;

// Has the symbols that need no wrapper.
use kiln_runtime as _;
