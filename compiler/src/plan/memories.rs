//! Linear memories: where each lies, how much address space is held for it, how far it may grow.

use super::state::StateBuilder;
use super::{Form, MemoryBase, MemoryPlace, TablePlace};
use crate::Error;
use crate::module::{Module, page_log2};
use crate::options::{BoundsChecks, Options};
use kiln_abi::layout::{
    FIXED_GUARD_BELOW, MEMORY_BASE, MEMORY_GUARD_BELOW, MEMORY_RESERVE, Map, MemoryPlan,
    TABLE_ELEMENT, WASM_PAGE,
};
use wasmparser::MemoryType;

/// The bytes of a memory of 65,535 pages.
const BELOW_TOP: u64 = (1 << 32) - WASM_PAGE;

/// Decides where every memory lies and what the runtime is to do for it.
pub(super) fn place(
    module: &Module,
    options: &Options,
    form: Form,
    map: Map,
    state: &mut StateBuilder,
) -> Result<(Vec<MemoryPlace>, Vec<MemoryPlan>), Error> {
    // A library has as many as it has instances.
    let mut has_constant = form == Form::Library;
    let place = |(index, ty): (usize, &MemoryType)| {
        let is_explicit = options.bounds_checks == BoundsChecks::Explicit;
        let is_ordinary = !ty.memory64 && page_log2(ty) == WASM_PAGE.ilog2();
        let is_constant = is_ordinary && !has_constant;
        has_constant |= is_constant;
        let is_guarded = is_ordinary && !is_explicit && (is_constant || form == Form::Library);
        let (len, mut max) = lengths(index, ty, options)?;
        // The specification lets growth fail, and the fold of addresses relies on it.
        if is_guarded && len <= BELOW_TOP {
            max = max.min(BELOW_TOP);
        }
        let cell = state.memory_cell(len, max, page_log2(ty));
        let base = match (is_constant, is_explicit) {
            (true, _) => MemoryBase::Constant(MEMORY_BASE),
            (false, false) => MemoryBase::Settled,
            (false, true) => MemoryBase::Moving,
        };
        let place = MemoryPlace {
            cell,
            base,
            is_checked: !is_guarded,
            has_top: max > BELOW_TOP,
        };
        let plan = MemoryPlan {
            cell,
            fixed_base: if is_constant { MEMORY_BASE } else { 0 },
            reserve: match (is_guarded, is_explicit) {
                (true, _) => MEMORY_RESERVE,
                (false, false) => max.next_multiple_of(map.page).max(map.page),
                (false, true) => 0,
            },
            guard_below: match (is_constant, is_explicit || ty.memory64) {
                // A memory without a reservation is one mapping, and an index of 64 bits is not extended.
                (_, true) => 0,
                (true, false) => FIXED_GUARD_BELOW,
                (false, false) => MEMORY_GUARD_BELOW,
            },
        };
        Ok((place, plan))
    };
    let placed: Result<Vec<_>, Error> = module.memories.iter().enumerate().map(place).collect();
    Ok(placed?.into_iter().unzip())
}

/// Refuses memories and tables that start with more than they may come to have, as the runtime does
/// at a launch that lowers the limit.
pub(super) fn check_limit(
    module: &Module,
    tables: &[TablePlace],
    options: &Options,
) -> Result<(), Error> {
    let Some(allowed) = options.max_memory else {
        return Ok(());
    };
    let memories = module.memories.iter();
    let memories = memories.map(|ty| ty.initial.saturating_mul(1 << page_log2(ty)));
    // What nothing changes lies in the executable.
    let tables = tables.iter().zip(&module.tables);
    let tables = tables.filter(|(place, _)| matches!(place, TablePlace::Mutable { .. }));
    let tables = tables.map(|(_, table)| table.ty.initial.saturating_mul(TABLE_ELEMENT));
    let len = memories.chain(tables).fold(0, u64::saturating_add);
    if len <= allowed {
        return Ok(());
    }
    let message = format!("the memories and tables start with {len} bytes, {allowed} are allowed");
    Err(Error::new(message).help("allow more by `--max-memory`"))
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
    let limit = limit.min(options.max_memory.unwrap_or(u64::MAX));
    let max = ty.maximum.and_then(bytes).unwrap_or(limit).min(limit);
    Ok((len, max))
}

/// The most bytes a memory of this type can come to have.
fn address_space(ty: &MemoryType) -> u64 {
    // Of a 64-bit memory, as much as is reserved without asking much of a 47-bit address space.
    if ty.memory64 { 1 << 38 } else { 1 << 32 }
}
