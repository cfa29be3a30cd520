//! The vectors that the operations are generic over, and unaligned loads and stores.

/// A vector of the processor's, which each architecture implements.
pub trait Vector: Copy {
    /// Set where a copy holds 16 of them in registers: half a kilobyte in AVX2's takes 0.85 of the
    /// loop's time; SSE2's would take 1.1.
    const HAS_SIXTEEN: bool;
    /// From this size on a copy is larger than most caches, so that stores past the caches save reading
    /// what they overwrite: with AVX2 0.6 of a loop's time at 32 MiB, but 1.06 at 4 MiB.
    const STREAM_MIN: usize;
    /// From this size on the string instruction copies faster than a loop over these vectors.
    const STRING_COPY_MIN: usize;
    /// From this size on the string instruction fills faster than a loop over these vectors.
    const STRING_FILL_MIN: usize;

    /// A vector of this byte.
    ///
    /// # Safety
    ///
    /// The processor must have these vectors, here and below.
    unsafe fn splat(byte: u8) -> Self;

    /// All ones in the bytes that are equal, zeros in the others.
    ///
    /// # Safety
    ///
    /// See [`Self::splat`].
    unsafe fn equal(self, other: Self) -> Self;

    /// Bitwise and.
    ///
    /// # Safety
    ///
    /// See [`Self::splat`].
    unsafe fn and(self, other: Self) -> Self;

    /// The bytes whose highest bit is zero, as a bit each.
    ///
    /// # Safety
    ///
    /// See [`Self::splat`].
    unsafe fn clear_signs(self) -> u32;

    /// Stores past the caches. [`crate::arch::end_streaming`] must follow the last one.
    ///
    /// # Safety
    ///
    /// See [`Self::splat`]; `to` must be aligned and valid for writes.
    unsafe fn stream(self, to: *mut u8);
}

/// Loads what lies `at` bytes on.
///
/// # Safety
///
/// The bytes must be readable, and any bytes a `T`.
#[inline(always)]
pub unsafe fn load<T: Copy>(from: *const u8, at: usize) -> T {
    // SAFETY: the caller's promise.
    unsafe { from.add(at).cast::<T>().read_unaligned() }
}

/// Stores `at` bytes on.
///
/// # Safety
///
/// The bytes must be writable.
#[inline(always)]
pub unsafe fn store<T: Copy>(to: *mut u8, at: usize, value: T) {
    // SAFETY: the caller's promise.
    unsafe { to.add(at).cast::<T>().write_unaligned(value) }
}

/// Loads four vectors that lie one after the other.
///
/// # Safety
///
/// As [`load`]'s.
#[inline(always)]
pub unsafe fn load_four<V: Vector>(from: *const u8, at: usize) -> [V; 4] {
    let size = size_of::<V>();
    // SAFETY: the caller's promise.
    unsafe {
        [
            load(from, at),
            load(from, at + size),
            load(from, at + 2 * size),
            load(from, at + 3 * size),
        ]
    }
}

/// Stores four vectors one after the other.
///
/// # Safety
///
/// As [`store`]'s.
#[inline(always)]
pub unsafe fn store_four<V: Vector>(to: *mut u8, at: usize, vectors: [V; 4]) {
    let size = size_of::<V>();
    // SAFETY: the caller's promise.
    unsafe {
        store(to, at, vectors[0]);
        store(to, at + size, vectors[1]);
        store(to, at + 2 * size, vectors[2]);
        store(to, at + 3 * size, vectors[3]);
    }
}

/// Stores four vectors to an aligned address.
///
/// # Safety
///
/// As [`store`]'s, and `to + at` must be a multiple of a vector's size.
#[inline(always)]
pub unsafe fn store_four_aligned<V: Vector>(to: *mut u8, at: usize, vectors: [V; 4]) {
    let to = to.wrapping_add(at).cast::<V>();
    // SAFETY: the caller's promise.
    unsafe {
        to.write(vectors[0]);
        to.add(1).write(vectors[1]);
        to.add(2).write(vectors[2]);
        to.add(3).write(vectors[3]);
    }
}
