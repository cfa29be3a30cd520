//! Operators that compiled code calls, and the functions of C that rustc counts on. Calls of them keep to
//! what `kiln-runtime` asks for.

use kiln_abi::layout::{MemoryCell, TableCell};
#[cfg(feature = "library")]
use kiln_runtime::library::call::{self, Trampoline};
use kiln_runtime::math::{double, single};
use kiln_runtime::state::State;
use kiln_runtime::{atomics, mem, memory, table};

macro_rules! symbols {
    ($($symbol:ident = $module:ident::$name:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {$(
        #[unsafe(no_mangle)]
        #[allow(unused_unsafe)]
        unsafe extern "C" fn $symbol($($arg: $type),*) -> $result {
            // SAFETY: see above.
            unsafe { $module::$name($($arg),*) }
        }
    )*};
}

symbols! {
    kiln_memory_grow = memory::memory_grow(state: *mut State, cell: *mut MemoryCell, pages: u64) -> u64;
    kiln_memory_grow_mapping =
        memory::memory_grow_mapping(state: *mut State, cell: *mut MemoryCell, pages: u64) -> u64;
    kiln_memory_grow_moving =
        memory::memory_grow_moving(state: *mut State, cell: *mut MemoryCell, pages: u64) -> u64;
    kiln_table_grow =
        table::table_grow(state: *mut State, cell: *mut TableCell, elements: u64, init: u64) -> u64;
    kiln_table_fill = table::table_fill(first: *mut u64, value: u64, elements: u64) -> ();
    kiln_atomic_wait32 =
        atomics::atomic_wait32(address: *const u32, expected: u32, timeout: i64) -> u32;
    kiln_atomic_wait64 =
        atomics::atomic_wait64(address: *const u64, expected: u64, timeout: i64) -> u32;
    kiln_atomic_notify = atomics::atomic_notify(address: *const u8, count: u32) -> u32;
    kiln_ceil_f32 = single::ceil_f32(x: f32) -> f32;
    kiln_floor_f32 = single::floor_f32(x: f32) -> f32;
    kiln_trunc_f32 = single::trunc_f32(x: f32) -> f32;
    kiln_nearest_f32 = single::nearest_f32(x: f32) -> f32;
    kiln_ceil_f64 = double::ceil_f64(x: f64) -> f64;
    kiln_floor_f64 = double::floor_f64(x: f64) -> f64;
    kiln_trunc_f64 = double::trunc_f64(x: f64) -> f64;
    kiln_nearest_f64 = double::nearest_f64(x: f64) -> f64;
    memmove = mem::memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8;
    memset = mem::memset(to: *mut u8, byte: i32, len: usize) -> *mut u8;
    bcmp = mem::bcmp(a: *const u8, b: *const u8, len: usize) -> i32;
    memcmp = mem::memcmp(a: *const u8, b: *const u8, len: usize) -> i32;
    strlen = mem::strlen(string: *const u8) -> usize;
}

#[cfg(feature = "library")]
symbols! {
    kiln_call = call::call_started(state: *mut State, trampoline: Trampoline, values: *mut u128) -> u32;
}

/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the ranges may overlap there.
    unsafe { memmove(to, from, len) }
}
