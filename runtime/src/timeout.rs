//! The end of a program that runs for too long, whatever it is at: a loop, a system call that
//! waits, or its last words.
//!
//! A process that is stopped is not delivered the timer's signal. So a program with a time limit may
//! not stop itself (`proc_raise`), and reading from a terminal in the background is an error for it,
//! not a stop. Who may send it signals can stop it from outside, as by Ctrl-Z; it ends when it is
//! continued.

use crate::arch::{self, SignalContext};
use crate::refusal::Refusal;
use crate::sys::text;
use crate::{exit, sigaction, signal};
use core::ffi::c_int;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use linux_raw_sys::general::{
    __NR_setitimer, __kernel_old_itimerval, __kernel_old_timeval, ITIMER_REAL, SA_NODEFER,
    SA_RESETHAND, SIGALRM, SIGTTIN, SIGTTOU, siginfo_t,
};
use rustix::process::{Signal, getpid, kill_process};

/// Seconds for the last words, after which the program ends without them.
const GRACE: i64 = 1;

/// The time given, in nanoseconds.
static GIVEN: AtomicU64 = AtomicU64::new(0);

/// Ends the process when `nanoseconds` have passed, `u64::MAX` being never. The stack of handlers
/// must be there.
pub fn start(nanoseconds: u64) -> Result<(), Refusal> {
    if nanoseconds == u64::MAX {
        return Ok(());
    }
    GIVEN.store(nanoseconds, Relaxed);
    signal::catch(SIGALRM, enter_end, SA_RESETHAND | SA_NODEFER)?;
    sigaction::unblock(SIGALRM).map_err(|why| Refusal::Cannot {
        what: b"unblock the signal of the time limit",
        call: b"rt_sigprocmask",
        why,
    })?;
    for signal in [SIGTTIN, SIGTTOU] {
        // Setting the handler before was allowed, and so is this.
        let _ = sigaction::exchange(signal, Some(&sigaction::ignoring()), None);
    }
    let microseconds = nanoseconds.div_ceil(1000);
    let timer = __kernel_old_itimerval {
        it_interval: __kernel_old_timeval {
            tv_sec: GRACE,
            tv_usec: 0,
        },
        it_value: __kernel_old_timeval {
            tv_sec: (microseconds / 1_000_000) as i64,
            tv_usec: (microseconds % 1_000_000) as i64,
        },
    };
    let timer = (&raw const timer).addr();
    // SAFETY: the kernel only reads the record, which is its own.
    let set = unsafe { arch::syscall2(__NR_setitimer, ITIMER_REAL as usize, timer) };
    // Without it no limit would hold.
    sigaction::checked(set).map_err(|why| Refusal::Cannot {
        what: b"set the time limit",
        call: b"setitimer",
        why,
    })
}

arch::signal_entry!(enter_end, end);
arch::signal_entry!(enter_end_silently, end_silently);

/// Says that the time is up.
unsafe extern "C" fn end(_: c_int, info: *mut siginfo_t, _: *mut SignalContext) {
    // SAFETY: the kernel passes it.
    let code = unsafe { (*info).__bindgen_anon_1.__bindgen_anon_1.si_code };
    // A signal that some process sent, perhaps this one, takes its default action.
    if code <= 0 {
        let _ = kill_process(getpid(), Signal::ALARM);
    }
    // It could be set before.
    let _ = signal::catch(SIGALRM, enter_end_silently, SA_NODEFER);
    let mut number = text::Buffer::default();
    let milliseconds = GIVEN.load(Relaxed).div_ceil(1_000_000);
    let milliseconds = text::decimal(milliseconds, &mut number);
    exit::fatal(
        &[b"the time limit of ", milliseconds, b" ms is exceeded"],
        exit::STATUS_TIMEOUT,
    )
}

/// Does without last words, which nobody reads.
unsafe extern "C" fn end_silently(_: c_int, _: *mut siginfo_t, _: *mut SignalContext) {
    exit::exit(exit::STATUS_TIMEOUT)
}
