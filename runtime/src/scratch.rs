//! Working space of any size for a program without an allocator: on the stack if it is small, else
//! mapped until it is dropped.

use core::mem::size_of;
use core::ops::{Deref, DerefMut};
use core::{ptr, slice};
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// An array, on the stack up to `N` elements.
#[derive(Debug)]
pub struct Scratch<T: Copy, const N: usize> {
    inline: [T; N],
    mapped: *mut T,
    len: usize,
}

impl<T: Copy, const N: usize> Scratch<T, N> {
    /// `len` times `value`.
    #[inline]
    pub fn new(len: usize, value: T) -> Result<Self, Errno> {
        let mut mapped: *mut T = ptr::null_mut();
        if len > N {
            let bytes = len.checked_mul(size_of::<T>()).ok_or(Errno::NOMEM)?;
            let access = ProtFlags::READ | ProtFlags::WRITE;
            // SAFETY: this maps new memory and touches no other.
            mapped = unsafe { mmap_anonymous(ptr::null_mut(), bytes, access, MapFlags::PRIVATE)? }
                .cast();
            for index in 0..len {
                // SAFETY: the mapping has room for `len` elements.
                unsafe { mapped.add(index).write(value) };
            }
        }
        Ok(Scratch {
            inline: [value; N],
            mapped,
            len,
        })
    }
}

impl<T: Copy, const N: usize> Deref for Scratch<T, N> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match self.mapped.is_null() {
            true => &self.inline[..self.len],
            // SAFETY: the mapping holds `len` elements, is ours, and is borrowed with `self`.
            false => unsafe { slice::from_raw_parts(self.mapped, self.len) },
        }
    }
}

impl<T: Copy, const N: usize> DerefMut for Scratch<T, N> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match self.mapped.is_null() {
            true => &mut self.inline[..self.len],
            // SAFETY: as in `deref`, and `self` is borrowed uniquely.
            false => unsafe { slice::from_raw_parts_mut(self.mapped, self.len) },
        }
    }
}

impl<T: Copy, const N: usize> Drop for Scratch<T, N> {
    #[inline]
    fn drop(&mut self) {
        if !self.mapped.is_null() {
            // SAFETY: the mapping is ours and nobody can reach it now; unmapping it cannot fail.
            let _ = unsafe { munmap(self.mapped.cast(), self.len * size_of::<T>()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_hold_their_elements() {
        for len in [0, 1, 4, 5, 100_000] {
            let mut scratch: Scratch<usize, 4> = Scratch::new(len, 7).expect("mapping memory");
            assert_eq!(scratch.len(), len);
            assert!(scratch.iter().all(|&element| element == 7));
            scratch
                .iter_mut()
                .enumerate()
                .for_each(|(index, element)| *element = index);
            assert!(scratch.iter().copied().eq(0..len));
        }
    }
}
