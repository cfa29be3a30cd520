//! A growable array for a program without an allocator: its first elements lie in the array itself,
//! the others in memory mapped when they are first needed.

use core::mem::size_of;
use core::ptr;
use rustix::io::Errno;
use rustix::mm::{MapFlags, MremapFlags, ProtFlags, mmap_anonymous, mremap, munmap};

/// At least `N` elements.
#[derive(Debug)]
pub struct Growable<T, const N: usize> {
    first: [T; N],
    more: *mut T,
    capacity: usize,
}

/// Elements mapped at first.
const FIRST_MAPPED: usize = 256;

impl<T: Default, const N: usize> Growable<T, N> {
    /// The elements given.
    pub const fn new(first: [T; N]) -> Self {
        Self {
            first,
            more: ptr::null_mut(),
            capacity: 0,
        }
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        N + self.capacity
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `index`.
    pub fn get(&self, index: usize) -> Option<&T> {
        match index.checked_sub(N) {
            None => self.first.get(index),
            // SAFETY: the first `capacity` mapped elements are initialised and borrowed with `self`.
            Some(index) if index < self.capacity => Some(unsafe { &*self.more.add(index) }),
            Some(_) => None,
        }
    }

    /// The element at `index`, to change.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        match index.checked_sub(N) {
            None => self.first.get_mut(index),
            // SAFETY: as in `get`, and `self` is borrowed uniquely.
            Some(index) if index < self.capacity => Some(unsafe { &mut *self.more.add(index) }),
            Some(_) => None,
        }
    }

    /// Adds default elements, as many again as are mapped already.
    pub fn grow(&mut self) -> Result<(), Errno> {
        let old = self.capacity;
        let new = if old == 0 { FIRST_MAPPED } else { old * 2 };
        let bytes = new.checked_mul(size_of::<T>()).ok_or(Errno::NOMEM)?;
        // SAFETY: the mapping is ours alone, and no element is borrowed while `self` is unique.
        let mapped = unsafe {
            if old == 0 {
                let access = ProtFlags::READ | ProtFlags::WRITE;
                mmap_anonymous(ptr::null_mut(), bytes, access, MapFlags::PRIVATE)?
            } else {
                let old_bytes = old * size_of::<T>();
                mremap(self.more.cast(), old_bytes, bytes, MremapFlags::MAYMOVE)?
            }
        };
        self.more = mapped.cast();
        for index in old..new {
            // SAFETY: the mapping has room for `new` elements; those from `old` are not initialised.
            unsafe { self.more.add(index).write(T::default()) };
        }
        self.capacity = new;
        Ok(())
    }
}

impl<T, const N: usize> Drop for Growable<T, N> {
    fn drop(&mut self) {
        if self.capacity == 0 {
            return;
        }
        // SAFETY: the mapping is ours, its elements are initialised, and nobody can reach them now.
        unsafe {
            ptr::slice_from_raw_parts_mut(self.more, self.capacity).drop_in_place();
            // Unmapping what was mapped cannot fail.
            let _ = munmap(self.more.cast(), self.capacity * size_of::<T>());
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
        let mut array: Growable<Option<Rc<()>>, 2> = Growable::new([None, None]);
        for _ in 0..3 {
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
