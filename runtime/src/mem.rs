//! `memcpy`, `memmove`, `memset`, `memcmp`, `bcmp`: for what rustc emits calls of, and for
//! `memory.copy`, `memory.fill` and the like, which compiled code turns into these.
//!
//! Up to 128 bytes are copied without a loop: all is loaded before anything is stored, from the
//! front and from the back, overlapping in the middle, so that direction does not matter. Beyond
//! that, loops of 64 bytes; from [`STRING_MIN`] on the processor's string instructions, unless the
//! ranges overlap.
//!
//! A loop here must not be turned back into a call of the very function it is in. LLVM recognises
//! loops that store one value per turn; a [`compiler_fence`] in each keeps it from that.

use crate::arch::{self, Block};
use core::mem::transmute;
use core::sync::atomic::{Ordering::SeqCst, compiler_fence};

/// From here on `rep movsb` and `rep stosb` are faster than loops of [`Block`]s.
const STRING_MIN: usize = 4096;

const BLOCK: usize = size_of::<Block>();

/// As in C.
///
/// # Safety
///
/// As in C, but that the ranges may overlap.
#[cfg_attr(feature = "standalone", unsafe(no_mangle))]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { memmove(to, from, len) }
}

/// As in C.
///
/// # Safety
///
/// As in C.
#[cfg_attr(feature = "standalone", unsafe(no_mangle))]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise; each helper gets the lengths it asks for.
    unsafe {
        match len {
            0 => (),
            1 => *to = *from,
            2..4 => copy_ends::<u16>(to, from, len),
            4..8 => copy_ends::<u32>(to, from, len),
            8..16 => copy_ends::<u64>(to, from, len),
            16..=32 => copy_ends::<Block>(to, from, len),
            33..=64 => copy_ends::<[Block; 2]>(to, from, len),
            65..=128 => copy_ends::<[Block; 4]>(to, from, len),
            // The distance, wrapping, is below the length just if `to` lies inside the source.
            _ if to.addr().wrapping_sub(from.addr()) < len => copy_backward(to, from, len),
            STRING_MIN.. if from.addr().wrapping_sub(to.addr()) >= len => {
                arch::copy_string(to, from, len);
            }
            _ => copy_forward(to, from, len),
        }
    }
    to
}

/// As in C.
///
/// # Safety
///
/// As in C.
#[cfg_attr(feature = "standalone", unsafe(no_mangle))]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8 {
    let byte = byte as u8;
    let word = u64::from_ne_bytes([byte; 8]);
    // SAFETY: the caller's promise; a block is any 16 bytes; each helper gets the lengths it asks
    // for.
    unsafe {
        let block = transmute::<[u64; 2], Block>([word; 2]);
        match len {
            0 => (),
            1 => *to = byte,
            2..4 => fill_ends(to, word as u16, len),
            4..8 => fill_ends(to, word as u32, len),
            8..16 => fill_ends(to, word, len),
            16..=32 => fill_ends(to, block, len),
            33..=64 => fill_ends(to, [block; 2], len),
            65..=128 => fill_ends(to, [block; 4], len),
            STRING_MIN.. => arch::fill_string(to, byte, len),
            _ => fill_blocks(to, block, len),
        }
    }
    to
}

/// As in C.
///
/// # Safety
///
/// As in C.
#[cfg_attr(feature = "standalone", unsafe(no_mangle))]
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
#[cfg_attr(feature = "standalone", unsafe(no_mangle))]
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
