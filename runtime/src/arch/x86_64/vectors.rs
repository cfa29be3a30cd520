//! The vectors of [`super::super::vector`]: SSE2's, which every x86-64 processor has, and AVX2's; whether the
//! processor has these; and how functions are compiled for them.

use super::cpu_features;
use crate::arch::vector::Vector;
use core::arch::asm;
use core::arch::x86_64::{
    __m128i, __m256i, _MM_HINT_T0, _mm_and_si128, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_prefetch,
    _mm_set1_epi8, _mm_sfence, _mm_stream_si128, _mm256_and_si256, _mm256_cmpeq_epi8,
    _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_stream_si256,
};
use kiln_abi::cpu::x86_64::FEATURES;

impl Vector for __m128i {
    const HAS_SIXTEEN: bool = false;
    /// The string instruction does it.
    const STREAM_MIN: usize = usize::MAX;
    const STRING_COPY_MIN: usize = 2048;
    const STRING_FILL_MIN: usize = 2048;

    #[inline(always)]
    unsafe fn splat(byte: u8) -> Self {
        // SAFETY: the baseline has SSE2.
        unsafe { _mm_set1_epi8(byte as i8) }
    }

    #[inline(always)]
    unsafe fn equal(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm_cmpeq_epi8(self, other) }
    }

    #[inline(always)]
    unsafe fn and(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm_and_si128(self, other) }
    }

    #[inline(always)]
    unsafe fn clear_signs(self) -> u32 {
        // SAFETY: as above.
        unsafe { _mm_movemask_epi8(self) as u32 ^ 0xffff }
    }

    #[inline(always)]
    unsafe fn stream(self, to: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe { _mm_stream_si128(to.cast(), self) }
    }
}

/// All is inlined into functions that are compiled for AVX2 ([`for_wide_vectors`]).
impl Vector for __m256i {
    const HAS_SIXTEEN: bool = true;
    const STREAM_MIN: usize = 16 << 20;
    /// A loop copies as fast up to the size from where on copies are streamed.
    const STRING_COPY_MIN: usize = usize::MAX;
    const STRING_FILL_MIN: usize = 1 << 20;

    #[inline(always)]
    unsafe fn splat(byte: u8) -> Self {
        // SAFETY: the caller vouches for AVX2, here and below.
        unsafe { _mm256_set1_epi8(byte as i8) }
    }

    #[inline(always)]
    unsafe fn equal(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_cmpeq_epi8(self, other) }
    }

    #[inline(always)]
    unsafe fn and(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_and_si256(self, other) }
    }

    #[inline(always)]
    unsafe fn clear_signs(self) -> u32 {
        // SAFETY: as above.
        unsafe { !(_mm256_movemask_epi8(self) as u32) }
    }

    #[inline(always)]
    unsafe fn stream(self, to: *mut u8) {
        // SAFETY: as above, and the caller's promise.
        unsafe { _mm256_stream_si256(to.cast(), self) }
    }
}

/// Makes stores past the caches take their place among other stores.
#[inline(always)]
pub fn end_streaming() {
    // SAFETY: the baseline has it.
    unsafe { _mm_sfence() }
}

/// Prefetches what will be read soon. The address may be any.
#[inline(always)]
pub fn prefetch(address: *const u8) {
    // SAFETY: the baseline has it, and it never faults.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
}

/// Asks the processor for AVX2, which the executable itself does not need.
#[cold]
pub fn has_wide() -> bool {
    kiln_abi::cpu::bit(&FEATURES, "avx2").is_some_and(|avx2| cpu_features(avx2) != 0)
}

/// The same pointer, of which the compiler does not know that it is the same. A function that returns
/// its argument so can be called by a jump: otherwise LLVM keeps the argument over the call instead
/// (2 cycles).
#[inline(always)]
#[expect(
    clippy::pointers_in_nomem_asm_block,
    reason = "nothing is read or written by the pointer"
)]
pub fn opaque(mut pointer: *mut u8) -> *mut u8 {
    // SAFETY: it does nothing.
    unsafe {
        asm!("/* {} */", inlateout(reg) pointer, options(pure, nomem, nostack, preserves_flags));
    }
    pointer
}

/// Compiles a function for the wide vectors, which may be called only where [`has_wide`] says so.
macro_rules! for_wide_vectors {
    ($function:item) => {
        #[target_feature(enable = "avx2")]
        #[inline]
        $function
    };
}
pub(crate) use for_wide_vectors;

/// The wide vector.
pub type Wide = __m256i;
