//! The runtime that every executable made by Kiln carries along: start-up, linear memory, traps, and the host
//! functions of WASI preview1. No allocator, no libc.
//!
//! A module uses those below it alone, and a test holds them to that (`floors`). From the bottom up: [`arch`] and [`sys`];
//! [`launch`], [`config`] and [`refusal`]; [`path`], [`embed`], [`fd`] and [`host`]; [`instance`], with memories and
//! tables; [`wasi`] beside [`trap`]; [`exit`], `signal` and `timeout`; `sandbox`, and `start`, or `library`.
//!
//! A program runs through these modules in this order: `start` relocates the executable, maps the
//! [`stack`], and has [`create`] put the [`instance`]'s state and memories in their places; `signal`
//! takes over faults (and [`trap`] judges them, and [`backtrace`] tells where), [`host`] readies WASI, `sandbox` has
//! the kernel confine the process, compiled code runs, [`exit`] ends the process. Compiled code calls back into [`memory`], [`table`], [`atomics`], [`math`], [`mem`],
//! `exception`, whose exceptions live in [`heap`], and the WASI functions.

#![cfg_attr(not(test), no_std)]

#[cfg(feature = "linked")]
mod access;
pub mod arch;
pub mod atomics;
pub mod backtrace;
pub mod budget;
pub mod config;
pub mod cpu;
pub mod create;
pub mod embed;
#[cfg(feature = "linked")]
pub mod exception;
pub mod exit;
pub mod fault;
pub mod fd;
#[cfg(test)]
mod floors;
pub mod given_text;
pub mod growable;
pub mod guest;
pub mod heap;
pub mod host;
pub mod instance;
pub mod launch;
#[cfg(any(test, feature = "library"))]
pub mod library;
#[cfg(any(test, feature = "library"))]
pub mod life;
pub mod limits;
pub mod lines;
pub mod listen;
pub mod math;
pub mod mem;
pub mod memory;
pub mod path;
#[cfg(feature = "standalone")]
mod profile;
pub mod program;
pub mod refusal;
pub mod report;
#[cfg(feature = "standalone")]
mod sandbox;
pub mod scratch;
#[cfg(feature = "linked")]
mod sigaction;
#[cfg(feature = "standalone")]
mod signal;
pub mod stack;
#[cfg(feature = "standalone")]
mod start;
pub mod state;
pub mod sys;
pub mod table;
#[cfg(test)]
mod testing;
#[cfg(feature = "standalone")]
mod thread;
#[cfg(feature = "standalone")]
mod timeout;
pub mod transfer;
pub mod trap;
pub mod trap_values;
#[cfg(feature = "linked")]
mod uncaught;
pub mod variables;
pub mod wasi;
