//! Clocks. They are read through the kernel's vDSO, which rustix looks up at the first call, so
//! that a program that reads the clock often makes no system call for it.

use crate::guest::Memory;
use crate::host::Host;
use crate::sys::errno::Errno;
use crate::sys::types::timestamp;
use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

/// `clockid`.
#[inline(always)]
pub(super) fn clock(id: u32) -> Result<ClockId, Errno> {
    match id {
        0 => Ok(ClockId::Realtime),
        1 => Ok(ClockId::Monotonic),
        2 => Ok(ClockId::ProcessCPUTime),
        3 => Ok(ClockId::ThreadCPUTime),
        _ => Err(Errno::INVAL),
    }
}

/// A time as nanoseconds.
#[inline(always)]
pub(super) fn nanoseconds(time: Timespec) -> u64 {
    timestamp(time.tv_sec, time.tv_nsec as u64)
}

/// `clock_res_get`: a clock's resolution.
#[inline]
pub fn clock_res_get(_: &Host, memory: Memory, id: u32, result: u32) -> Result<(), Errno> {
    memory.write_u64(result, nanoseconds(clock_getres(clock(id)?)))
}

/// `clock_time_get`: a clock's time. The precision asked for is no matter: it is always full.
#[inline]
pub fn clock_time_get(
    _: &Host,
    memory: Memory,
    id: u32,
    _precision: u64,
    result: u32,
) -> Result<(), Errno> {
    memory.write_u64(result, nanoseconds(clock_gettime(clock(id)?)))
}
