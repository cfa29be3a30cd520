//! The C functions by which a program reaches into an instance, and the user's own imports into the
//! one that calls them: see [`kiln_abi::library::INSTANCE_FUNCTIONS`].
//!
//! # Safety
//!
//! All of them are `unsafe`, and the C programmer promises the same of each: instances, buffers and strings are
//! what they are said to be. Null for an instance is found out.

use crate::guest::Memory;
use crate::instance::Instance;
use crate::program;
use crate::state::State;
use core::ffi::{CStr, c_char};
use core::ptr;
use kiln_abi::layout::{MemoryCell, NO_MEMORY};
use kiln_abi::library::Status;

/// Returns the exported memory, if there is one by now.
///
/// # Safety
///
/// That of this file's functions.
unsafe fn memory(state: *mut State) -> Option<Memory> {
    let offset = program::linked().program.exported_memory;
    if state.is_null() || offset == NO_MEMORY {
        return None;
    }
    let cell: *const MemoryCell = state.wrapping_byte_add(offset as usize).cast();
    // SAFETY: the cell lies in the state, which the caller promises; before the start it is zeros.
    let MemoryCell { base, len, .. } = unsafe { *cell };
    (base != 0).then_some(Memory {
        base: base as *mut u8,
        len: len as usize,
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_memory(state: *mut State) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { memory(state) }.map_or(ptr::null_mut(), |memory| memory.base)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_memory_size(state: *mut State) -> usize {
    // SAFETY: the caller's promise.
    unsafe { memory(state) }.map_or(0, |memory| memory.len)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_read(
    state: *mut State,
    address: u64,
    buffer: *mut u8,
    len: usize,
) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { copy(state, address, len, |from| (from, buffer)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_write(
    state: *mut State,
    address: u64,
    bytes: *const u8,
    len: usize,
) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { copy(state, address, len, |to| (bytes.cast_mut(), to)) }
}

/// Copies `len` bytes from and to what `direction` says of those at `address`, if they lie in the
/// memory.
///
/// # Safety
///
/// That of this file's functions.
unsafe fn copy(
    state: *mut State,
    address: u64,
    len: usize,
    direction: impl FnOnce(*mut u8) -> (*mut u8, *mut u8),
) -> u32 {
    // SAFETY: the caller's promise.
    let place = unsafe { memory(state) }.and_then(|memory| memory.place(address, len));
    let Some((from, to)) = place.map(direction) else {
        return Status::OutOfBounds as u32;
    };
    // SAFETY: one side lies in the memory, the other is what the caller says.
    unsafe { ptr::copy(from, to, len) };
    Status::Ok as u32
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_trap(state: *mut State, message: *const c_char) -> ! {
    // SAFETY: the caller's promise.
    let (instance, message) = unsafe { (Instance::of(state), CStr::from_ptr(message)) };
    instance.end(Status::Trap, &[b"wasm trap: ", message.to_bytes()])
}
