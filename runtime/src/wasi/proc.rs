//! The process itself.

use crate::guest::Memory;
use crate::host::Host;
use crate::sys::errno::Errno;
use core::ops::RangeInclusive;
use rustix::process::{Signal, getpid, kill_process};

/// The signals that stop a process: `stop`, `tstp`, `ttin` and `ttou`.
const STOPPING: RangeInclusive<u32> = 18..=21;

/// `proc_raise`: sends the process a signal. The numbers are Linux's up to SIGTERM; SIGSTKFLT,
/// which comes next there, WASI does not have. A library does not signal the program it is in. A
/// program with a time limit does not stop, since the limit would not hold while it is stopped.
#[inline]
pub fn proc_raise(host: &Host, _: Memory, signal: u32) -> Result<(), Errno> {
    if cfg!(feature = "library") {
        return Err(Errno::NOSYS);
    }
    if host.has_timeout && STOPPING.contains(&signal) {
        return Err(Errno::NOTSUP);
    }
    let number = match signal {
        0 => return Ok(()),
        1..=15 => signal,
        16..=30 => signal + 1,
        _ => return Err(Errno::INVAL),
    };
    let signal = Signal::from_named_raw(number as i32).ok_or(Errno::INVAL)?;
    Ok(kill_process(getpid(), signal)?)
}

/// `sched_yield`.
#[inline]
pub fn sched_yield(_: &Host, _: Memory) -> Result<(), Errno> {
    rustix::thread::sched_yield();
    Ok(())
}
