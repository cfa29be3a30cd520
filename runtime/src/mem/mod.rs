//! `memcpy`, `memmove`, `memset`, `memcmp`, `bcmp`, `strlen`: rustc emits calls of them, and compiled
//! code calls them for `memory.copy`, `memory.fill`, `memory.init`, `table.copy` and `table.init`.
//!
//! | bytes | copy | fill | compare |
//! |---|---|---|---|
//! | up to [`SMALL`] | whole range in registers | overlapping stores | overlapping loads |
//! | to 4 or 8 vectors | whole range in registers | overlapping stores | overlapping loads |
//! | beyond | [`copy`]: loops, `rep movsb`, streaming | [`fill`]: loops, `rep stosb` | [`compare`]: a loop |
//!
//! The operations on more than [`SMALL`] bytes exist twice: with the vectors of the baseline
//! (16 bytes) and with those of AVX2 (32 bytes). [`width`] chooses. `docs/memory-operations.md` has
//! the measurements that set the limits.
//!
//! The bounds of all these ranges are checked before the call, so nothing here may fault, and a fault
//! here is reported as a bug of Kiln (see [`crate::trap`]). No byte outside the ranges is read or
//! written.
//!
//! A loop here must not be turned back into a call of the very function it is in. LLVM recognises
//! loops that store one value per turn; a [`compiler_fence`] in each prevents that. (Miri cannot run
//! these functions, because it knows neither inline assembly nor AVX2. The unit tests compare with the
//! standard library instead, and work next to inaccessible pages.)
//!
//! [`compiler_fence`]: core::sync::atomic::compiler_fence

mod compare;
mod copy;
mod fill;
#[cfg(test)]
mod tests;
mod wide;
mod width;

use crate::arch::vector::Vector;
use crate::arch::{self, Block};

pub use compare::compare;
pub use copy::copy;
pub use fill::fill;

/// Up to this size, operations need no wider vectors than the baseline's.
const SMALL: usize = 4 * size_of::<Block>();

/// As in C.
///
/// # Safety
///
/// As in C.
#[inline(always)]
pub unsafe fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise; each helper gets the lengths it asks for.
    unsafe {
        if len > SMALL {
            if width::is_wide() {
                return wide::copy(to, from, len);
            }
            return copy_narrow::<Block>(to, from, len);
        }
        if len < size_of::<Block>() {
            if len >= size_of::<u64>() {
                copy::ends::<u64>(to, from, len);
            } else if len >= size_of::<u32>() {
                copy::ends::<u32>(to, from, len);
            } else if len >= size_of::<u16>() {
                copy::ends::<u16>(to, from, len);
            } else if len == 1 {
                *to = *from;
            }
            return to;
        }
        if len <= 2 * size_of::<Block>() {
            copy::ends::<Block>(to, from, len);
            return to;
        }
        copy::pairs::<Block>(to, from, len);
        to
    }
}

/// As in C.
///
/// # Safety
///
/// As in C.
#[inline(always)]
pub unsafe fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8 {
    let byte = byte as u8;
    // SAFETY: the caller's promise; each helper gets the lengths it asks for.
    unsafe {
        if len > SMALL {
            if width::is_wide() {
                return wide::fill(to, byte, len);
            }
            return fill_narrow::<Block>(to, byte, len);
        }
        if len < size_of::<Block>() {
            let word = u64::from_ne_bytes([byte; 8]);
            if len >= size_of::<u64>() {
                fill::ends(to, word, len);
            } else if len >= size_of::<u32>() {
                fill::ends(to, word as u32, len);
            } else if len >= size_of::<u16>() {
                fill::ends(to, word as u16, len);
            } else if len == 1 {
                *to = byte;
            }
            return to;
        }
        if len <= 2 * size_of::<Block>() {
            fill::ends(to, Block::splat(byte), len);
            return to;
        }
        fill::pairs(to, Block::splat(byte), len);
        to
    }
}

/// As in C.
///
/// # Safety
///
/// As in C.
#[inline(always)]
pub unsafe fn memcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    // SAFETY: the caller's promise; each helper gets the lengths it asks for.
    unsafe {
        if len > SMALL {
            if width::is_wide() {
                return wide::compare(a, b, len);
            }
            return compare_narrow::<Block>(a, b, len);
        }
        if len < size_of::<Block>() {
            return compare::small(a, b, len);
        }
        if len <= 2 * size_of::<Block>() {
            return compare::result(compare::ends::<Block>(a, b, len));
        }
        compare::result(compare::pairs::<Block>(a, b, len))
    }
}

/// As in BSD's C: [`memcmp`] whose sign does not matter. The runtime itself compares few bytes, and calls
/// nothing else: so this is short, and what has no other use for [`memcmp`] goes without it.
///
/// # Safety
///
/// As [`memcmp`]'s.
#[inline(always)]
pub unsafe fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { compare::differ::<Block>(a, b, len) }
}

/// As in C. The strings at start-up are short: a byte at a time will do.
///
/// # Safety
///
/// As in C.
#[inline(always)]
pub unsafe fn strlen(string: *const u8) -> usize {
    let mut len = 0;
    // SAFETY: the caller's promise: a zero byte ends the string. Volatile, lest the loop be
    // recognised and become a call of itself.
    while unsafe { string.add(len).read_volatile() } != 0 {
        len += 1;
    }
    len
}

/// [`copy()`] by the baseline's vectors. Out of line, so that [`memmove`] needs no stack frame, and
/// generic, so that it is compiled where that is.
#[inline(never)]
unsafe extern "C" fn copy_narrow<V: Vector>(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    width::consider(len);
    // SAFETY: the caller's promise.
    unsafe { copy::<V>(to, from, len) };
    arch::opaque(to)
}

/// [`fill()`] by the baseline's vectors; otherwise as [`copy_narrow`].
#[inline(never)]
unsafe extern "C" fn fill_narrow<V: Vector>(to: *mut u8, byte: u8, len: usize) -> *mut u8 {
    width::consider(len);
    // SAFETY: the caller's promise.
    unsafe { fill::<V>(to, byte, len) };
    arch::opaque(to)
}

/// [`compare()`] by the baseline's vectors; otherwise as [`copy_narrow`].
#[inline(never)]
unsafe extern "C" fn compare_narrow<V: Vector>(a: *const u8, b: *const u8, len: usize) -> i32 {
    width::consider(len);
    // SAFETY: the caller's promise.
    unsafe { compare::<V>(a, b, len) }
}
