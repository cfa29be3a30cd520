//! `memcpy`, `memmove`, `memset`, `memcmp`, `bcmp`, `strlen`: for what rustc emits calls of, and
//! for `memory.copy`, `memory.fill` and the like, which compiled code turns into these.
//!
//! Up to 128 bytes are copied without a loop: all is loaded before anything is stored, from the
//! front and from the back, overlapping in the middle, so that direction does not matter. Beyond
//! that, loops of 64 bytes; from [`STRING_MIN`] on the processor's string instructions, unless the
//! ranges overlap. On a Zen 5 and against glibc 2.36, which has AVX-512 to use, that is within 1.5 ns
//! up to 200 bytes, up to twice slower from there to 2 KiB, and equal from 3 KiB on.
//!
//! A loop here must not be turned back into a call of the very function it is in. LLVM recognises
//! loops that store one value per turn; a [`compiler_fence`] in each keeps it from that.

use crate::arch::{self, Block};
use core::mem::transmute;
use core::sync::atomic::{Ordering::SeqCst, compiler_fence};

/// From here on `rep movsb` and `rep stosb` are faster than loops of [`Block`]s.
const STRING_MIN: usize = 2048;

const BLOCK: usize = size_of::<Block>();

/// As in C.
///
/// # Safety
///
/// As in C, but that the ranges may overlap.
#[cfg_attr(feature = "linked", unsafe(no_mangle))]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { memmove(to, from, len) }
}

/// As in C.
///
/// # Safety
///
/// As in C.
#[cfg_attr(feature = "linked", unsafe(no_mangle))]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise; each helper gets the lengths it asks for.
    unsafe {
        match len {
            // The distance, wrapping, is below the length just if `to` lies inside the source.
            129.. if to.addr().wrapping_sub(from.addr()) < len => copy_backward(to, from, len),
            STRING_MIN.. if from.addr().wrapping_sub(to.addr()) >= len => {
                arch::copy_string(to, from, len);
            }
            129.. => copy_forward(to, from, len),
            65.. => copy_ends::<[Block; 4]>(to, from, len),
            33.. => copy_ends::<[Block; 2]>(to, from, len),
            16.. => copy_ends::<Block>(to, from, len),
            8.. => copy_ends::<u64>(to, from, len),
            4.. => copy_ends::<u32>(to, from, len),
            2.. => copy_ends::<u16>(to, from, len),
            1 => *to = *from,
            0 => (),
        }
    }
    to
}

/// As in C.
///
/// # Safety
///
/// As in C.
#[cfg_attr(feature = "linked", unsafe(no_mangle))]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8 {
    let byte = byte as u8;
    let word = u64::from_ne_bytes([byte; 8]);
    // SAFETY: the caller's promise; a block is any 16 bytes; each helper gets the lengths it asks
    // for.
    unsafe {
        let block = transmute::<[u64; 2], Block>([word; 2]);
        match len {
            STRING_MIN.. => arch::fill_string(to, byte, len),
            129.. => fill_blocks(to, block, len),
            65.. => fill_ends(to, [block; 4], len),
            33.. => fill_ends(to, [block; 2], len),
            16.. => fill_ends(to, block, len),
            8.. => fill_ends(to, word, len),
            4.. => fill_ends(to, word as u32, len),
            2.. => fill_ends(to, word as u16, len),
            1 => *to = byte,
            0 => (),
        }
    }
    to
}

/// As in C. The strings at start-up are short: a byte at a time will do.
///
/// # Safety
///
/// As in C.
#[cfg_attr(feature = "linked", unsafe(no_mangle))]
pub unsafe extern "C" fn strlen(string: *const u8) -> usize {
    let mut len = 0;
    // SAFETY: the caller's promise: a zero byte ends the string. Volatile, lest the loop be
    // recognised and become a call of itself.
    while unsafe { string.add(len).read_volatile() } != 0 {
        len += 1;
    }
    len
}

/// As in C.
///
/// # Safety
///
/// As in C.
#[cfg_attr(feature = "linked", unsafe(no_mangle))]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    const WORD: usize = size_of::<u64>();
    let mut at = 0;
    // SAFETY: the caller's promise; no read goes beyond `len`.
    unsafe {
        while at + WORD <= len {
            let [x, y] = [a, b].map(|p| u64::from_be(p.add(at).cast::<u64>().read_unaligned()));
            if x != y {
                return if x < y { -1 } else { 1 };
            }
            at += WORD;
            compiler_fence(SeqCst);
        }
        while at < len {
            let (x, y) = (*a.add(at), *b.add(at));
            if x != y {
                return i32::from(x) - i32::from(y);
            }
            at += 1;
            compiler_fence(SeqCst);
        }
    }
    0
}

/// As in BSD's C: [`memcmp`] whose sign does not matter.
///
/// # Safety
///
/// As [`memcmp`]'s.
#[cfg_attr(feature = "linked", unsafe(no_mangle))]
pub unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { memcmp(a, b, len) }
}

/// Copies one `T` from the front and one from the back, which must be `len` or more together.
#[inline(always)]
unsafe fn copy_ends<T>(to: *mut u8, from: *const u8, len: usize) {
    let back = len - size_of::<T>();
    // SAFETY: the caller asks for ranges that hold a `T` and not two.
    unsafe {
        let first = from.cast::<T>().read_unaligned();
        let last = from.add(back).cast::<T>().read_unaligned();
        to.cast::<T>().write_unaligned(first);
        to.add(back).cast::<T>().write_unaligned(last);
    }
}

/// Stores one `T` at the front and one at the back, which must be `len` or more together.
#[inline(always)]
unsafe fn fill_ends<T: Copy>(to: *mut u8, value: T, len: usize) {
    // SAFETY: the caller asks for ranges that hold a `T`.
    unsafe {
        to.cast::<T>().write_unaligned(value);
        to.add(len - size_of::<T>())
            .cast::<T>()
            .write_unaligned(value);
    }
}

/// Copies more than 128 bytes upward. The ends are loaded first and stored last, so that the loop
/// has whole, aligned blocks to store wherever the range begins and ends.
#[inline(always)]
unsafe fn copy_forward(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: `at` stays 64 bytes clear of the end.
    unsafe {
        let first = from.cast::<Block>().read_unaligned();
        let tail = from
            .add(len - 4 * BLOCK)
            .cast::<[Block; 4]>()
            .read_unaligned();
        let mut at = BLOCK - to.addr() % BLOCK;
        while at < len - 4 * BLOCK {
            let blocks = from.add(at).cast::<[Block; 4]>().read_unaligned();
            to.add(at).cast::<[Block; 4]>().write(blocks);
            at += 4 * BLOCK;
            compiler_fence(SeqCst);
        }
        to.add(len - 4 * BLOCK)
            .cast::<[Block; 4]>()
            .write_unaligned(tail);
        to.cast::<Block>().write_unaligned(first);
    }
}

/// Copies more than 128 bytes downward; otherwise as [`copy_forward`].
#[inline(always)]
unsafe fn copy_backward(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: `end` stays 64 bytes clear of the start.
    unsafe {
        let head = from.cast::<[Block; 4]>().read_unaligned();
        let last = from.add(len - BLOCK).cast::<Block>().read_unaligned();
        let mut end = len - (to.addr() + len) % BLOCK;
        while end > 4 * BLOCK {
            end -= 4 * BLOCK;
            let blocks = from.add(end).cast::<[Block; 4]>().read_unaligned();
            to.add(end).cast::<[Block; 4]>().write(blocks);
            compiler_fence(SeqCst);
        }
        to.add(len - BLOCK).cast::<Block>().write_unaligned(last);
        to.cast::<[Block; 4]>().write_unaligned(head);
    }
}

/// Sets more than 128 bytes.
#[inline(always)]
unsafe fn fill_blocks(to: *mut u8, block: Block, len: usize) {
    // SAFETY: `at` stays 64 bytes clear of the end.
    unsafe {
        to.cast::<Block>().write_unaligned(block);
        let mut at = BLOCK - to.addr() % BLOCK;
        while at < len - 4 * BLOCK {
            to.add(at).cast::<[Block; 4]>().write([block; 4]);
            at += 4 * BLOCK;
            compiler_fence(SeqCst);
        }
        to.add(len - 4 * BLOCK)
            .cast::<[Block; 4]>()
            .write_unaligned([block; 4]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes on both sides of every border between methods.
    fn sizes() -> impl Iterator<Item = usize> {
        let borders = [STRING_MIN, 3 * STRING_MIN].into_iter();
        (0..=330).chain(borders.flat_map(|n| n - 65..n + 65).step_by(7))
    }

    /// Bytes that differ from their neighbours near and far.
    fn pattern(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i * 7 + i / 251) as u8).collect()
    }

    #[test]
    fn moves_equal_the_standard_library_at_every_overlap() {
        for len in sizes() {
            let near = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 127];
            let beside = [len.saturating_sub(1), len, len + 1];
            for (from, to) in near
                .iter()
                .chain(&beside)
                .flat_map(|&by| [(by, 3), (3, by)])
            {
                let mut ours = pattern(2 * len + 256);
                let mut expected = ours.clone();
                expected.copy_within(from..from + len, to);
                let start = ours.as_mut_ptr();
                // SAFETY: both ranges lie in the vector.
                let result = unsafe { memmove(start.add(to), start.add(from), len) };
                assert_eq!(result, start.wrapping_add(to));
                assert!(ours == expected, "{len} bytes from {from} to {to}");
            }
        }
    }

    #[test]
    fn copies_equal_the_standard_library_at_every_alignment() {
        for len in sizes() {
            let source = pattern(len + 16);
            for (from, to) in (0..16).flat_map(|from| [(from, 0), (0, from), (from, 5)]) {
                let mut ours = vec![0xee; len + 32];
                let mut expected = ours.clone();
                expected[to..to + len].copy_from_slice(&source[from..from + len]);
                // SAFETY: both ranges lie in their vectors.
                unsafe { memcpy(ours.as_mut_ptr().add(to), source.as_ptr().add(from), len) };
                assert!(ours == expected, "{len} bytes from {from} to {to}");
            }
        }
    }

    #[test]
    fn fills_set_the_range_and_nothing_else() {
        for len in sizes() {
            for start in 0..17 {
                let mut ours = pattern(len + 32);
                let mut expected = ours.clone();
                expected[start..start + len].fill(0xa5);
                // SAFETY: the range lies in the vector. Only the low byte of the value counts.
                unsafe { memset(ours.as_mut_ptr().add(start), 0x7fa5, len) };
                assert!(ours == expected, "{len} bytes at {start}");
            }
        }
    }

    #[test]
    fn comparisons_find_the_first_difference() {
        for len in (0..70).chain([1000]) {
            let a = pattern(len);
            // SAFETY: both have `len` bytes.
            let compare = |b: &[u8]| unsafe { memcmp(a.as_ptr(), b.as_ptr(), len) };
            assert_eq!(compare(&a), 0);
            for at in 0..len {
                let mut b = a.clone();
                b[at] = b[at].wrapping_add(0x80);
                // What comes after the difference must not count.
                b[at + 1..].fill(0xff);
                assert_eq!(
                    compare(&b).signum(),
                    a.cmp(&b) as i32,
                    "{len} bytes, {at} differs"
                );
                // SAFETY: as above.
                assert_ne!(unsafe { bcmp(a.as_ptr(), b.as_ptr(), len) }, 0);
            }
        }
    }

    #[test]
    fn strings_end_at_their_first_zero() {
        for (string, len) in [(c"", 0), (c"a", 1), (c"longer than a word", 18)] {
            // SAFETY: C strings end in a zero.
            assert_eq!(unsafe { strlen(string.as_ptr().cast()) }, len);
        }
    }
}
