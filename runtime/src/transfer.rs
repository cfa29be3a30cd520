//! System calls that move bytes between a descriptor and guest memory, without a copy between.
//!
//! rustix would have these take slices, and slices into guest memory could overlap one another; so
//! they are made here, from checked [`Iovec`]s.

use crate::arch::syscall4;
use crate::guest::{Iovec, Span};
use crate::sys::system_error;
use core::ptr;
use linux_raw_sys::general::{
    __NR_getrandom, __NR_ppoll, __NR_pread64, __NR_preadv, __NR_pwrite64, __NR_pwritev, __NR_read,
    __NR_readv, __NR_recvmsg, __NR_sendmsg, __NR_write, __NR_writev,
};
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::{Errno, Result};
use rustix::time::Timespec;

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the descriptor into guest memory.
    Read,
    /// From guest memory to the descriptor.
    Write,
}

/// Makes a system call, again if a signal interrupts it before it has done anything.
///
/// # Safety
///
/// As the system call's.
#[inline]
unsafe fn call(number: u32, [a, b, c, d]: [usize; 4]) -> Result<usize> {
    loop {
        // SAFETY: the caller's promise.
        let result = unsafe { syscall4(number, a, b, c, d) };
        if result >= 0 {
            return Ok(result as usize);
        }
        let errno = system_error::of(result);
        if errno != Errno::INTR {
            return Err(errno);
        }
    }
}

/// Moves bytes at the descriptor's own position, or at `position` without changing it.
#[inline]
pub fn transfer(
    direction: Direction,
    fd: BorrowedFd<'_>,
    buffers: &[Iovec],
    position: Option<u64>,
) -> Result<usize> {
    let fd = fd.as_raw_fd() as usize;
    let at = position.unwrap_or(0) as usize;
    let (number, start, len) = match (buffers, direction, position) {
        ([one], Direction::Read, None) => (__NR_read, one.as_ptr() as usize, one.len()),
        ([one], Direction::Write, None) => (__NR_write, one.as_ptr() as usize, one.len()),
        ([one], Direction::Read, Some(_)) => (__NR_pread64, one.as_ptr() as usize, one.len()),
        ([one], Direction::Write, Some(_)) => (__NR_pwrite64, one.as_ptr() as usize, one.len()),
        (all, Direction::Read, None) => (__NR_readv, all.as_ptr() as usize, all.len()),
        (all, Direction::Write, None) => (__NR_writev, all.as_ptr() as usize, all.len()),
        (all, Direction::Read, Some(_)) => (__NR_preadv, all.as_ptr() as usize, all.len()),
        (all, Direction::Write, Some(_)) => (__NR_pwritev, all.as_ptr() as usize, all.len()),
    };
    // SAFETY: an `Iovec` covers guest memory only, where any byte may change or be read.
    unsafe { call(number, [fd, start, len, at]) }
}

/// Fills `span` with random bytes; the kernel gives at most 32 MiB at a time.
#[inline]
pub fn random(span: Span) -> Result<()> {
    let mut left = span;
    while !left.is_empty() {
        // SAFETY: as in `transfer`.
        let got = unsafe { call(__NR_getrandom, [left.as_ptr() as usize, left.len(), 0, 0])? };
        left = left.skip(got);
    }
    Ok(())
}

/// The amount to be moved before a call that waits returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Whatever there is, but something.
    Some,
    /// All that the buffers hold, or have room for.
    All,
}

/// Moves bytes by `attempt`, which may find that it would block: then waits until it would not. As a
/// descriptor without O_NONBLOCK would have it, writing waits until everything is written, and
/// reading until there is something, the end or an error.
#[inline]
pub fn waiting(
    direction: Direction,
    fd: BorrowedFd<'_>,
    buffers: &mut [Iovec],
    until: Until,
    mut attempt: impl FnMut(&[Iovec]) -> Result<usize>,
) -> Result<usize> {
    let events = match direction {
        Direction::Read => POLLIN,
        Direction::Write => POLLOUT,
    };
    let mut total = 0;
    loop {
        match attempt(buffers) {
            Err(Errno::AGAIN) => poll(&mut [PollFd::new(fd.as_raw_fd(), events)], None)?,
            Err(error) if total == 0 => return Err(error),
            Err(_) | Ok(0) => return Ok(total),
            Ok(moved) => {
                total += moved;
                if until == Until::Some || Iovec::advance(buffers, moved) == 0 {
                    return Ok(total);
                }
            }
        }
    }
}

/// `struct msghdr` of recvmsg(2).
#[repr(C)]
struct Message {
    name: *const u8,
    name_len: u32,
    buffers: *const Iovec,
    buffer_count: usize,
    control: *const u8,
    control_len: usize,
    flags: u32,
}

/// Receives or sends one message; the number of bytes, and the message's flags on receipt.
#[inline]
pub fn message(
    direction: Direction,
    fd: BorrowedFd<'_>,
    buffers: &[Iovec],
    flags: u32,
) -> Result<(usize, u32)> {
    let number = match direction {
        Direction::Read => __NR_recvmsg,
        Direction::Write => __NR_sendmsg,
    };
    let mut message = Message {
        name: ptr::null(),
        name_len: 0,
        buffers: buffers.as_ptr(),
        buffer_count: buffers.len(),
        control: ptr::null(),
        control_len: 0,
        flags: 0,
    };
    let fd = fd.as_raw_fd() as usize;
    let header = &raw mut message as usize;
    // SAFETY: the header outlives the call; its buffers are as in `transfer`.
    let len = unsafe { call(number, [fd, header, flags as usize, 0])? };
    Ok((len, message.flags))
}

/// That reading would not block.
pub const POLLIN: i16 = 0x1;
/// That writing would not block.
pub const POLLOUT: i16 = 0x4;

/// `struct pollfd` of poll(2).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PollFd {
    fd: i32,
    events: i16,
    /// The events that have come about.
    pub returned: i16,
}

impl PollFd {
    /// One that nothing is waited for with.
    pub const NONE: PollFd = PollFd::new(-1, 0);

    /// One that waits for `events`.
    #[inline]
    pub const fn new(fd: i32, events: i16) -> Self {
        PollFd {
            fd,
            events,
            returned: 0,
        }
    }

    /// The descriptor.
    #[inline]
    pub fn fd(&self) -> i32 {
        self.fd
    }

    /// Waits for these events, too.
    #[inline]
    pub fn watch(&mut self, events: i16) {
        self.events |= events;
    }
}

/// Waits until something has come about or `nanoseconds` have passed, or a little less.
#[inline]
pub fn poll(fds: &mut [PollFd], nanoseconds: Option<u64>) -> Result<()> {
    let time = nanoseconds.map(|nanoseconds| Timespec {
        tv_sec: (nanoseconds / 1_000_000_000) as i64,
        tv_nsec: (nanoseconds % 1_000_000_000) as _,
    });
    let time = time.as_ref().map_or(ptr::null(), ptr::from_ref);
    let array = fds.as_mut_ptr() as usize;
    // SAFETY: the kernel writes no more than `fds`; the time outlives the call.
    match unsafe { syscall4(__NR_ppoll, array, fds.len(), time as usize, 0) } {
        0.. => Ok(()),
        error => match system_error::of(error) {
            // The caller looks what is due and waits again.
            Errno::INTR => Ok(()),
            error => Err(error),
        },
    }
}
