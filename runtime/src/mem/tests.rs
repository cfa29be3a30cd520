//! The operations against the standard library: by each width of vectors, at every size that is done
//! without a loop and on both sides of the limits between methods, and next to inaccessible pages.

use super::*;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use std::ffi::CStr;
use std::ptr;

/// Sizes up to this one are tested one by one.
const ALL_UP_TO: usize = 600;

/// The functions on more than [`SMALL`] bytes, by the width of their vectors.
struct Width {
    name: &'static str,
    copy: unsafe extern "C" fn(*mut u8, *const u8, usize) -> *mut u8,
    fill: unsafe extern "C" fn(*mut u8, u8, usize) -> *mut u8,
    compare: unsafe extern "C" fn(*const u8, *const u8, usize) -> i32,
}

/// Each width there is.
fn widths() -> [Width; 2] {
    assert!(is_x86_feature_detected!("avx2"), "needs a CPU with AVX2");
    let narrow = Width {
        name: "narrow",
        copy: copy_narrow::<Block>,
        fill: fill_narrow::<Block>,
        compare: compare_narrow::<Block>,
    };
    let wide = Width {
        name: "wide",
        copy: wide::copy,
        fill: wide::fill,
        compare: wide::compare,
    };
    [narrow, wide]
}

impl Width {
    /// [`memmove`] with this width.
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn copy(&self, to: *mut u8, from: *const u8, len: usize) {
        // SAFETY: the caller's promise.
        let result = unsafe {
            if len > SMALL {
                (self.copy)(to, from, len)
            } else {
                memmove(to, from, len)
            }
        };
        assert_eq!(result, to);
    }

    /// [`memset`] with this width.
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn fill(&self, to: *mut u8, byte: u8, len: usize) {
        // SAFETY: the caller's promise. Only the low byte of the value counts.
        let result = unsafe {
            if len > SMALL {
                (self.fill)(to, byte, len)
            } else {
                memset(to, 0x7f00 | i32::from(byte), len)
            }
        };
        assert_eq!(result, to);
    }

    /// [`memcmp`] with this width.
    fn compare(&self, a: &[u8], b: &[u8]) -> i32 {
        assert_eq!(a.len(), b.len());
        // SAFETY: both have as many bytes.
        unsafe {
            if a.len() > SMALL {
                (self.compare)(a.as_ptr(), b.as_ptr(), a.len())
            } else {
                memcmp(a.as_ptr(), b.as_ptr(), a.len())
            }
        }
    }
}

/// Sizes on both sides of the limits between methods, but for the one from which on copies are
/// streamed.
fn sizes() -> impl Iterator<Item = usize> {
    let limits = [768, 1024, 2048, 4096, 3 * 2048];
    (0..=ALL_UP_TO).chain(limits.into_iter().flat_map(|n| n - 2..=n + 2))
}

/// Bytes that differ from their neighbours near and far.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251) as u8).collect()
}

#[test]
fn moves_equal_the_standard_library_at_every_overlap() {
    let before = pattern(3 * 3 * 2048);
    let mut ours = before.clone();
    for width in widths() {
        for len in sizes() {
            let near = [
                0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255,
            ];
            let beside = [len / 2, len.saturating_sub(1), len, len + 1];
            for (by, at) in near
                .into_iter()
                .chain(beside)
                .flat_map(|by| [0, 3, 16].map(|at| (by, at)))
            {
                for (from, to) in [(at + by, at), (at, at + by)] {
                    let end = len + at + by + 64;
                    let mut expected = before[..end].to_vec();
                    expected.copy_within(from..from + len, to);
                    ours[..end].copy_from_slice(&before[..end]);
                    let start = ours.as_mut_ptr();
                    // SAFETY: both ranges lie in the vector.
                    unsafe { width.copy(start.add(to), start.add(from), len) };
                    let place = format!("{}: {len} bytes from {from} to {to}", width.name);
                    assert!(ours[..end] == expected, "{place}");
                }
            }
        }
    }
}

#[test]
fn copies_equal_the_standard_library_at_every_alignment() {
    for width in widths() {
        for len in sizes() {
            let source = pattern(len + 64);
            for (from, to) in (0..64).flat_map(|from| [(from, 0), (0, from), (from, 5)]) {
                let mut ours = vec![0xee; len + 128];
                let mut expected = ours.clone();
                expected[to..to + len].copy_from_slice(&source[from..from + len]);
                // SAFETY: both ranges lie in their vectors.
                unsafe { width.copy(ours.as_mut_ptr().add(to), source.as_ptr().add(from), len) };
                let place = format!("{}: {len} bytes from {from} to {to}", width.name);
                assert!(ours == expected, "{place}");
            }
        }
    }
}

/// Large ones are streamed past the caches; whole pages apart or a few bytes more, narrow ones take
/// the string instruction or not.
#[test]
fn large_copies_equal_the_standard_library() {
    const PAGE: usize = 4096;
    for width in widths() {
        for len in [PAGE + 5, 200_003, 16 << 20, (16 << 20) + 77] {
            let apart = len.next_multiple_of(PAGE);
            for (from, by) in [(0, 0), (9, 0), (9, 5), (0, 31), (0, 64), (5, 100)] {
                let mut ours = pattern(2 * apart + 512);
                let mut expected = ours.clone();
                let to = from + apart + by;
                expected.copy_within(from..from + len, to);
                let start = ours.as_mut_ptr();
                // SAFETY: both ranges lie in the vector.
                unsafe { width.copy(start.add(to), start.add(from), len) };
                let place = format!("{}: {len} bytes from {from} to {to}", width.name);
                assert!(ours == expected, "{place}");
            }
        }
    }
}

#[test]
fn fills_set_the_range_and_nothing_else() {
    for width in widths() {
        for len in sizes().chain([1 << 20, (1 << 20) + 5]) {
            let starts = if len > 1 << 16 { 2 } else { 64 };
            for start in 0..starts {
                let mut ours = pattern(len + 128);
                let mut expected = ours.clone();
                expected[start..start + len].fill(0xa5);
                // SAFETY: the range lies in the vector.
                unsafe { width.fill(ours.as_mut_ptr().add(start), 0xa5, len) };
                assert!(ours == expected, "{}: {len} bytes at {start}", width.name);
            }
        }
    }
}

#[test]
fn comparisons_find_the_first_difference() {
    for width in widths() {
        for len in (0..=300).chain([511, 512, 513, ALL_UP_TO, 1000, 1025]) {
            let a = pattern(len + 1);
            for start in [0, 1] {
                let a = &a[start..start + len];
                let copy = a.to_vec();
                assert_eq!(width.compare(a, &copy), 0);
                // SAFETY: both have `len` bytes.
                assert_eq!(unsafe { bcmp(a.as_ptr(), copy.as_ptr(), len) }, 0);
                for at in 0..len {
                    let mut b = a.to_vec();
                    b[at] = b[at].wrapping_add(0x80);
                    // What comes after the difference must not count.
                    b[at + 1..].fill(0xff);
                    let place = format!("{}: {len} bytes, {at} differs", width.name);
                    let ours = width.compare(a, &b);
                    assert_eq!(ours.signum(), a.cmp(&b) as i32, "{place}");
                    assert_eq!(width.compare(&b, a).signum(), -ours.signum(), "{place}");
                    // SAFETY: both have `len` bytes.
                    assert_ne!(unsafe { bcmp(a.as_ptr(), b.as_ptr(), len) }, 0);
                }
            }
        }
    }
}

/// Whichever width the processor gets in the end, the C functions give the same: they pass from one
/// to the other under way.
#[test]
fn the_c_functions_do_as_each_width_does() {
    let source = pattern(3000);
    for _ in 0..3 {
        for len in (0..3000).step_by(7) {
            let mut ours = vec![0; 3000];
            // SAFETY: both have as many bytes.
            unsafe {
                memmove(ours.as_mut_ptr(), source.as_ptr(), len);
                assert_eq!(memcmp(ours.as_ptr(), source.as_ptr(), len), 0);
                assert_eq!(ours[..len], source[..len]);
                memset(ours.as_mut_ptr(), 9, len);
            }
            assert!(ours[..len].iter().all(|&byte| byte == 9));
            assert!(ours[len..].iter().all(|&byte| byte == 0));
        }
    }
}

/// Two pages that can be used, between two that cannot.
struct Guarded(*mut u8);

const PAGE: usize = 4096;
const USABLE: usize = 2 * PAGE;

impl Guarded {
    fn new() -> Self {
        let len = USABLE + 2 * PAGE;
        // SAFETY: a new mapping, of which the inner pages are made usable.
        unsafe {
            let map = mmap_anonymous(ptr::null_mut(), len, ProtFlags::empty(), MapFlags::PRIVATE);
            let start = map.expect("mapping").cast::<u8>().add(PAGE);
            let access = MprotectFlags::READ | MprotectFlags::WRITE;
            mprotect(start.cast(), USABLE, access).expect("making it accessible");
            Guarded(start)
        }
    }

    /// The places of `len` bytes that touch either end, and those that cross into the second page.
    fn places(&self, len: usize) -> [*mut u8; 3] {
        let crossing = PAGE - (len / 2).min(PAGE);
        [0, USABLE - len, crossing].map(|at| self.0.wrapping_add(at))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the whole mapping, which nothing uses any more.
        unsafe { munmap(self.0.wrapping_sub(PAGE).cast(), USABLE + 2 * PAGE) }.expect("unmapping");
    }
}

/// An access outside the ranges would end the tests by a signal.
#[test]
fn nothing_is_touched_next_to_inaccessible_pages() {
    let (source, target) = (Guarded::new(), Guarded::new());
    let bytes = pattern(USABLE);
    // SAFETY: all the pages are usable, and the ranges lie in them.
    unsafe {
        ptr::copy_nonoverlapping(bytes.as_ptr(), source.0, USABLE);
        for width in widths() {
            for len in sizes() {
                for from in source.places(len) {
                    for to in target.places(len) {
                        width.copy(to, from, len);
                        let (a, b) = (
                            core::slice::from_raw_parts(from, len),
                            core::slice::from_raw_parts(to.cast_const(), len),
                        );
                        assert!(a == b, "{}: {len} bytes", width.name);
                        assert_eq!(width.compare(a, b), 0);
                    }
                }
                for to in target.places(len) {
                    width.fill(to, 0x5a, len);
                    let filled = core::slice::from_raw_parts(to.cast_const(), len);
                    assert!(filled.iter().all(|&byte| byte == 0x5a));
                    // The whole of the pages, one byte down and up, so that both loops meet the ends.
                    let moved = (USABLE - len).min(1);
                    width.copy(target.0.add(moved), target.0, len);
                    width.copy(
                        target.0.add(USABLE - len - moved),
                        target.0.add(USABLE - len),
                        len,
                    );
                }
            }
        }
    }
}

#[test]
fn strings_end_at_their_first_zero() {
    let strings: [(&CStr, usize); 3] = [(c"", 0), (c"a", 1), (c"longer than a word", 18)];
    for (string, len) in strings {
        // SAFETY: C strings end in a zero.
        assert_eq!(unsafe { strlen(string.as_ptr().cast()) }, len);
    }
}
