//! Shared by the test harnesses: where tools and modules come from, how programs are run and compared.

pub mod around;
pub mod commands;
pub mod docker;
pub mod exceptions;
pub mod options;
pub mod program;
pub mod seccomp;
pub mod suite;
pub mod target;
pub mod toolchain;
pub mod tools;
