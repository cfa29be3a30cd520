//! The instances there are, by their stacks: how a signal handler knows whose code a fault has
//! interrupted.
//!
//! Each occupies a slot with the address where its mapping begins. Slots are in blocks that are never
//! unmapped, so the handler may read all of them at any time. What else it may read is the instance
//! on whose stack it finds itself: that one cannot go away meanwhile.

use core::ptr;
use core::sync::atomic::AtomicPtr;
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use rustix::io;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Slots in a block, which takes a page with them.
const SLOTS: usize = 511;

/// A list of blocks of slots, by its first.
#[derive(Debug)]
pub struct Registry {
    /// The starts of mappings; 0 where a slot is free.
    slots: [AtomicUsize; SLOTS],
    /// The block after this one.
    next: AtomicPtr<Registry>,
}

impl Registry {
    /// No instances.
    pub const fn new() -> Self {
        Registry {
            slots: [const { AtomicUsize::new(0) }; SLOTS],
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Adds an instance whose mapping begins at `start`.
    pub fn insert(&self, start: usize) -> io::Result<()> {
        let mut block = self;
        loop {
            let take = |slot: &AtomicUsize| {
                let is_free = slot.load(Relaxed) == 0;
                is_free && slot.compare_exchange(0, start, AcqRel, Relaxed).is_ok()
            };
            if block.slots.iter().any(take) {
                return Ok(());
            }
            block = match block.next() {
                Some(next) => next,
                None => block.extend()?,
            };
        }
    }

    /// Takes out the instance whose mapping begins at `start`.
    pub fn remove(&self, start: usize) {
        let is_its = |slot: &&AtomicUsize| slot.load(Relaxed) == start;
        if let Some(slot) = self.slots().find(is_its) {
            slot.store(0, Release);
        }
    }

    /// Finds the start of the mapping in whose first `len` bytes `address` lies.
    pub fn find(&self, address: usize, len: usize) -> Option<usize> {
        self.slots()
            .map(|slot| slot.load(Acquire))
            .find(|&start| start != 0 && (start..start + len).contains(&address))
    }

    fn slots(&self) -> impl Iterator<Item = &AtomicUsize> {
        let blocks = core::iter::successors(Some(self), |block| block.next());
        blocks.flat_map(|block| &block.slots)
    }

    fn next(&self) -> Option<&Registry> {
        // SAFETY: what is stored is a block, which is there for good.
        unsafe { self.next.load(Acquire).as_ref() }
    }

    /// Adds a block after this one, unless another thread is faster; gives the one that is there.
    fn extend(&self) -> io::Result<&Registry> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let (flags, len) = (MapFlags::PRIVATE, size_of::<Registry>());
        // SAFETY: a new mapping, which is unmapped only if no one has seen it. Zeros are a block
        // whose slots are free.
        unsafe {
            let block: *mut Registry = mmap_anonymous(ptr::null_mut(), len, access, flags)?.cast();
            let added = self
                .next
                .compare_exchange(ptr::null_mut(), block, AcqRel, Acquire);
            match added {
                Ok(_) => Ok(&*block),
                Err(other) => {
                    munmap(block.cast(), len)?;
                    Ok(&*other)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn an_address_leads_to_the_stack_it_is_on() {
        let registry = Registry::new();
        for index in 1..=2000 {
            registry.insert(index * 0x1000).expect("mapping memory");
        }
        assert_eq!(registry.find(0x5000, 0x800), Some(0x5000));
        assert_eq!(registry.find(0x57ff, 0x800), Some(0x5000));
        assert_eq!(registry.find(0x5800, 0x800), None);
        assert_eq!(registry.find(1999 * 0x1000 + 1, 0x800), Some(1999 * 0x1000));
        assert_eq!(registry.find(0, 0x800), None);
        registry.remove(0x5000);
        assert_eq!(registry.find(0x5000, 0x800), None);
        registry.insert(0x5000).expect("a free slot");
        assert_eq!(registry.find(0x5001, 0x800), Some(0x5000));
    }

    #[test]
    fn threads_add_and_remove_at_once() {
        let registry = Registry::new();
        thread::scope(|scope| {
            for thread in 1..=8usize {
                let registry = &registry;
                scope.spawn(move || {
                    for round in 0..200 {
                        let starts = (0..100).map(|index| thread << 40 | index << 20);
                        for start in starts.clone() {
                            registry.insert(start).expect("mapping memory");
                        }
                        for start in starts {
                            assert_eq!(registry.find(start + round, 1 << 20), Some(start));
                            registry.remove(start);
                            assert_eq!(registry.find(start + round, 1 << 20), None);
                        }
                    }
                });
            }
        });
        assert!(registry.slots().all(|slot| slot.load(Relaxed) == 0));
    }
}
