//! The end of a program: by its own wish, or with a last word on standard error. (In a library only the
//! call ends, as `library` has it.)

use crate::arch;
#[cfg(feature = "standalone")]
use crate::report::Reason;
use crate::report::Report;
use crate::sys::text;
use core::panic::Location;
#[cfg(not(feature = "library"))]
use kiln_abi::library::Status;
use linux_raw_sys::general::{__NR_exit, __NR_exit_group};
use rustix::fd::BorrowedFd;
use rustix::io;
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
        Stderr::error(|report| reason.tell(&crate::program::linked(), &self.stack, report));
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
/// mix, unless it is very long. A standard error that cannot be written to is no further trouble.
struct Stderr {
    text: [u8; ROOM],
    len: usize,
}

/// Bytes that are written at once. A library says a line, on a stack of its host's that may be small; an
/// executable tells the functions at work.
const ROOM: usize = if cfg!(feature = "library") {
    1 << 10
} else {
    8 << 10
};

impl Stderr {
    /// Writes an error in a line, or more, that `tell` tells.
    fn error(tell: impl FnOnce(&mut Self)) {
        let mut text = Stderr {
            text: [0; _],
            len: 0,
        };
        text.put(b"error: ");
        tell(&mut text);
        text.put(b"\n");
        text.flush();
    }

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

impl Report for Stderr {
    // Inlined, it would be there for each part.
    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(ROOM) {
            if ROOM - self.len < part.len() {
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

/// Writes `error: `, `parts` and a newline to standard error.
pub fn say(parts: &[&[u8]]) {
    Stderr::error(|line| parts.iter().for_each(|part| line.put(part)));
}
