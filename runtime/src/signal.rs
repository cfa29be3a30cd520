//! The signals of faults: how they are caught, and how a fault that is no trap takes its course.

use crate::arch::{self, SignalContext};
use crate::exit;
use crate::fault::Fault;
use crate::instance::Instance;
use crate::program;
use crate::refusal::Refusal;
use crate::sigaction::{self, FAULTS, Handler};
use crate::stack::Stack;
use crate::state::STATE;
use crate::sys::text;
use crate::trap::Region;
use crate::trap_values::Values;
use core::ffi::c_int;
use core::ptr;
use linux_raw_sys::general::{__NR_sigaltstack, SA_RESETHAND, SIGPIPE, siginfo_t, stack_t};
use rustix::io::Errno;

/// Catches the signals of faults. While a handler runs, its signal has its default action again, so
/// that a fault in the handler ends the process.
pub fn install(stack: &Stack) -> Result<(), Refusal> {
    let (ss_sp, ss_size) = stack.of_handlers();
    let stack = stack_t {
        ss_sp,
        ss_flags: 0,
        ss_size: ss_size as _,
    };
    // SAFETY: the record is the kernel's own, and the stack is for nothing else.
    let set = unsafe { arch::syscall2(__NR_sigaltstack, ptr::from_ref(&stack).addr(), 0) };
    sigaction::checked(set).map_err(cannot(b"set the stack of signal handlers", b"sigaltstack"))?;
    for signal in FAULTS {
        catch(signal, enter_handle, SA_RESETHAND)?;
    }
    // What is blocked stays so across execve(2).
    let unblocked = sigaction::unblock_faults();
    unblocked.map_err(cannot(b"unblock the signals of faults", b"rt_sigprocmask"))?;
    Ok(())
}

fn cannot(what: &'static [u8], call: &'static [u8]) -> impl FnOnce(Errno) -> Refusal {
    move |why| Refusal::Cannot { what, call, why }
}

/// Sets the handler of a signal, which runs on the handlers' stack.
pub fn catch(signal: u32, handler: Handler, flags: u32) -> Result<(), Refusal> {
    let action = sigaction::calling(handler, flags);
    sigaction::exchange(signal, Some(&action), None)
        .map_err(cannot(b"set a signal handler", b"rt_sigaction"))
}

/// Makes writing to a pipe that nobody reads an error, not the end: SIGPIPE is ignored.
pub fn ignore_broken_pipes() {
    // Where a sandbox refuses the call, the handlers before have not been set either.
    let _ = sigaction::exchange(SIGPIPE, Some(&sigaction::ignoring()), None);
}

arch::signal_entry!(enter_handle, handle);

unsafe extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut SignalContext) {
    // SAFETY: the kernel passes both.
    if let Some(fault) = unsafe { Fault::told(signal, info, context) } {
        let linked = program::linked();
        // SAFETY: the program is at an end, whatever the fault has interrupted.
        let instance = unsafe { Instance::of(STATE) };
        let region = Region::of(fault.address, instance, linked.memories);
        if let Some(trap) = linked.trap(&fault, region, &instance.stack, Values::of(instance)) {
            instance.trap(&trap);
        }
        report_bug(&fault);
    }
    // Blocked until the handler returns, then it takes its default action.
    sigaction::send_again(signal);
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
