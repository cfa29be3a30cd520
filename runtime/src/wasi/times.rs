//! Setting the times of files.

use crate::sys::errno::Errno;
use crate::sys::types::SetTimeFlags;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

/// The times that `fd_filestat_set_times` and `path_filestat_set_times` are given.
#[inline]
pub(super) fn timestamps(atim: u64, mtim: u64, flags: u32) -> Result<Timestamps, Errno> {
    let flags = SetTimeFlags::new(flags)?;
    let time = |nanoseconds, set, now| match (flags.has(set), flags.has(now)) {
        (true, true) => Err(Errno::INVAL),
        (true, false) => Ok(Timespec {
            tv_sec: (nanoseconds / 1_000_000_000) as i64,
            tv_nsec: (nanoseconds % 1_000_000_000) as _,
        }),
        (false, is_now) => Ok(Timespec {
            tv_sec: 0,
            tv_nsec: (if is_now { UTIME_NOW } else { UTIME_OMIT }) as _,
        }),
    };
    Ok(Timestamps {
        last_access: time(atim, SetTimeFlags::ATIM, SetTimeFlags::ATIM_NOW)?,
        last_modification: time(mtim, SetTimeFlags::MTIM, SetTimeFlags::MTIM_NOW)?,
    })
}
