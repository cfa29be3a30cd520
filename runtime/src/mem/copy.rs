//! Copies. What is at most 8 vectors long (16 of AVX2) is loaded whole before anything is stored, from the
//! front and from the back, overlapping in the middle, so that direction does not matter. Longer
//! ranges take loops of 4 vectors, downward if the target begins inside the source.

use super::SMALL;
use crate::arch;
use crate::arch::vector::{Vector, load, load_four, store, store_four, store_four_aligned};
use core::sync::atomic::{Ordering::SeqCst, compiler_fence};

/// The distance ahead of a streaming copy at which the source is prefetched.
const PREFETCH: usize = 2048;

/// Copies more than [`SMALL`] bytes; the ranges may overlap.
///
/// # Safety
///
/// As [`core::ptr::copy`]'s, and the processor must have these vectors.
#[inline(always)]
pub unsafe fn copy<V: Vector>(to: *mut u8, from: *const u8, len: usize) {
    let size = size_of::<V>();
    // SAFETY: the caller's promise; each helper gets the lengths it asks for.
    unsafe {
        if 4 * size > SMALL && len <= 4 * size {
            return pairs::<V>(to, from, len);
        }
        if len <= 8 * size {
            return fours::<V>(to, from, len);
        }
        if V::HAS_SIXTEEN && len <= 16 * size {
            return eights::<V>(to, from, len);
        }
        // The distances wrap, and one is below the length just if its range begins in the other.
        let (ahead, behind) = (
            to.addr().wrapping_sub(from.addr()),
            from.addr().wrapping_sub(to.addr()),
        );
        if ahead < len {
            return downward::<V>(to, from, len);
        }
        if behind >= len {
            if len >= V::STREAM_MIN {
                return stream::<V>(to, from, len);
            }
            if len >= V::STRING_COPY_MIN && !is_slow_for_strings(ahead) {
                return arch::copy_string(to, from, len);
            }
        }
        upward::<V>(to, from, len);
    }
}

/// Finds the distances at which `rep movsb` copies byte by byte: on Zen 4, where the target
/// lies 1 to 31 bytes behind the source but for whole pages, it takes 30 times as long.
#[inline(always)]
fn is_slow_for_strings(ahead: usize) -> bool {
    (ahead % 4096).wrapping_sub(1) < 63
}

/// Copies one `T` from the front and one from the back, which must be `len` or more together.
#[inline(always)]
pub(super) unsafe fn ends<T: Copy>(to: *mut u8, from: *const u8, len: usize) {
    let back = len - size_of::<T>();
    // SAFETY: the caller asks for ranges that hold a `T`.
    unsafe {
        let (first, last) = (load::<T>(from, 0), load::<T>(from, back));
        store(to, 0, first);
        store(to, back, last);
    }
}

/// Copies two vectors from the front and two from the back, which must be `len` or more together.
#[inline(always)]
pub(super) unsafe fn pairs<V: Vector>(to: *mut u8, from: *const u8, len: usize) {
    let size = size_of::<V>();
    // SAFETY: the caller asks for ranges that hold two vectors.
    unsafe {
        let first: [V; 2] = [load(from, 0), load(from, size)];
        let last: [V; 2] = [load(from, len - 2 * size), load(from, len - size)];
        store(to, 0, first[0]);
        store(to, size, first[1]);
        store(to, len - 2 * size, last[0]);
        store(to, len - size, last[1]);
    }
}

/// Copies four vectors from the front and four from the back, which must be `len` or more together.
#[inline(always)]
unsafe fn fours<V: Vector>(to: *mut u8, from: *const u8, len: usize) {
    let back = len - 4 * size_of::<V>();
    // SAFETY: the caller asks for ranges that hold four vectors.
    unsafe {
        let (first, last) = (load_four::<V>(from, 0), load_four::<V>(from, back));
        store_four(to, 0, first);
        store_four(to, back, last);
    }
}

/// Copies eight vectors from the front and eight from the back, which must be `len` or more together.
#[inline(always)]
unsafe fn eights<V: Vector>(to: *mut u8, from: *const u8, len: usize) {
    let size = size_of::<V>();
    let places = [0, 4 * size, len - 8 * size, len - 4 * size];
    // SAFETY: the caller asks for ranges that hold eight vectors.
    unsafe {
        let vectors = places.map(|at| load_four::<V>(from, at));
        store_four(to, places[0], vectors[0]);
        store_four(to, places[1], vectors[1]);
        store_four(to, places[2], vectors[2]);
        store_four(to, places[3], vectors[3]);
    }
}

/// Copies more than 8 vectors upward. The ends are loaded first and stored last, so that the loop
/// has whole, aligned vectors to store wherever the range begins and ends.
#[inline(always)]
unsafe fn upward<V: Vector>(to: *mut u8, from: *const u8, len: usize) {
    let size = size_of::<V>();
    let back = len - 4 * size;
    // SAFETY: `at` stays below `back`, which is four vectors clear of the end.
    unsafe {
        let first: V = load(from, 0);
        let last = load_four::<V>(from, back);
        let mut at = size - to.addr() % size;
        while at < back {
            store_four_aligned(to, at, load_four::<V>(from, at));
            at += 4 * size;
            compiler_fence(SeqCst);
        }
        store_four(to, back, last);
        store(to, 0, first);
    }
}

/// Copies more than 8 vectors downward; otherwise as [`upward`].
#[inline(always)]
unsafe fn downward<V: Vector>(to: *mut u8, from: *const u8, len: usize) {
    let size = size_of::<V>();
    // SAFETY: `end` stays above four vectors, so the loop stays clear of the start.
    unsafe {
        let first = load_four::<V>(from, 0);
        let last: V = load(from, len - size);
        let mut end = len - (to.addr() + len) % size;
        while end > 4 * size {
            end -= 4 * size;
            store_four_aligned(to, end, load_four::<V>(from, end));
            compiler_fence(SeqCst);
        }
        store(to, len - size, last);
        store_four(to, 0, first);
    }
}

/// Copies more than 8 vectors between ranges that are apart, past the caches.
#[inline(always)]
unsafe fn stream<V: Vector>(to: *mut u8, from: *const u8, len: usize) {
    let size = size_of::<V>();
    let back = len - 4 * size;
    // SAFETY: `at` stays below `back`, which is four vectors clear of the end. A prefetch may be of
    // any address.
    unsafe {
        store(to, 0, load::<V>(from, 0));
        let mut at = size - to.addr() % size;
        while at < back {
            arch::prefetch(from.wrapping_add(at + PREFETCH));
            arch::prefetch(from.wrapping_add(at + PREFETCH + 64));
            for (i, vector) in load_four::<V>(from, at).into_iter().enumerate() {
                vector.stream(to.add(at + i * size));
            }
            at += 4 * size;
        }
        arch::end_streaming();
        store_four(to, back, load_four::<V>(from, back));
    }
}
