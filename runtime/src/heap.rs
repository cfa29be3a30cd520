//! Where exceptions live, and when they cease to.
//!
//! A reference to an exception can lie in locals, globals, tables and other exceptions, never in
//! linear memory. So slots, all of one size, are taken in turn, and where none is left those that no
//! word of these places points into are free again: a conservative mark and sweep. It is sound
//! because compiled code keeps every live reference, as a plain address inside the slot, in a
//! register or on its stack. The space doubles while more than half of it stays in use.

use core::ops::Range;
use core::ptr;
use rustix::io;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

/// The most slots there can be.
const SLOTS_MAX: usize = 1 << 22;
/// Slots at first.
const SLOTS_FIRST: usize = 2048;

const FREE: u8 = 0;
const TAKEN: u8 = 1;
/// Found in use; what it refers to is still to be looked for.
const FOUND: u8 = 2;
/// Found in use, with what it refers to.
const DONE: u8 = 3;

/// The slots.
#[derive(Debug)]
pub struct Heap {
    /// A byte of state for each of [`SLOTS_MAX`] slots; the slots lie behind.
    states: *mut u8,
    slot_size: usize,
    /// How many slots are in use or free; the rest is not accessible yet.
    slots: usize,
    /// The slot to look at next.
    next: usize,
}

impl Heap {
    /// A heap of slots of `slot_size` bytes, a multiple of 16.
    pub fn new(slot_size: usize) -> io::Result<Self> {
        let len = SLOTS_MAX * (1 + slot_size);
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: a mapping of its own, at an address of the kernel's choice, of which the states
        // are made accessible.
        let states = unsafe {
            let start = mmap_anonymous(ptr::null_mut(), len, ProtFlags::empty(), flags)?;
            mprotect(start, SLOTS_MAX, MprotectFlags::READ | MprotectFlags::WRITE)?;
            start.cast()
        };
        let mut heap = Self {
            states,
            slot_size,
            slots: 0,
            next: 0,
        };
        heap.grow(SLOTS_FIRST)?;
        Ok(heap)
    }

    /// Takes a slot. `roots` gives the ranges of addresses in which references may lie.
    pub fn take<R>(&mut self, roots: impl FnOnce() -> R) -> io::Result<*mut u8>
    where
        R: IntoIterator<Item = Range<usize>>,
    {
        if let Some(slot) = self.take_free() {
            return Ok(slot);
        }
        if self.collect(roots()) > self.slots / 2 {
            self.grow(self.slots * 2)?;
        }
        self.next = 0;
        self.take_free().ok_or(io::Errno::NOMEM)
    }

    fn take_free(&mut self) -> Option<*mut u8> {
        let index = (self.next..self.slots).find(|&index| self.state(index) == FREE)?;
        self.set(index, TAKEN);
        self.next = index + 1;
        Some(self.slot(index))
    }

    fn grow(&mut self, slots: usize) -> io::Result<()> {
        let slots = slots.min(SLOTS_MAX);
        let len = (slots * self.slot_size).next_multiple_of(4096);
        let first = self.slot(0).cast();
        // SAFETY: the slots are inside the mapping, which is whole pages beyond the states.
        unsafe { mprotect(first, len, MprotectFlags::READ | MprotectFlags::WRITE)? };
        self.slots = slots;
        Ok(())
    }

    /// Frees the slots that nothing refers to; gives how many are left.
    fn collect(&mut self, roots: impl IntoIterator<Item = Range<usize>>) -> usize {
        for range in roots {
            self.mark(range);
        }
        while self.follow_found() {}
        let mut used = 0;
        for index in 0..self.slots {
            let in_use = self.state(index) == DONE;
            used += usize::from(in_use);
            self.set(index, if in_use { TAKEN } else { FREE });
        }
        used
    }

    /// Marks what the exceptions found so far refer to; whether there were any.
    fn follow_found(&mut self) -> bool {
        let mut any = false;
        for index in 0..self.slots {
            if self.state(index) == FOUND {
                any = true;
                self.set(index, DONE);
                let start = self.slot(index).addr();
                self.mark(start..start + self.slot_size);
            }
        }
        any
    }

    /// Marks what the words in a range of addresses point into.
    fn mark(&mut self, range: Range<usize>) {
        let first = self.slot(0).addr();
        for address in range.step_by(size_of::<usize>()) {
            let word = ptr::with_exposed_provenance::<usize>(address);
            // SAFETY: the ranges are of the instance's stack, state, tables, and slots: accessible,
            // aligned to words. Volatile, since others write them by other means.
            let word = unsafe { word.read_volatile() };
            let index = word.wrapping_sub(first) / self.slot_size;
            if index < self.slots && self.state(index) == TAKEN {
                self.set(index, FOUND);
            }
        }
    }

    fn slot(&self, index: usize) -> *mut u8 {
        self.states.wrapping_add(SLOTS_MAX + index * self.slot_size)
    }

    fn state(&self, index: usize) -> u8 {
        // SAFETY: every index asked for is below `SLOTS_MAX`.
        unsafe { self.states.add(index).read() }
    }

    fn set(&mut self, index: usize, state: u8) {
        // SAFETY: as above.
        unsafe { self.states.add(index).write(state) };
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        let len = SLOTS_MAX * (1 + self.slot_size);
        // SAFETY: the mapping is ours, and nobody can reach it now. Unmapping it cannot fail.
        let _ = unsafe { munmap(self.states.cast(), len) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[usize]) -> Range<usize> {
        words.as_ptr_range().start.expose_provenance()..words.as_ptr_range().end.addr()
    }

    #[test]
    fn what_is_referred_to_stays_and_the_rest_is_taken_again() {
        let mut heap = Heap::new(32).unwrap();
        let kept = heap.take(|| []).unwrap();
        let inner = heap.take(|| []).unwrap();
        // A reference from one exception to another, and one into the middle.
        // SAFETY: a slot is 32 bytes.
        unsafe { kept.cast::<usize>().add(2).write(inner.addr()) };
        let root = [kept.addr() + 8];
        for _ in 0..10 * SLOTS_FIRST {
            let slot = heap.take(|| [words(&root)]).unwrap();
            assert!(slot != kept && slot != inner);
            // SAFETY: as above.
            unsafe { slot.write_bytes(0, 32) };
        }
        assert_eq!(heap.slots, SLOTS_FIRST);
    }

    #[test]
    fn the_space_grows_while_most_of_it_is_in_use() {
        let mut heap = Heap::new(48).unwrap();
        let mut kept: Vec<usize> = Vec::with_capacity(5000);
        for _ in 0..5000 {
            let slot = heap.take(|| [words(&kept)]).unwrap();
            // SAFETY: a slot is 48 bytes.
            unsafe { slot.write_bytes(0, 48) };
            assert!(!kept.contains(&slot.addr()));
            kept.push(slot.addr());
        }
        assert_eq!(heap.slots, 8192);
    }
}
