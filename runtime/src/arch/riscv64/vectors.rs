//! The vectors of [`super::super::vector`]: two general registers, whose bytes are treated alike by arithmetic.
//! (Stable Rust has no vectors for RISC-V.)

use crate::arch::vector::Vector;

/// 16 bytes that are loaded and stored together.
#[derive(Clone, Copy)]
pub struct Block([u64; 2]);

/// A one in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const SIGNS: u64 = ONES << 7;

/// All ones in the bytes that are 0, zeros in the others.
#[inline(always)]
fn zero_bytes(word: u64) -> u64 {
    // No byte's sum exceeds 0xfe, so that none carries into the next.
    let is_not_zero = ((word & !SIGNS) + !SIGNS) | word;
    ((!is_not_zero & SIGNS) >> 7) * 0xff
}

/// The bytes whose highest bit is zero, as a bit each.
#[inline(always)]
fn clear_signs(word: u64) -> u32 {
    // The product gathers bit 8 * i at bit 56 + i. No two of its parts meet.
    let clear = (!word & SIGNS) >> 7;
    (clear.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

impl Vector for Block {
    const HAS_SIXTEEN: bool = false;
    const STREAM_MIN: usize = usize::MAX;
    const STRING_COPY_MIN: usize = usize::MAX;
    const STRING_FILL_MIN: usize = usize::MAX;

    #[inline(always)]
    unsafe fn splat(byte: u8) -> Self {
        Block([u64::from(byte) * ONES; 2])
    }

    #[inline(always)]
    unsafe fn equal(self, other: Self) -> Self {
        let Block([a, b]) = self;
        let Block([c, d]) = other;
        Block([zero_bytes(a ^ c), zero_bytes(b ^ d)])
    }

    #[inline(always)]
    unsafe fn and(self, other: Self) -> Self {
        let Block([a, b]) = self;
        let Block([c, d]) = other;
        Block([a & c, b & d])
    }

    #[inline(always)]
    unsafe fn clear_signs(self) -> u32 {
        let Block([low, high]) = self;
        clear_signs(low) | clear_signs(high) << 8
    }

    #[inline(always)]
    unsafe fn stream(self, to: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<Self>().write(self) }
    }
}

/// Does nothing: no store here goes past the caches.
#[inline(always)]
pub fn end_streaming() {}

/// Does nothing: the baseline has no instruction that prefetches.
#[inline(always)]
pub fn prefetch(_address: *const u8) {}

/// Tells that there are no wider vectors.
#[cold]
pub fn has_wide() -> bool {
    false
}

/// The same pointer, of which the compiler does not know that it is the same: see the function of the same
/// name for x86-64.
#[inline(always)]
pub fn opaque(pointer: *mut u8) -> *mut u8 {
    pointer
}

/// Copies as [`core::ptr::copy_nonoverlapping`] does. No size is large enough for it ([`Vector::STRING_COPY_MIN`]).
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`]'s.
#[inline(always)]
pub unsafe fn copy_string(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { core::ptr::copy_nonoverlapping(from, to, len) }
}

/// Fills as [`core::ptr::write_bytes`] does. No size is large enough for it ([`Vector::STRING_FILL_MIN`]).
///
/// # Safety
///
/// As [`core::ptr::write_bytes`]'s.
#[inline(always)]
pub unsafe fn fill_string(to: *mut u8, byte: u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { core::ptr::write_bytes(to, byte, len) }
}

/// Compiles a function for the wide vectors: as any other.
macro_rules! for_wide_vectors {
    ($function:item) => {
        #[inline]
        $function
    };
}
pub(crate) use for_wide_vectors;

/// The wide vector.
pub type Wide = Block;
