//! WASI preview1 and its forerunner snapshot 0: what each function means, a file per family.
//!
//! The functions here take the host they act on and the memory they were called from; those that a
//! program links are in `exports`. Behaviour follows the reference host where the specification
//! leaves it open, except where Linux can do what that refuses.

// How many arguments a function takes is not ours to choose.
#![allow(clippy::too_many_arguments)]

pub mod args;
pub mod clock;
pub mod dir;

pub mod fd;
#[cfg(test)]
mod fuzz;
pub mod io;

pub mod path;
pub mod poll;
pub mod proc;
pub mod random;
pub mod snapshot0;
pub mod sock;
#[cfg(test)]
mod tests;
pub mod times;
