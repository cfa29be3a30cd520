//! The heap of exceptions, and its collector.
//!
//! A reference to an exception can lie in locals, globals, tables and other exceptions, never in
//! linear memory. So slots, all of one size, are taken in turn, and where none is left those that no
//! word of these places points into are free again: a conservative mark and sweep. It is sound
//! because compiled code keeps every live reference, as a plain address inside the slot, in a
//! register or on its stack.
//!
//! A collection reads every root and every live exception once: an exception that is found goes on a
//! list, which needs neither recursion nor memory, because its links are the marks. Slots are added
//! until a collection leaves as many free as in use, and one for each [`READ_PER_SLOT`] bytes it
//! has read. So the exceptions made until the next collection pay for this one, a constant each.

use core::mem::size_of;
use core::ops::Range;
use core::ptr;
use kiln_abi::exception::Exception;
use rustix::io::{self, Errno};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Slots at first; each further chunk has as many as all before it.
const FIRST: usize = 2048;
/// The most chunks: 64 Mi slots.
const CHUNKS_MAX: usize = 16;
/// Bytes that a collection may read for each slot it leaves free. Reading them takes about 5 ns;
/// making and throwing an exception takes at least 50.
const READ_PER_SLOT: usize = 64;

/// The mark of a slot that is not in use.
const FREE: u32 = 0;
/// The mark of a slot in use.
const TAKEN: u32 = 1;
/// During a collection: the slot is in use, and is the last on the list, or was when it was taken
/// off.
const LAST: u32 = 2;
/// During a collection: from here on the slot is in use, and the mark less this is the index of the
/// next on the list.
const LINK: u32 = 3;

/// Slots that are mapped together, behind a mark for each.
#[derive(Clone, Copy, Debug)]
struct Chunk {
    marks: *mut u32,
    slots: *mut u8,
    /// Index of its first slot.
    first: usize,
    count: usize,
}

impl Chunk {
    const NONE: Chunk = Chunk {
        marks: ptr::null_mut(),
        slots: ptr::null_mut(),
        first: 0,
        count: 0,
    };

    /// Bytes to map for `count` slots and their marks.
    #[inline]
    fn mapped(count: usize, slot_size: usize) -> usize {
        count * (size_of::<u32>() + slot_size)
    }

    #[inline]
    fn mark(&self, index: usize) -> u32 {
        debug_assert!(index < self.count);
        // SAFETY: callers give indices below `count`.
        unsafe { self.marks.add(index).read() }
    }

    #[inline]
    fn set_mark(&self, index: usize, mark: u32) {
        debug_assert!(index < self.count);
        // SAFETY: as above; the marks are the heap's alone.
        unsafe { self.marks.add(index).write(mark) }
    }
}

/// The slots.
#[derive(Debug)]
pub struct Heap {
    chunks: [Chunk; CHUNKS_MAX],
    /// The number of `chunks`.
    count: usize,
    slot_size: usize,
    /// Bytes that chunks may take.
    limit: usize,
    /// The lowest address of a chunk, and the highest.
    bounds: Range<usize>,
    /// The slot to look at next: its chunk, and its index there.
    next: (usize, usize),
    /// During a collection: the mark that leads to the first on the list.
    found: u32,
}

impl Heap {
    /// A heap of slots of `slot_size` bytes, a multiple of 16, that takes no more than `limit` bytes.
    #[inline]
    pub fn new(slot_size: usize, limit: usize) -> io::Result<Self> {
        let mut heap = Self {
            chunks: [Chunk::NONE; CHUNKS_MAX],
            count: 0,
            slot_size,
            limit,
            bounds: 0..0,
            next: (0, 0),
            found: LAST,
        };
        heap.grow()?;
        Ok(heap)
    }

    /// The bytes taken beyond the first chunk, without which nothing could be thrown that tells of a
    /// lack of memory.
    #[inline]
    pub fn taken(&self) -> u64 {
        let first = Chunk::mapped(FIRST, self.slot_size);
        (Chunk::mapped(self.slots(), self.slot_size) - first) as u64
    }

    /// Lets the heap take this many bytes beyond what it has.
    #[inline]
    pub fn allow(&mut self, bytes: u64) {
        let taken = Chunk::mapped(self.slots(), self.slot_size);
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.limit = taken.saturating_add(bytes);
    }

    /// Takes a slot, whose record and payload must be written before the next is taken. `roots` gives
    /// the ranges of addresses in which references may lie.
    #[inline]
    pub fn take<R>(&mut self, roots: impl FnOnce() -> R) -> io::Result<*mut u8>
    where
        R: IntoIterator<Item = Range<usize>>,
    {
        if let Some(slot) = self.take_free() {
            return Ok(slot);
        }
        let (used, read) = self.collect(roots());
        self.make_room(used, read)?;
        self.take_free().ok_or(Errno::NOMEM)
    }

    #[inline]
    fn take_free(&mut self) -> Option<*mut u8> {
        let (mut number, mut start) = self.next;
        while number < self.count {
            let chunk = &self.chunks[number];
            if let Some(index) = (start..chunk.count).find(|&index| chunk.mark(index) == FREE) {
                chunk.set_mark(index, TAKEN);
                self.next = (number, index + 1);
                return Some(chunk.slots.wrapping_add(index * self.slot_size));
            }
            (number, start) = (number + 1, 0);
        }
        self.next = (number, 0);
        None
    }

    /// Adds slots after a collection that has found `used` of them in use and read so many bytes.
    #[inline]
    fn make_room(&mut self, used: usize, read: usize) -> io::Result<()> {
        self.next = (0, 0);
        let wanted = used.max(read / READ_PER_SLOT);
        while self.slots() - used < wanted {
            if let Err(why) = self.grow() {
                // With fewer free the program would do little but collect.
                let is_enough = self.slots() - used >= self.slots() / 8;
                return if is_enough { Ok(()) } else { Err(why) };
            }
        }
        Ok(())
    }

    /// Counts the slots.
    #[inline]
    fn slots(&self) -> usize {
        let chunks = self.chunks[..self.count].iter();
        chunks.map(|chunk| chunk.count).sum()
    }

    /// Adds a chunk.
    #[inline]
    fn grow(&mut self) -> io::Result<()> {
        let first = self.slots();
        let count = first.max(FIRST);
        let len = Chunk::mapped(count, self.slot_size);
        let is_allowed = Chunk::mapped(first, self.slot_size) + len <= self.limit;
        if self.count == CHUNKS_MAX || !is_allowed {
            return Err(Errno::NOMEM);
        }
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: a mapping of its own, at an address of the kernel's choice. It is zeros, so that
        // all of its slots are free.
        let start = unsafe { mmap_anonymous(ptr::null_mut(), len, access, flags)? };
        // SAFETY: just mapped.
        unsafe { crate::sys::pages::leave_out(start.addr(), len) };
        let mapped = start.addr()..start.addr() + len;
        self.bounds = if self.bounds.is_empty() {
            mapped
        } else {
            self.bounds.start.min(mapped.start)..self.bounds.end.max(mapped.end)
        };
        self.chunks[self.count] = Chunk {
            marks: start.cast(),
            slots: start.cast::<u8>().wrapping_add(count * size_of::<u32>()),
            first,
            count,
        };
        self.count += 1;
        Ok(())
    }

    /// Frees the slots that nothing refers to; gives how many are left, and how many bytes were read.
    #[inline]
    fn collect(&mut self, roots: impl IntoIterator<Item = Range<usize>>) -> (usize, usize) {
        let mut read = 0;
        self.found = LAST;
        for range in roots {
            read += range.len();
            self.mark(range);
        }
        while let Some(index) = self.found.checked_sub(LINK) {
            let payload = self.take_found(index as usize);
            read += payload.len();
            self.mark(payload);
        }
        let mut used = 0;
        for chunk in &self.chunks[..self.count] {
            for index in 0..chunk.count {
                let in_use = chunk.mark(index) >= LAST;
                used += usize::from(in_use);
                chunk.set_mark(index, if in_use { TAKEN } else { FREE });
            }
        }
        (used, read)
    }

    /// Takes the slot with this index, the first, off the list; gives where its payload lies.
    #[inline]
    fn take_found(&mut self, index: usize) -> Range<usize> {
        // Each chunk but the first begins at a power of two.
        let number = (index / FIRST).checked_ilog2().map_or(0, |log| log + 1);
        let chunk = &self.chunks[number as usize];
        let index = index - chunk.first;
        self.found = chunk.mark(index);
        let slot = chunk.slots.wrapping_add(index * self.slot_size);
        let exception: *const Exception = slot.cast();
        // SAFETY: a slot in use holds an exception.
        let len = unsafe { (*exception).payload_len } as usize;
        let payload = slot.addr() + size_of::<Exception>();
        payload..payload + len
    }

    /// Puts on the list what the words in a range of addresses point into.
    #[inline]
    fn mark(&mut self, range: Range<usize>) {
        for address in range.step_by(size_of::<usize>()) {
            let word = ptr::with_exposed_provenance::<usize>(address);
            // SAFETY: the ranges are of the instance's stack, state and tables, and of payloads:
            // accessible, aligned to words, and in whole words, since a payload's end is inside its
            // slot, a multiple of 16 bytes. Volatile, since others write them by other means.
            let word = unsafe { word.read_volatile() };
            if self.bounds.contains(&word) {
                self.mark_slot_at(word);
            }
        }
    }

    #[inline]
    fn mark_slot_at(&mut self, address: usize) {
        // The last chunks hold most of the slots.
        for chunk in self.chunks[..self.count].iter().rev() {
            let offset = address.wrapping_sub(chunk.slots.addr());
            if offset < chunk.count * self.slot_size {
                let index = offset / self.slot_size;
                if chunk.mark(index) == TAKEN {
                    chunk.set_mark(index, self.found);
                    self.found = (chunk.first + index) as u32 + LINK;
                }
                return;
            }
        }
    }
}

impl Drop for Heap {
    #[inline]
    fn drop(&mut self) {
        for chunk in &self.chunks[..self.count] {
            let len = Chunk::mapped(chunk.count, self.slot_size);
            // SAFETY: the mapping is ours, and nobody can reach it now. Unmapping it cannot fail.
            let _ = unsafe { munmap(chunk.marks.cast(), len) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const NO_LIMIT: usize = usize::MAX;
    /// Words of payload in the tests' exceptions: a number, and references.
    const WORDS: usize = 4;
    const SLOT: usize = size_of::<Exception>() + WORDS * size_of::<usize>();

    fn range(words: &[usize]) -> Range<usize> {
        let words = words.as_ptr_range();
        words.start.expose_provenance()..words.end.addr()
    }

    /// Makes an exception with this payload.
    fn make(heap: &mut Heap, payload: [usize; WORDS], roots: &[usize]) -> io::Result<usize> {
        let slot = heap.take(|| [range(roots)])?;
        let record = Exception {
            thrown_at: 0,
            tag: 0,
            payload_len: size_of_val(&payload) as u32,
        };
        // SAFETY: a slot has room for both.
        unsafe {
            slot.cast::<Exception>().write(record);
            slot.add(size_of::<Exception>())
                .cast::<[usize; WORDS]>()
                .write(payload);
        }
        Ok(slot.expose_provenance())
    }

    fn payload(exception: usize) -> [usize; WORDS] {
        let start = exception + size_of::<Exception>();
        // SAFETY: what `make` has written.
        unsafe { ptr::with_exposed_provenance::<[usize; WORDS]>(start).read() }
    }

    #[test]
    fn what_is_referred_to_stays_and_the_rest_is_taken_again() {
        let mut heap = Heap::new(SLOT, NO_LIMIT).unwrap();
        let inner = make(&mut heap, [7; WORDS], &[]).unwrap();
        let kept = make(&mut heap, [8, 0, inner, 0], &[]).unwrap();
        // Into the middle.
        let root = [kept + 8];
        for _ in 0..10 * FIRST {
            let slot = make(&mut heap, [0; WORDS], &root).unwrap();
            assert!(slot != kept && slot != inner);
        }
        assert_eq!(heap.slots(), FIRST);
        assert_eq!((payload(kept)[0], payload(inner)[0]), (8, 7));
    }

    #[test]
    fn what_a_slot_held_before_keeps_nothing() {
        let mut heap = Heap::new(SLOT, NO_LIMIT).unwrap();
        let first = make(&mut heap, [0; WORDS], &[]).unwrap();
        let second = make(&mut heap, [first; WORDS], &[]).unwrap();
        // The second's payload is overwritten in so far as the third has one: not at all.
        let record = Exception {
            thrown_at: 0,
            tag: 0,
            payload_len: 0,
        };
        // SAFETY: the slot is taken, and the test's.
        unsafe { ptr::with_exposed_provenance_mut::<Exception>(second).write(record) };
        let (used, _) = heap.collect([range(&[second])]);
        assert_eq!(used, 1);
    }

    #[test]
    fn the_space_grows_while_most_of_it_is_in_use() {
        let mut heap = Heap::new(SLOT, NO_LIMIT).unwrap();
        let mut kept: Vec<usize> = Vec::with_capacity(5000);
        for number in 0..5000 {
            let slot = make(&mut heap, [number, 0, 0, 0], &kept).unwrap();
            kept.push(slot);
        }
        assert_eq!(heap.slots(), 8192);
        for (number, &slot) in kept.iter().enumerate() {
            assert_eq!(payload(slot)[0], number);
        }
    }

    #[test]
    fn large_roots_make_for_rare_collections() {
        let mut heap = Heap::new(SLOT, NO_LIMIT).unwrap();
        let roots = std::vec![0; 1 << 20];
        for _ in 0..FIRST + 1 {
            make(&mut heap, [0; WORDS], &roots).unwrap();
        }
        assert!(heap.slots() >= size_of_val(&*roots) / READ_PER_SLOT);
    }

    #[test]
    fn a_chain_of_a_million_is_walked_once_a_collection() {
        let mut heap = Heap::new(SLOT, NO_LIMIT).unwrap();
        let mut head = [0];
        for number in 0..1_000_000 {
            head[0] = make(&mut heap, [number, head[0], 0, 0], &head).unwrap();
        }
        let (used, read) = heap.collect([range(&head)]);
        assert_eq!(used, 1_000_000);
        assert_eq!(read, 8 + used * WORDS * 8);
        for number in (0..1_000_000).rev() {
            let [own, next, ..] = payload(head[0]);
            assert_eq!(own, number);
            head[0] = next;
        }
        assert_eq!(heap.collect([range(&head)]).0, 0);
    }

    #[test]
    fn a_full_heap_is_refused_before_it_does_nothing_but_collect() {
        let limit = Chunk::mapped(2 * FIRST, SLOT);
        let mut heap = Heap::new(SLOT, limit).unwrap();
        let mut kept: Vec<usize> = Vec::with_capacity(2 * FIRST);
        let refused = loop {
            match make(&mut heap, [0; WORDS], &kept) {
                Ok(slot) => kept.push(slot),
                Err(why) => break why,
            }
        };
        assert_eq!((refused, kept.len()), (Errno::NOMEM, 2 * FIRST));
        // With an eighth of them gone there is room again.
        kept.truncate(2 * FIRST - 2 * FIRST / 8);
        make(&mut heap, [0; WORDS], &kept).unwrap();
        assert!(Heap::new(SLOT, Chunk::mapped(FIRST, SLOT) - 1).is_err());
    }

    /// Graphs that change at random, held against a model that never forgets.
    #[test]
    fn no_live_exception_is_ever_overwritten() {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut below = |limit: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % limit as u64) as usize
        };
        let mut heap = Heap::new(SLOT, NO_LIMIT).unwrap();
        // What each address is to hold, and the roots: few at first, then many, then few.
        let mut model: HashMap<usize, [usize; WORDS]> = HashMap::new();
        let mut roots = std::vec![0; 3000];
        for number in 0..200_000 {
            let many = if (number / 50_000) % 2 == 0 { 30 } else { 3000 };
            let references: [usize; 3] = core::array::from_fn(|_| match below(4) {
                0 => roots[below(many)],
                _ => 0,
            });
            let [a, b, c] = references;
            let made = make(&mut heap, [number, a, b, c], &roots).unwrap();
            model.insert(made, [number, a, b, c]);
            roots[below(many)] = made;
            if many == 30 {
                roots[many + below(3000 - many)] = 0;
            }
            if number % 10_000 == 0 {
                let mut seen = HashMap::new();
                let mut list: Vec<usize> = roots.clone();
                while let Some(exception) = list.pop() {
                    if exception != 0 && seen.insert(exception, ()).is_none() {
                        assert_eq!(payload(exception), model[&exception]);
                        list.extend(&payload(exception)[1..]);
                    }
                }
            }
        }
    }
}
