//! Comparisons: the first byte that differs decides.

use super::SMALL;
use crate::arch::vector::{Vector, load};
use core::sync::atomic::{Ordering::SeqCst, compiler_fence};

/// Nothing where bytes are equal, and what `memcmp` gives where they are not.
type Comparison = Result<(), i32>;

/// Compares more than [`SMALL`] bytes as `memcmp` does.
///
/// # Safety
///
/// Both ranges must be readable, and the processor must have these vectors.
#[inline(always)]
pub unsafe fn compare<V: Vector>(a: *const u8, b: *const u8, len: usize) -> i32 {
    // SAFETY: the caller's promise; `long` gets the lengths it asks for.
    let comparison = unsafe {
        if 4 * size_of::<V>() > SMALL && len <= 4 * size_of::<V>() {
            pairs::<V>(a, b, len)
        } else {
            long::<V>(a, b, len)
        }
    };
    result(comparison)
}

/// Gives what `memcmp` gives.
pub(super) fn result(comparison: Comparison) -> i32 {
    comparison.err().unwrap_or(0)
}

/// Compares fewer than 16 bytes as `memcmp` does.
#[inline(always)]
pub(super) unsafe fn small(a: *const u8, b: *const u8, len: usize) -> i32 {
    // SAFETY: the caller's promise; the loads lie in the range.
    unsafe {
        let word = |p, at| u64::from_be(load(p, at));
        let half = |p, at| u64::from(u32::from_be(load(p, at)));
        let byte = |p: *const u8, at| i32::from(*p.add(at));
        if len >= 8 {
            let (x, y) = (word(a, 0), word(b, 0));
            if x != y {
                return order(x, y);
            }
            order(word(a, len - 8), word(b, len - 8))
        } else if len >= 4 {
            let both = |p| half(p, 0) << 32 | half(p, len - 4);
            order(both(a), both(b))
        } else if len > 0 {
            // For one byte these are three times the same, for two the second counts twice.
            let all = |p| byte(p, 0) << 16 | byte(p, len / 2) << 8 | byte(p, len - 1);
            all(a) - all(b)
        } else {
            0
        }
    }
}

/// Tells if ranges differ: 0 where they do not.
#[inline(always)]
pub(super) unsafe fn differ<V: Vector>(a: *const u8, b: *const u8, len: usize) -> i32 {
    // SAFETY: the caller's promise; `at` stays below the place of the last vector.
    unsafe {
        let Some(last) = len.checked_sub(size_of::<V>()) else {
            return small(a, b, len);
        };
        let mut at = 0;
        while at < last {
            if equal::<V>(a, b, at).clear_signs() != 0 {
                return 1;
            }
            at += size_of::<V>();
            compiler_fence(SeqCst);
        }
        equal::<V>(a, b, last).clear_signs() as i32
    }
}

/// Compares one vector from the front and one from the back, which must be `len` or more together.
#[inline(always)]
pub(super) unsafe fn ends<V: Vector>(a: *const u8, b: *const u8, len: usize) -> Comparison {
    // SAFETY: the caller asks for ranges that hold a vector.
    unsafe {
        one::<V>(a, b, 0)?;
        one::<V>(a, b, len - size_of::<V>())
    }
}

/// Compares two vectors from the front and two from the back, which must be `len` or more together.
#[inline(always)]
pub(super) unsafe fn pairs<V: Vector>(a: *const u8, b: *const u8, len: usize) -> Comparison {
    let size = size_of::<V>();
    // SAFETY: the caller asks for ranges that hold two vectors.
    unsafe { four::<V>(a, b, [0, size, len - 2 * size, len - size]) }
}

/// Compares more than 4 vectors. The last ones overlap those before them.
#[inline(always)]
unsafe fn long<V: Vector>(a: *const u8, b: *const u8, len: usize) -> Comparison {
    let size = size_of::<V>();
    let back = len - 4 * size;
    // SAFETY: the caller's promise; `at` stays below `back`, which is four vectors from the end.
    unsafe {
        four::<V>(a, b, row::<V>(0))?;
        if len > 8 * size {
            let mut at = 4 * size;
            while at < back {
                four::<V>(a, b, row::<V>(at))?;
                at += 4 * size;
                compiler_fence(SeqCst);
            }
            // One to four vectors are left.
            if len - at <= 2 * size {
                one::<V>(a, b, len - 2 * size)?;
                return one::<V>(a, b, len - size);
            }
        }
        four::<V>(a, b, row::<V>(back))
    }
}

/// The places of four vectors that lie one after the other.
#[inline(always)]
fn row<V: Vector>(at: usize) -> [usize; 4] {
    let size = size_of::<V>();
    [at, at + size, at + 2 * size, at + 3 * size]
}

/// Compares the vectors at four places, upward: first all at once, and if they differ, again one by
/// one.
#[inline(always)]
unsafe fn four<V: Vector>(a: *const u8, b: *const u8, places: [usize; 4]) -> Comparison {
    // SAFETY: the caller's promise.
    unsafe {
        let low = equal::<V>(a, b, places[0]).and(equal::<V>(a, b, places[1]));
        let high = equal::<V>(a, b, places[2]).and(equal::<V>(a, b, places[3]));
        if low.and(high).clear_signs() == 0 {
            return Ok(());
        }
        one::<V>(a, b, places[0])?;
        one::<V>(a, b, places[1])?;
        one::<V>(a, b, places[2])?;
        one::<V>(a, b, places[3])
    }
}

/// Loads a vector of each range and marks the bytes that are equal.
#[inline(always)]
unsafe fn equal<V: Vector>(a: *const u8, b: *const u8, at: usize) -> V {
    // SAFETY: the caller's promise.
    unsafe { load::<V>(a, at).equal(load::<V>(b, at)) }
}

/// Compares a vector.
#[inline(always)]
unsafe fn one<V: Vector>(a: *const u8, b: *const u8, at: usize) -> Comparison {
    // SAFETY: the caller's promise; the byte that differs lies in the vector.
    unsafe {
        let differing = equal::<V>(a, b, at).clear_signs();
        if differing == 0 {
            return Ok(());
        }
        let at = at + differing.trailing_zeros() as usize;
        Err(i32::from(*a.add(at)) - i32::from(*b.add(at)))
    }
}

fn order(x: u64, y: u64) -> i32 {
    i32::from(x > y) - i32::from(x < y)
}
