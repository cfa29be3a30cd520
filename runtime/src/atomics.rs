//! `memory.atomic.wait32`, `memory.atomic.wait64` and `memory.atomic.notify`, by futex(2).

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use rustix::io::Errno;
use rustix::thread::futex::{self, Flags, Timespec};

/// An answer of `memory.atomic.wait`.
const WOKEN: u32 = 0;
const NOT_EQUAL: u32 = 1;
const TIMED_OUT: u32 = 2;

/// See [`kiln_abi::symbols::ATOMIC_WAIT32`].
///
/// # Safety
///
/// `address` must point into a linear memory, aligned.
#[inline]
pub unsafe fn atomic_wait32(address: *const u32, expected: u32, timeout: i64) -> u32 {
    // SAFETY: the caller's promise.
    wait(unsafe { &*address.cast() }, expected, timeout)
}

/// See [`kiln_abi::symbols::ATOMIC_WAIT64`]. A futex has 32 bits: the low half is waited on, after
/// the whole is compared.
///
/// # Safety
///
/// `address` must point into a linear memory, aligned.
#[inline]
pub unsafe fn atomic_wait64(address: *const u64, expected: u64, timeout: i64) -> u32 {
    // SAFETY: the caller's promise.
    let (whole, low) = unsafe { (&*address.cast::<AtomicU64>(), &*address.cast()) };
    if whole.load(SeqCst) != expected {
        return NOT_EQUAL;
    }
    wait(low, expected as u32, timeout)
}

/// See [`kiln_abi::symbols::ATOMIC_NOTIFY`].
///
/// # Safety
///
/// `address` must point into a linear memory, aligned.
#[inline]
pub unsafe fn atomic_notify(address: *const u8, count: u32) -> u32 {
    // SAFETY: the caller's promise.
    let word: &AtomicU32 = unsafe { &*address.cast() };
    // The kernel reads the count as signed.
    let count = count.min(i32::MAX as u32);
    futex::wake(word, Flags::PRIVATE, count).unwrap_or(0) as u32
}

#[inline]
fn wait(word: &AtomicU32, expected: u32, timeout: i64) -> u32 {
    let timeout = (timeout >= 0).then_some(Timespec {
        tv_sec: timeout / 1_000_000_000,
        tv_nsec: timeout % 1_000_000_000,
    });
    match futex::wait(word, Flags::PRIVATE, expected, timeout.as_ref()) {
        Err(Errno::AGAIN) => NOT_EQUAL,
        Err(Errno::TIMEDOUT) => TIMED_OUT,
        _ => WOKEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_wait_for_another_value_returns_at_once() {
        let word = 7u64 << 32;
        let half = (&raw const word).cast::<u32>();
        // SAFETY: both point to `word`, aligned.
        unsafe {
            assert_eq!(atomic_wait32(half, 1, -1), NOT_EQUAL);
            assert_eq!(atomic_wait64(&word, 0, -1), NOT_EQUAL);
        }
    }

    #[test]
    fn a_wait_without_a_wake_times_out() {
        let (word, start) = (5u64, Instant::now());
        // SAFETY: `word` is aligned.
        unsafe {
            assert_eq!(atomic_wait64(&word, 5, 20_000_000), TIMED_OUT);
            assert_eq!(atomic_notify((&raw const word).cast(), u32::MAX), 0);
        }
        assert!(start.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn a_notify_wakes_a_waiter() {
        static WORD: AtomicU32 = AtomicU32::new(3);
        let waiter = std::thread::spawn(|| {
            // SAFETY: a static, aligned.
            unsafe { atomic_wait32(WORD.as_ptr(), 3, -1) }
        });
        // SAFETY: as above.
        while unsafe { atomic_notify(WORD.as_ptr().cast(), 1) } == 0 {
            std::thread::yield_now();
        }
        assert_eq!(waiter.join().unwrap(), WOKEN);
    }
}
