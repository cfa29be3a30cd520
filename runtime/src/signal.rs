//! The signals of faults: how they are caught, and how a fault that is no trap takes its course.

use crate::arch::{self, SignalContext};
use crate::instance::Instance;
use crate::program;
use crate::stack::Stack;
use crate::start::STATE;
use crate::trap::{Fault, Region};
use crate::{exit, text};
use core::ffi::c_int;
use core::mem::transmute;
use core::ptr;
use kiln_abi::library::Status;
use linux_raw_sys::general::{
    __NR_rt_sigaction, __NR_sigaltstack, SA_ONSTACK, SA_RESETHAND, SA_RESTORER, SA_SIGINFO, SIGBUS,
    SIGFPE, SIGILL, SIGSEGV, kernel_sigaction, kernel_sigset_t, siginfo_t, stack_t,
};
use rustix::process::{Signal, getpid, kill_process};

/// Catches the signals of faults. While a handler runs, its signal has its default action again, so
/// that a fault in the handler ends the process.
pub fn install(stack: &Stack) {
    let (ss_sp, ss_size) = stack.of_handlers();
    let stack = stack_t {
        ss_sp,
        ss_flags: 0,
        ss_size: ss_size as _,
    };
    // SAFETY: the record is the kernel's own, and the stack is for nothing else. The call fails only
    // for arguments that are wrong.
    unsafe { arch::syscall2(__NR_sigaltstack, ptr::from_ref(&stack).addr(), 0) };
    for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE] {
        catch(signal, handle, SA_RESETHAND);
    }
}

/// Has a signal handled, on the handlers' stack.
pub fn catch(signal: u32, handler: Handler, flags: u32) {
    // SAFETY: the handler's type is what SA_SIGINFO says.
    let handler = unsafe { transmute::<Handler, unsafe extern "C" fn(c_int)>(handler) };
    let action = kernel_sigaction {
        sa_handler_kernel: Some(handler),
        sa_flags: (SA_SIGINFO | SA_ONSTACK | SA_RESTORER | flags).into(),
        sa_restorer: Some(arch::signal_return),
        sa_mask: kernel_sigset_t { sig: [0] },
    };
    let action = ptr::from_ref(&action).addr();
    let set_len = size_of::<kernel_sigset_t>();
    // SAFETY: the record is the kernel's own. The call fails only for arguments that are wrong.
    unsafe { arch::syscall4(__NR_rt_sigaction, signal as usize, action, 0, set_len) };
}

/// What the kernel calls: with the signal, what it tells about it, and what it interrupted.
pub type Handler = unsafe extern "C" fn(c_int, *const siginfo_t, *const SignalContext);

unsafe extern "C" fn handle(signal: c_int, info: *const siginfo_t, context: *const SignalContext) {
    // SAFETY: the kernel passes both.
    if let Some(fault) = unsafe { Fault::told(signal, info, context) } {
        let linked = program::linked();
        // SAFETY: the program is at an end, whatever the fault has interrupted.
        let instance = unsafe { Instance::of(STATE) };
        let region = Region::of(fault.address, instance, linked.memories);
        if let Some(trap) = linked.trap(&fault, region) {
            trap.tell(|parts| instance.end(Status::Trap, parts));
        }
        report_bug(&fault);
    }
    // Blocked until the handler returns, then it takes its default action.
    // SAFETY: the kernel's own number for a signal.
    let signal = unsafe { Signal::from_raw_unchecked(signal) };
    let _ = kill_process(getpid(), signal);
}

fn report_bug(fault: &Fault) {
    let (mut signal, mut pc, mut address) = Default::default();
    exit::say(&[
        b"internal fault: signal ",
        text::decimal(fault.signal.into(), &mut signal),
        b" at pc ",
        text::hexadecimal(fault.pc as u64, &mut pc),
        b" address ",
        text::hexadecimal(fault.address as u64, &mut address),
    ]);
}
