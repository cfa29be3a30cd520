//! The end of a program: by its own wish, or with a last word on standard error. (In a library only the
//! call ends, as `library` has it.)

#[cfg(feature = "standalone")]
use crate::report::{Reason, Report};
use crate::{arch, text};
use core::panic::Location;
#[cfg(not(feature = "library"))]
use kiln_abi::library::Status;
use linux_raw_sys::general::{__NR_exit, __NR_exit_group};
use rustix::fd::BorrowedFd;
use rustix::io::{self, Errno, IoSlice};
use rustix::process::{Signal, getpid, kill_process};

/// Exit status of a program that could not start, or that an exception ended, if no signal does.
pub const STATUS_FAILURE: i32 = 1;
/// Exit status of a program that trapped, if no signal ends it: what a shell shows for SIGABRT.
pub const STATUS_TRAP: i32 = 134;

/// Exit status of a program that ran for too long: what timeout(1) gives.
pub const STATUS_TIMEOUT: i32 = 124;

#[cfg(not(feature = "library"))]
impl crate::instance::Instance {
    /// Ends the instance, and the program with it, as its `proc_exit` asks.
    pub fn exit(&mut self, code: u32) -> ! {
        exit(code as i32)
    }

    /// Ends the instance, and the program with it, by a trap.
    #[cfg(feature = "standalone")]
    pub fn trap(&mut self, trap: &crate::trap::Trap) -> ! {
        self.end_for(Status::Trap, trap)
    }

    /// Ends the instance, and the program with it, for a reason told at length.
    #[cfg(feature = "standalone")]
    pub fn end_for(&mut self, why: Status, reason: &impl Reason) -> ! {
        let mut report = Stderr::new();
        report.put(b"error: ");
        reason.tell(&crate::program::linked(), &self.stack, &mut report);
        report.put(b"\n");
        report.flush();
        self.die(why)
    }

    /// Ends the instance, and the program with it, because it cannot go on; `parts` say why.
    pub fn end(&mut self, why: Status, parts: &[&[u8]]) -> ! {
        say(parts);
        self.die(why)
    }

    /// Ends the process: for a trap or an exception by SIGABRT where the program is to end so, else with a
    /// status.
    fn die(&self, why: Status) -> ! {
        let status = match why {
            Status::Trap => STATUS_TRAP,
            _ => STATUS_FAILURE,
        };
        #[cfg(feature = "standalone")]
        if matches!(why, Status::Trap | Status::Exception) && self.host.config().raises_on_trap() {
            crate::sigaction::raise_by_default(linux_raw_sys::general::SIGABRT);
        }
        exit(status)
    }
}

/// Text on its way to standard error: written all at once, so that the lines of several processes do not
/// mix, unless it is very long.
#[cfg(feature = "standalone")]
struct Stderr {
    text: [u8; 8 << 10],
    len: usize,
}

#[cfg(feature = "standalone")]
impl Stderr {
    fn new() -> Self {
        Stderr {
            text: [0; _],
            len: 0,
        }
    }

    /// Writes what there is. A standard error that cannot be written to is no further trouble.
    fn flush(&mut self) {
        let mut text = self.text.get(..self.len).unwrap_or_default();
        // SAFETY: descriptor 2 is only borrowed; if it is closed, the write fails with EBADF.
        let stderr = unsafe { BorrowedFd::borrow_raw(2) };
        while let Ok(written @ 1..) = io::write(stderr, text) {
            text = text.get(written..).unwrap_or_default();
        }
        self.len = 0;
    }
}

#[cfg(feature = "standalone")]
impl Report for Stderr {
    fn put(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(self.text.len()) {
            if self.text.len() - self.len < part.len() {
                self.flush();
            }
            let rest = self.text.get_mut(self.len..).unwrap_or_default();
            if let Some(room) = rest.get_mut(..part.len()) {
                room.copy_from_slice(part);
                self.len += part.len();
            }
        }
    }
}

/// Parts a message can have besides its `error: ` and its newline.
const MAX_PARTS: usize = 14;

/// Ends the process. Of `code`, its parent sees the low 8 bits.
pub fn exit(code: i32) -> ! {
    loop {
        // SAFETY: neither takes a pointer, and what they end includes us.
        unsafe {
            arch::syscall1(__NR_exit_group, code as usize);
            // What a sandbox may allow instead: there is but one thread.
            arch::syscall1(__NR_exit, code as usize);
        }
    }
}

/// Ends the process with `status` after `error: `, `parts` and a newline on standard error.
pub fn fatal(parts: &[&[u8]], status: i32) -> ! {
    say(parts);
    exit(status)
}

/// Ends the process because it cannot go on without harm. The program around a library gets the
/// signal of an abort.
pub fn abort(parts: &[&[u8]]) -> ! {
    say(parts);
    if cfg!(feature = "library") {
        let _ = kill_process(getpid(), Signal::ABORT);
    }
    exit(STATUS_TRAP)
}

/// Ends the process because the runtime itself is wrong, and tells where.
#[cold]
#[inline(never)]
pub fn internal_error(location: Option<&Location>) -> ! {
    let mut line = text::Buffer::default();
    let (file, line) = match location {
        Some(location) => (
            location.file(),
            text::decimal(u64::from(location.line()), &mut line),
        ),
        None => ("?", &b"?"[..]),
    };
    abort(&[
        b"internal error in the kiln runtime: ",
        file.as_bytes(),
        b":",
        line,
    ])
}

/// Writes `error: `, `parts` and a newline to standard error, all at once so that the lines of
/// several processes do not mix. A standard error that cannot be written to is no further trouble.
pub fn say(parts: &[&[u8]]) {
    let mut slices = [IoSlice::new(b""); MAX_PARTS + 2];
    slices[0] = IoSlice::new(b"error: ");
    let len = parts.len().min(MAX_PARTS);
    for (slice, part) in slices[1..].iter_mut().zip(&parts[..len]) {
        *slice = IoSlice::new(part);
    }
    slices[len + 1] = IoSlice::new(b"\n");
    // SAFETY: descriptor 2 is only borrowed; if it is closed, the write fails with EBADF.
    let stderr = unsafe { BorrowedFd::borrow_raw(2) };
    if let Err(Errno::PERM | Errno::NOSYS) = io::writev(stderr, &slices[..len + 2]) {
        // What a sandbox may allow instead.
        let ends: [&[u8]; 2] = [b"error: ", b"\n"];
        for part in [ends[0]].iter().chain(&parts[..len]).chain([&ends[1]]) {
            let _ = io::write(stderr, part);
        }
    }
}
