//! A library's counterpart of a program's start and end: instances that come and go ([`api`]),
//! calls that come back whatever happens ([`call`]), and faults that are perhaps the program's own
//! ([`signal`], which finds instances in the [`registry`]).
//!
//! A program may use an instance on any thread, but on one at a time; no two instances share anything
//! that is written to, but the registry.

#[cfg(feature = "library")]
mod api;
#[cfg(feature = "library")]
mod block;
#[cfg(feature = "library")]
pub mod call;
mod registry;
#[cfg(feature = "library")]
mod signal;

/// The instances there are.
#[cfg(feature = "library")]
static REGISTRY: registry::Registry = registry::Registry::new();
