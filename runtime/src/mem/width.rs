//! Which vectors the operations on more than a few bytes use.
//!
//! Asking the processor costs 11 µs on a virtual machine, because each of three `cpuid` leaves it, and a
//! program that prints a line lives for 100. So the baseline's vectors are used until they have cost about
//! as much as the question does: 1 MiB copied, where wide vectors save 8 ns in 1 KiB, or 3000 small
//! operations.
//!
//! Threads may ask twice and lose counts, which does no harm: the answer is always the same.

use crate::arch;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};

const UNKNOWN: u8 = 0;
const NARROW: u8 = 1;
const WIDE: u8 = 2;

static WIDTH: AtomicU8 = AtomicU8::new(UNKNOWN);

/// The bytes that operations have gone over while the width is unknown, with [`OVERHEAD`] for each.
static SPENT: AtomicUsize = AtomicUsize::new(0);

const BUDGET: usize = 1 << 20;
const OVERHEAD: usize = 256;

/// Tells if the processor is known to have wide vectors.
#[inline(always)]
pub fn is_wide() -> bool {
    WIDTH.load(Relaxed) == WIDE
}

/// Counts an operation by narrow vectors, and asks the processor when there have been enough.
#[inline(always)]
pub fn consider(len: usize) {
    if WIDTH.load(Relaxed) == UNKNOWN {
        let spent = SPENT.load(Relaxed).saturating_add(len + OVERHEAD);
        SPENT.store(spent, Relaxed);
        if spent > BUDGET {
            ask();
        }
    }
}

#[cold]
fn ask() {
    let width = if arch::has_wide() { WIDE } else { NARROW };
    WIDTH.store(width, Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_asked_after_enough_work() {
        // Other tests may have done that work already, but none makes it unknown again.
        consider(BUDGET);
        assert_ne!(WIDTH.load(Relaxed), UNKNOWN);
        assert_eq!(is_wide(), is_x86_feature_detected!("avx2"));
    }
}
