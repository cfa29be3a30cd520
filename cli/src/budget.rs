//! The limits of a compilation on this machine: memory and time. Exceeding either ends the process with
//! an error and exit status 1. Nothing is written until a compilation is over, so that nothing is left.
//!
//! Memory is counted by the allocator, from the moment that a limit is set: all that is alive then counts
//! for nothing, all that is allocated later counts until it is freed.

use crate::report::Failure;
use crate::settings::Budget;
use crate::values::show_size;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;

/// The system's allocator, which counts where there is a limit.
pub struct CountingAllocator;

/// True if a limit is set.
static IS_LIMITED: AtomicBool = AtomicBool::new(false);
/// Bytes that may still be allocated.
static LEFT: AtomicI64 = AtomicI64::new(0);
/// The message for when they are used up: made beforehand, since nothing can be allocated then.
static MESSAGE: OnceLock<String> = OnceLock::new();

// SAFETY: all is the system allocator's work; counting changes neither layouts nor pointers.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller's promise, here and below.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        give_back(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        give_back(layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn take(bytes: usize) {
    if IS_LIMITED.load(Ordering::Relaxed) {
        let left = LEFT.fetch_sub(bytes as i64, Ordering::Relaxed);
        if left < bytes as i64 {
            give_up();
        }
    }
}

fn give_back(bytes: usize) {
    if IS_LIMITED.load(Ordering::Relaxed) {
        LEFT.fetch_add(bytes as i64, Ordering::Relaxed);
    }
}

#[cold]
fn give_up() -> ! {
    let message = MESSAGE.get().map_or("", String::as_str);
    // SAFETY: write(2) of bytes that are there, and the end of the process without further code: the
    // allocator's callers may hold any lock.
    unsafe {
        libc::write(2, message.as_ptr().cast(), message.len());
        libc::_exit(1)
    }
}

/// Gives memory that is allocated no longer back to the system. Every thread that compiles has an arena of
/// its own, which the others do not use: the peak on two threads, while linking, is lower by a tenth.
pub fn give_back_unused() {
    #[cfg(target_env = "gnu")]
    // SAFETY: malloc_trim(3) may be called at any time, by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Limits in force until it is dropped.
pub struct Guard {
    _running: Option<Sender<()>>,
}

impl Guard {
    /// Puts limits in force for the compilation of what is called `name`.
    pub fn new(budget: &Budget, name: &str) -> Self {
        if let Some(limit) = budget.max_build_memory {
            let message = format!(
                "error: {name}: the compilation needs more than the {} of memory that it may use\n\
                 help: allow more by `--max-build-memory`\n",
                show_size(limit)
            );
            // Only one compilation is made by a process.
            let _ = MESSAGE.set(message);
            LEFT.store(limit.min(i64::MAX as u64) as i64, Ordering::Relaxed);
            IS_LIMITED.store(true, Ordering::Relaxed);
        }
        let running = budget.max_build_time.map(|limit| {
            let (running, ended) = mpsc::channel();
            let message =
                format!("{name}: the compilation takes longer than the {limit:?} that it may");
            thread::spawn(move || {
                // Dropped, the sender ends it before.
                if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                    let help = "allow more by `--max-build-time`";
                    Failure::new(message).help(help).print();
                    std::process::exit(1);
                }
            });
            running
        });
        Self { _running: running }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        IS_LIMITED.store(false, Ordering::Relaxed);
    }
}
