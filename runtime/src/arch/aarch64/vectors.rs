//! The vectors of [`super::super::vector`]: Advanced SIMD's, which every AArch64 processor has. There are no wider
//! ones.

use super::Block;
use crate::arch::vector::Vector;
use core::arch::aarch64::{
    vaddv_u8, vandq_u8, vceqq_u8, vcltzq_s8, vdupq_n_u8, vget_high_u8, vget_low_u8, vld1q_u8,
    vmvnq_u8, vreinterpretq_s8_u8,
};
use core::arch::asm;

/// The bit of each byte in a mask of 16.
const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

impl Vector for Block {
    /// There are 32 registers.
    const HAS_SIXTEEN: bool = true;
    const STREAM_MIN: usize = usize::MAX;
    const STRING_COPY_MIN: usize = usize::MAX;
    const STRING_FILL_MIN: usize = usize::MAX;

    #[inline(always)]
    unsafe fn splat(byte: u8) -> Self {
        // SAFETY: the baseline has these vectors, here and below.
        unsafe { vdupq_n_u8(byte) }
    }

    #[inline(always)]
    unsafe fn equal(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { vceqq_u8(self, other) }
    }

    #[inline(always)]
    unsafe fn and(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { vandq_u8(self, other) }
    }

    #[inline(always)]
    unsafe fn clear_signs(self) -> u32 {
        // SAFETY: as above; the array has 16 bytes.
        unsafe {
            let clear = vmvnq_u8(vcltzq_s8(vreinterpretq_s8_u8(self)));
            let bits = vandq_u8(clear, vld1q_u8(BITS.as_ptr()));
            let (low, high) = (vget_low_u8(bits), vget_high_u8(bits));
            u32::from(vaddv_u8(low)) | u32::from(vaddv_u8(high)) << 8
        }
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

/// Prefetches what will be read soon. The address may be any.
#[inline(always)]
pub fn prefetch(address: *const u8) {
    // SAFETY: the instruction never faults.
    unsafe {
        asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, readonly, preserves_flags));
    }
}

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
