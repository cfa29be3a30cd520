//! The contract of Kiln's compiler and runtime, and nothing else: where state lives
//! ([`layout`]), the names they link by ([`symbols`]), how traps are numbered ([`trap`]) and their
//! places recorded ([`sites`], [`lines`]), how exceptions are told ([`tags`]), initial contents ([`image`]),
//! the configuration ([`config`]) and the files
//! ([`embed`]) baked into an executable, the C interface of a library ([`library`]) and the
//! WASI functions ([`contract`]) with the system calls that they need ([`syscalls`]); besides, what
//! both say to people and read of them: [`grants`], [`units`], [`nearest`], [`printable`].
//!
//! Formats are read by the runtime (`no_std`, no allocator) and written by the compiler (feature
//! `alloc`), so that each stands here once, with its reader and its writer side by side.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

pub mod config;
pub mod contract;
pub mod cpu;
pub mod embed;
pub mod exception;
pub mod grants;
pub mod image;
pub mod layout;
pub mod leb128;
pub mod library;
pub mod lines;
pub mod nearest;
pub mod printable;
pub mod profile;
mod search;
pub mod sites;
pub mod symbols;
pub mod syscalls;
pub mod tags;
pub mod trap;
pub mod units;

/// Version of everything in this crate. The compiler writes it into
/// [`layout::Program::abi_version`]; the runtime refuses any other.
pub const ABI_VERSION: u64 = 7;
