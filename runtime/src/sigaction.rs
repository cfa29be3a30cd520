//! What is to be done about a signal, as the kernel takes it (rt_sigaction(2)): what handlers of
//! programs and of libraries have in common.

use crate::arch::{self, SignalContext};
use core::ffi::c_int;
use core::mem::transmute;
use core::ptr;
use linux_raw_sys::general::{
    __NR_rt_sigaction, SA_ONSTACK, SA_RESTORER, SA_SIGINFO, kernel_sigaction, kernel_sigset_t,
    siginfo_t,
};
use rustix::process::{Signal, getpid, kill_process};

/// What the kernel calls: with the signal, what it tells about it, and what it interrupted.
pub type Handler = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut SignalContext);

/// The default action.
pub const DEFAULT: kernel_sigaction = kernel_sigaction {
    sa_handler_kernel: None,
    sa_flags: 0,
    sa_restorer: None,
    sa_mask: kernel_sigset_t { sig: [0] },
};

/// In place of a handler's address: the signal is ignored.
pub const SIG_IGN: usize = 1;

/// The action to call a handler, on the handlers' stack where the thread has one.
pub fn calling(handler: Handler, flags: u32) -> kernel_sigaction {
    // SAFETY: the handler's type is what SA_SIGINFO says.
    let handler = unsafe { transmute::<Handler, unsafe extern "C" fn(c_int)>(handler) };
    kernel_sigaction {
        sa_handler_kernel: Some(handler),
        sa_flags: (SA_SIGINFO | SA_ONSTACK | SA_RESTORER | flags).into(),
        sa_restorer: Some(arch::signal_return),
        ..DEFAULT
    }
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

/// Sets what is to be done about a signal, asks what was, or both.
pub fn exchange(
    signal: u32,
    new: Option<&kernel_sigaction>,
    former: Option<&mut kernel_sigaction>,
) {
    let new = new.map_or(ptr::null(), ptr::from_ref).addr();
    let former = former.map_or(ptr::null_mut(), ptr::from_mut).addr();
    let set_len = size_of::<kernel_sigset_t>();
    // SAFETY: the records are the kernel's own. The call fails only for arguments that are wrong.
    unsafe { arch::syscall4(__NR_rt_sigaction, signal as usize, new, former, set_len) };
}

/// Sends the process a signal that it has been sent before. It stays blocked while its handler runs.
pub fn send_again(signal: c_int) {
    // SAFETY: the kernel's own number for a signal.
    let signal = unsafe { Signal::from_raw_unchecked(signal) };
    let _ = kill_process(getpid(), signal);
}
