//! Fills, by stores that overlap in the middle or by loops of 4 vectors.

use super::SMALL;
use crate::arch;
use crate::arch::vector::{Vector, store, store_four, store_four_aligned};
use core::sync::atomic::{Ordering::SeqCst, compiler_fence};

/// Sets more than [`SMALL`] bytes.
///
/// # Safety
///
/// As [`core::ptr::write_bytes`]'s, and the processor must have these vectors.
#[inline(always)]
pub unsafe fn fill<V: Vector>(to: *mut u8, byte: u8, len: usize) {
    let size = size_of::<V>();
    // SAFETY: the caller's promise; `at` stays below `back`, which is four vectors clear of the end.
    unsafe {
        let vector = V::splat(byte);
        if 4 * size > SMALL && len <= 4 * size {
            return pairs(to, vector, len);
        }
        let back = len - 4 * size;
        if len <= 8 * size {
            store_four(to, 0, [vector; 4]);
            return store_four(to, back, [vector; 4]);
        }
        if len >= V::STRING_FILL_MIN {
            return arch::fill_string(to, byte, len);
        }
        store(to, 0, vector);
        let mut at = size - to.addr() % size;
        while at < back {
            store_four_aligned(to, at, [vector; 4]);
            at += 4 * size;
            compiler_fence(SeqCst);
        }
        store_four(to, back, [vector; 4]);
    }
}

/// Stores one `T` at the front and one at the back, which must be `len` or more together.
#[inline(always)]
pub(super) unsafe fn ends<T: Copy>(to: *mut u8, value: T, len: usize) {
    // SAFETY: the caller asks for ranges that hold a `T`.
    unsafe {
        store(to, 0, value);
        store(to, len - size_of::<T>(), value);
    }
}

/// Stores two vectors at the front and two at the back, which must be `len` or more together.
#[inline(always)]
pub(super) unsafe fn pairs<V: Vector>(to: *mut u8, vector: V, len: usize) {
    let size = size_of::<V>();
    // SAFETY: the caller asks for ranges that hold two vectors.
    unsafe {
        store(to, 0, vector);
        store(to, size, vector);
        store(to, len - 2 * size, vector);
        store(to, len - size, vector);
    }
}
