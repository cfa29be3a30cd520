//! A growable array for a program without an allocator: its first elements lie in the array itself,
//! the others in memory mapped when they are first needed.

use crate::sys::pages;
use core::mem::{MaybeUninit, size_of};
use core::ptr;
use rustix::io::Errno;
use rustix::mm::munmap;

/// Elements, of which `N` need no mapping.
#[derive(Debug)]
pub struct Growable<T, const N: usize> {
    /// Initialised once `len` is not 0.
    first: [MaybeUninit<T>; N],
    /// The elements from `N` on.
    more: *mut T,
    len: usize,
}

/// Elements mapped at first.
const FIRST_MAPPED: usize = 256;

impl<T: Default, const N: usize> Growable<T, N> {
    /// No elements.
    #[inline]
    pub const fn new() -> Self {
        Self {
            first: [const { MaybeUninit::uninit() }; N],
            more: ptr::null_mut(),
            len: 0,
        }
    }

    /// Counts its elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Tells if it has no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The element at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&T> {
        if index >= self.len {
            return None;
        }
        // SAFETY: elements below `len` are initialised, and borrowed with `self`.
        unsafe {
            Some(match index.checked_sub(N) {
                None => self.first[index].assume_init_ref(),
                Some(index) => &*self.more.add(index),
            })
        }
    }

    /// The element at `index`, to change.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index >= self.len {
            return None;
        }
        // SAFETY: as in `get`, and `self` is borrowed uniquely.
        unsafe {
            Some(match index.checked_sub(N) {
                None => self.first[index].assume_init_mut(),
                Some(index) => &mut *self.more.add(index),
            })
        }
    }

    /// Adds default elements: at first those that need no mapping, then as many again as are mapped
    /// already.
    #[inline]
    pub fn grow(&mut self) -> Result<(), Errno> {
        if self.is_empty() {
            for element in &mut self.first {
                element.write(T::default());
            }
            self.len = N;
            return Ok(());
        }
        let old = self.mapped();
        let new = if old == 0 { FIRST_MAPPED } else { old * 2 };
        let bytes = new.checked_mul(size_of::<T>()).ok_or(Errno::NOMEM)?;
        // SAFETY: the mapping is ours alone, and no element is borrowed while `self` is unique.
        let mapped = unsafe {
            if old == 0 {
                pages::map_accessible(0, bytes)?
            } else {
                let old_bytes = old * size_of::<T>();
                pages::resize(self.more.cast(), old_bytes, bytes)?
            }
        };
        self.more = mapped.cast();
        for index in old..new {
            // SAFETY: the mapping has room for `new` elements; those from `old` are not initialised.
            unsafe { self.more.add(index).write(T::default()) };
        }
        self.len = N + new;
        Ok(())
    }
}

impl<T: Default, const N: usize> Default for Growable<T, N> {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Growable<T, N> {
    /// The number of elements that are mapped.
    #[inline]
    fn mapped(&self) -> usize {
        self.len.saturating_sub(N)
    }
}

impl<T, const N: usize> Drop for Growable<T, N> {
    #[inline]
    fn drop(&mut self) {
        let mapped = self.mapped();
        // SAFETY: the elements are initialised, the mapping is ours, and nobody can reach them now.
        unsafe {
            if self.len != 0 {
                self.first.assume_init_drop();
            }
            if mapped != 0 {
                ptr::slice_from_raw_parts_mut(self.more, mapped).drop_in_place();
                // Unmapping what was mapped cannot fail.
                let _ = munmap(self.more.cast(), mapped * size_of::<T>());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    #[test]
    fn elements_survive_growth_and_are_dropped_once() {
        let shared = Rc::new(());
        let mut array: Growable<Option<Rc<()>>, 2> = Growable::new();
        for _ in 0..4 {
            for index in 0..array.len() {
                *array.get_mut(index).expect("within len") = Some(shared.clone());
            }
            assert_eq!(Rc::strong_count(&shared), 1 + array.len());
            array.grow().expect("mapping memory");
        }
        assert!(array.get(array.len()).is_none());
        assert!(array.get(array.len() - 1).is_some_and(Option::is_none));
        drop(array);
        assert_eq!(Rc::strong_count(&shared), 1);
    }
}
