//! The signals of faults, which a library shares with the program around it: what is a trap of one of
//! our instances ends its call, all else goes to whoever handled it before.
//!
//! The handler may run on a stack with little room, so it does no more than judge; the call is ended
//! after it has returned, on the instance's own stack.

use super::block;
use crate::arch::{self, RED_ZONE, SignalContext};
use crate::fault::Fault;
use crate::instance::Instance;
use crate::program::{self, Linked};
use crate::refusal::Refusal;
use crate::sigaction::{self, DEFAULT, FAULTS, Handler, SIG_IGN};
use crate::state::State;
use crate::trap::{Region, Trap};
use crate::trap_values::Values;
use core::cell::UnsafeCell;
use core::ffi::c_int;
use core::mem::transmute;
use core::sync::atomic::AtomicI32;
use core::sync::atomic::Ordering::{Acquire, Release};
use linux_raw_sys::general::{SA_SIGINFO, kernel_sigaction, siginfo_t};
use rustix::io::{self, Errno};
use rustix::thread::sched_yield;

/// The actions on [`FAULTS`] before.
struct Former(UnsafeCell<[kernel_sigaction; FAULTS.len()]>);

// SAFETY: written by the one thread that installs the handler, before it does.
unsafe impl Sync for Former {}

static FORMER: Former = Former(UnsafeCell::new([DEFAULT; _]));

/// The state of the handler: one of these, or the number of the error that it was refused with.
static INSTALLED: AtomicI32 = AtomicI32::new(NO);
const NO: i32 = 0;
const SOON: i32 = -1;
const YES: i32 = -2;

/// Catches the signals of faults, once in a process.
pub fn install() -> Result<(), Refusal> {
    let state = match INSTALLED.compare_exchange(NO, SOON, Acquire, Acquire) {
        Ok(_) => {
            let state = exchange_all().map_or_else(Errno::raw_os_error, |()| YES);
            INSTALLED.store(state, Release);
            state
        }
        Err(_) => loop {
            match INSTALLED.load(Acquire) {
                SOON => sched_yield(),
                state => break state,
            }
        },
    };
    match state {
        YES => Ok(()),
        error => Err(Refusal::Cannot {
            what: b"set a signal handler",
            call: b"rt_sigaction",
            why: Errno::from_raw_os_error(error),
        }),
    }
}

fn exchange_all() -> io::Result<()> {
    for (index, signal) in FAULTS.into_iter().enumerate() {
        // SAFETY: no one else looks at it yet. It is known before our handler can want it.
        let former = unsafe { &mut (*FORMER.0.get())[index] };
        sigaction::exchange(signal, None, Some(former))?;
        sigaction::exchange(signal, Some(&sigaction::calling(enter_handle, 0)), None)?;
    }
    Ok(())
}

arch::signal_entry!(enter_handle, handle);

unsafe extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut SignalContext) {
    // SAFETY: the kernel passes both.
    unsafe {
        let fault = Fault::told(signal, info, context);
        let instance = fault.and_then(|fault| trapped(&fault, (*context).stack_pointer()));
        match (fault, instance) {
            (Some(fault), Some(instance)) => {
                let room = free_stack(instance, fault.stack_pointer) - size_of::<Room>();
                let record = room as *mut Room;
                record.write(Room(fault));
                let arguments = [instance.state().expose_provenance(), room];
                (*context).call(end_call as *const () as usize, room, arguments);
            }
            _ => pass_on(signal, info, context),
        }
    }
}

/// The instance that runs on the stack at `stack_pointer`, if the fault is a trap of it.
fn trapped(fault: &Fault, stack_pointer: usize) -> Option<&'static mut Instance> {
    let linked = program::linked();
    if !linked.is_compiled(fault.pc) {
        return None;
    }
    let state = block::on_stack(&linked, stack_pointer)?;
    // SAFETY: compiled code is interrupted, so no function of ours is at work on the instance.
    let instance = unsafe { Instance::of(state) };
    trap(&linked, fault, instance).map(|_| instance)
}

fn trap(linked: &Linked, fault: &Fault, instance: &mut Instance) -> Option<Trap<'static>> {
    let region = Region::of(fault.address, instance, linked.memories);
    linked.trap(fault, region, &instance.stack, Values::of(instance))
}

/// Bytes that ending a call takes, with as much again to spare.
const ENDING: usize = 32 << 10;

/// A fault, on the stack of the instance that it has interrupted.
#[repr(align(16))]
struct Room(Fault);

/// An end of the instance's stack from which on it can be used: below the frames of the call that is
/// interrupted, so that they can still be told of, or where there is no room there, over them.
fn free_stack(instance: &Instance, stack_pointer: usize) -> usize {
    let below = (stack_pointer - RED_ZONE) & !15;
    if !instance.stack.guards(below - ENDING) {
        return below;
    }
    let activation = instance.life.activation.addr();
    let end = if instance.stack.contains(activation) {
        activation
    } else {
        instance.stack.top()
    };
    end & !15
}

/// Ends the call of an instance with the trap that a fault amounts to.
unsafe extern "C" fn end_call(state: *mut State, room: *const Room) -> ! {
    // SAFETY: as in `trapped`, which has found it; the record is the handler's.
    let (instance, Room(fault)) = unsafe { (Instance::of(state), room.read()) };
    match trap(&program::linked(), &fault, instance) {
        Some(trap) => instance.trap(&trap),
        None => unreachable!("judged to be a trap before"),
    }
}

/// Does what was to be done about a signal before.
///
/// # Safety
///
/// To be called by the handler, with what it is given.
unsafe fn pass_on(signal: c_int, info: *mut siginfo_t, context: *mut SignalContext) {
    let index = FAULTS.iter().position(|&known| known == signal as u32);
    // SAFETY: nobody writes to it any more.
    let former = index.map_or(DEFAULT, |index| unsafe { (*FORMER.0.get())[index] });
    // SAFETY: the kernel passes it.
    let is_sent = unsafe { (*info).__bindgen_anon_1.__bindgen_anon_1.si_code } <= 0;
    match former.sa_handler_kernel {
        // A fault cannot be ignored.
        Some(handler) if handler as usize == SIG_IGN && is_sent => (),
        Some(handler) if handler as usize != SIG_IGN => {
            let takes_all = former.sa_flags & u64::from(SA_SIGINFO) != 0;
            // SAFETY: its owner has said what it takes.
            unsafe {
                if takes_all {
                    transmute::<unsafe extern "C" fn(c_int), Handler>(handler)(
                        signal, info, context,
                    );
                } else {
                    handler(signal);
                }
            }
        }
        _ => {
            // The call was allowed when our handler was set.
            let _ = sigaction::exchange(signal as u32, Some(&DEFAULT), None);
            if is_sent {
                sigaction::send_again(signal);
            }
        }
    }
}
