//! Actions on signals, as the kernel takes them (rt_sigaction(2)), for the handlers of programs and of libraries.

use crate::arch::{self, SignalContext};
use crate::sys::system_error;
use core::ffi::c_int;
use core::mem::transmute;
use core::ptr;
use linux_raw_sys::general::{
    __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_tgkill, SA_ONSTACK, SA_SIGINFO, SIG_UNBLOCK,
    SIGBUS, SIGFPE, SIGILL, SIGSEGV, kernel_sigaction, kernel_sigset_t, siginfo_t,
};
use rustix::io;
use rustix::process::{Signal, getpid, kill_process};

/// A function that the kernel calls: with the signal, what it tells about it, and what it interrupted.
pub type Handler = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut SignalContext);

/// The default action.
// SAFETY: all fields are numbers or may be null. (Not all architectures have the same.)
pub const DEFAULT: kernel_sigaction = unsafe { core::mem::zeroed() };

/// The signals of faults.
pub const FAULTS: [u32; 4] = [SIGSEGV, SIGBUS, SIGILL, SIGFPE];

/// In place of a handler's address: the signal is ignored.
pub const SIG_IGN: usize = 1;

/// The action to call a handler, on the handlers' stack where the thread has one.
pub fn calling(handler: Handler, flags: u32) -> kernel_sigaction {
    // SAFETY: the handler's type is what SA_SIGINFO says.
    let handler = unsafe { transmute::<Handler, unsafe extern "C" fn(c_int)>(handler) };
    arch::action(kernel_sigaction {
        sa_handler_kernel: Some(handler),
        sa_flags: (SA_SIGINFO | SA_ONSTACK | flags).into(),
        ..DEFAULT
    })
}

/// The action of doing nothing.
#[cfg(feature = "standalone")]
pub fn ignoring() -> kernel_sigaction {
    // SAFETY: nobody calls it: the kernel knows the number.
    let ignore = unsafe { transmute::<usize, unsafe extern "C" fn(c_int)>(SIG_IGN) };
    kernel_sigaction {
        sa_handler_kernel: Some(ignore),
        ..DEFAULT
    }
}

/// Sets what is to be done about a signal, asks what was, or both. It fails only where a sandbox
/// refuses the call.
pub fn exchange(
    signal: u32,
    new: Option<&kernel_sigaction>,
    former: Option<&mut kernel_sigaction>,
) -> io::Result<()> {
    let new = new.map_or(ptr::null(), ptr::from_ref).addr();
    let former = former.map_or(ptr::null_mut(), ptr::from_mut).addr();
    let set_len = size_of::<kernel_sigset_t>();
    // SAFETY: the records are the kernel's own.
    checked(unsafe { arch::syscall4(__NR_rt_sigaction, signal as usize, new, former, set_len) })
}

/// The result of a system call that gives nothing.
pub fn checked(result: isize) -> io::Result<()> {
    match result {
        0 => Ok(()),
        error => Err(system_error::of(error)),
    }
}

/// Unblocks the signals of faults in this thread; gives the set of those that were blocked. A fault whose signal
/// is blocked ends the process without a word: no handler is asked.
pub fn unblock_faults() -> io::Result<u64> {
    let faults = FAULTS.iter().fold(0, |set, signal| set | 1 << (signal - 1));
    let mut former = kernel_sigset_t { sig: [0] };
    change_mask(SIG_UNBLOCK, faults, Some(&mut former))?;
    Ok(former.sig[0] & faults)
}

/// Blocks a set of signals that [`unblock_faults`] has given.
#[cfg(feature = "library")]
pub fn block_again(set: u64) {
    if set != 0 {
        // The call was allowed when it unblocked them.
        let _ = change_mask(linux_raw_sys::general::SIG_BLOCK, set, None);
    }
}

fn change_mask(how: u32, set: u64, former: Option<&mut kernel_sigset_t>) -> io::Result<()> {
    let set = kernel_sigset_t { sig: [set] };
    let (how, set) = (how as usize, ptr::from_ref(&set).addr());
    let former = former.map_or(ptr::null_mut(), ptr::from_mut).addr();
    let set_len = size_of::<kernel_sigset_t>();
    // SAFETY: the sets are the kernel's own.
    checked(unsafe { arch::syscall4(__NR_rt_sigprocmask, how, set, former, set_len) })
}

/// Unblocks a signal that whoever started the program has blocked: what is blocked stays so
/// across execve(2).
#[cfg(feature = "standalone")]
pub fn unblock(signal: u32) -> io::Result<()> {
    change_mask(SIG_UNBLOCK, 1 << (signal - 1), None)
}

/// Raises a signal in this thread, with its default action. It returns where that does not end the
/// process: the first process of a container ignores its own signals.
#[cfg(feature = "standalone")]
pub fn raise_by_default(signal: u32) {
    let _ = exchange(signal, Some(&DEFAULT), None);
    let _ = unblock(signal);
    let process = getpid().as_raw_nonzero().get() as usize;
    let thread = rustix::thread::gettid().as_raw_nonzero().get() as usize;
    // SAFETY: the call takes no pointer, and ignores what is behind its three arguments.
    unsafe { arch::syscall4(__NR_tgkill, process, thread, signal as usize, 0) };
}

/// Sends the process a signal that it has been sent before. It stays blocked while its handler runs.
pub fn send_again(signal: c_int) {
    // SAFETY: the kernel's own number for a signal.
    let signal = unsafe { Signal::from_raw_unchecked(signal) };
    let _ = kill_process(getpid(), signal);
}
