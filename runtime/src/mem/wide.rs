//! The operations compiled for the wide vectors that many processors have.

use crate::arch::{self, Wide, for_wide_vectors};

for_wide_vectors! {
    /// [`super::copy()`] by wide vectors.
    ///
    /// # Safety
    ///
    /// As [`super::copy()`]'s.
    pub unsafe extern "C" fn copy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { super::copy::<Wide>(to, from, len) };
        arch::opaque(to)
    }
}

for_wide_vectors! {
    /// [`super::fill()`] by wide vectors.
    ///
    /// # Safety
    ///
    /// As [`super::fill()`]'s.
    pub unsafe extern "C" fn fill(to: *mut u8, byte: u8, len: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { super::fill::<Wide>(to, byte, len) };
        arch::opaque(to)
    }
}

for_wide_vectors! {
    /// [`super::compare()`] by wide vectors.
    ///
    /// # Safety
    ///
    /// As [`super::compare()`]'s.
    pub unsafe extern "C" fn compare(a: *const u8, b: *const u8, len: usize) -> i32 {
        // SAFETY: the caller's promise.
        unsafe { super::compare::<Wide>(a, b, len) }
    }
}
