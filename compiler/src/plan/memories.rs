//! Linear memories: where each lies, how much address space is held for it, how far it may grow.

use super::state::StateBuilder;
use super::{Form, MemoryPlace};
use crate::Error;
use crate::module::Module;
use crate::options::{BoundsChecks, Options};
use kiln_abi::layout::{
    HOST_PAGE, MEMORY_BASE, MEMORY_GUARD_BELOW, MEMORY_RESERVE, MemoryPlan, WASM_PAGE,
};
use wasmparser::MemoryType;

/// Decides where every memory lies and what the runtime is to do for it.
pub(super) fn place(
    module: &Module,
    options: &Options,
    form: Form,
    state: &mut StateBuilder,
) -> Result<(Vec<MemoryPlace>, Vec<MemoryPlan>), Error> {
    let mut fixed_taken = false;
    let place = |(index, ty): (usize, &MemoryType)| {
        let page_log2 = page_log2(ty);
        let (len, max) = lengths(index, ty, options)?;
        let cell = state.memory_cell(len, max, page_log2);
        let is_guarded = options.bounds_checks == BoundsChecks::Guard
            && !ty.memory64
            && page_log2 == WASM_PAGE.ilog2();
        if is_guarded && form == Form::Library {
            let plan = MemoryPlan {
                cell,
                reserve: MEMORY_RESERVE,
                ..MemoryPlan::default()
            };
            return Ok((MemoryPlace::Guarded { cell }, plan));
        }
        if is_guarded && !fixed_taken {
            fixed_taken = true;
            let base = MEMORY_BASE;
            let plan = MemoryPlan {
                cell,
                fixed_base: base,
                reserve: MEMORY_RESERVE,
                guard_below: MEMORY_GUARD_BELOW,
            };
            return Ok((MemoryPlace::Fixed { base, cell }, plan));
        }
        let reserve = match options.bounds_checks {
            BoundsChecks::Guard => max.next_multiple_of(HOST_PAGE).max(HOST_PAGE),
            BoundsChecks::Explicit => 0,
        };
        let plan = MemoryPlan {
            cell,
            reserve,
            ..MemoryPlan::default()
        };
        Ok((MemoryPlace::Checked { cell }, plan))
    };
    let placed: Result<Vec<_>, Error> = module.memories.iter().enumerate().map(place).collect();
    Ok(placed?.into_iter().unzip())
}

fn page_log2(ty: &MemoryType) -> u32 {
    ty.page_size_log2.unwrap_or(WASM_PAGE.ilog2())
}

/// The bytes a memory starts with and may come to have.
fn lengths(index: usize, ty: &MemoryType, options: &Options) -> Result<(u64, u64), Error> {
    let page_log2 = page_log2(ty);
    let bytes = |pages: u64| {
        pages
            .checked_shl(page_log2)
            .filter(|bytes| bytes >> page_log2 == pages)
    };
    let limit = address_space(ty);
    let len = bytes(ty.initial).filter(|len| *len <= limit);
    let len = len.ok_or_else(|| {
        Error::new(format!(
            "memory {index} starts with {} pages, more than an executable can reserve",
            ty.initial
        ))
    })?;
    if let Some(allowed) = options.max_memory
        && len > allowed
    {
        let message = format!("memory {index} starts with {len} bytes, {allowed} are allowed");
        return Err(Error::new(message).help("allow more by `--max-memory`"));
    }
    let limit = limit.min(options.max_memory.unwrap_or(u64::MAX));
    let max = ty.maximum.and_then(bytes).unwrap_or(limit).min(limit);
    Ok((len, max))
}

/// The most bytes a memory of this type can come to have.
fn address_space(ty: &MemoryType) -> u64 {
    // Of a 64-bit memory, as much as is reserved without asking much of a 47-bit address space.
    if ty.memory64 { 1 << 38 } else { 1 << 32 }
}
