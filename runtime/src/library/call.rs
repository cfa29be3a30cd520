//! Calls into compiled code, and the ways out of it: return, and what ends a program elsewhere.

use crate::instance::Instance;
use crate::life::Phase;
use crate::report::Reason;
use crate::state::State;
use crate::sys::text;
use crate::trap::Trap;
use crate::{arch, exit, program, sigaction};
use kiln_abi::library::Status;

/// Compiled code that takes its parameters from an array of 16-byte slots, and puts its results
/// there.
pub type Trampoline = extern "C" fn(state: *mut State, values: *mut u128);

/// See [`kiln_abi::symbols::CALL`].
///
/// # Safety
///
/// `state` must be that of an instance, or null, and the rest what the trampoline asks for.
#[inline]
pub unsafe fn call_started(state: *mut State, trampoline: Trampoline, values: *mut u128) -> u32 {
    if state.is_null() {
        return Status::Misuse as u32;
    }
    // SAFETY: the caller's promise.
    let instance = unsafe { Instance::of(state) };
    match instance.life.phase {
        // SAFETY: as above.
        Phase::Started => unsafe { call(state, trampoline, values) },
        Phase::New => instance.misuse(b"the instance has not been started"),
        Phase::Failed => instance.misuse(b"the start of the instance has failed"),
    }
}

/// Calls a trampoline on the instance's stack, or on the same as now if that is it: an import may
/// call the instance that calls it. The signals of faults are not blocked meanwhile, because a trap
/// is a fault in compiled code.
///
/// # Safety
///
/// `state` must be that of an instance that has its memories, and the rest what the trampoline asks
/// for.
#[inline]
pub unsafe fn call(state: *mut State, trampoline: Trampoline, values: *mut u128) -> u32 {
    // SAFETY: the caller's promise.
    let instance = unsafe { Instance::of(state) };
    let outer = instance.life.activation;
    let top = if outer.is_null() {
        instance.stack.top()
    } else if instance.stack.contains((&raw const outer).addr()) {
        0
    } else {
        return instance.misuse(b"the instance is running already, on another stack or thread");
    };
    let blocked = unblock_faults(instance);
    // SAFETY: nothing is on that stack, or we are. References are made anew meanwhile.
    let status = unsafe {
        let activation = &raw mut (*Instance::record(state)).life.activation;
        let status = arch::enter(trampoline, state, values, top, activation);
        *activation = outer;
        status
    };
    sigaction::block_again(blocked);
    status
}

/// Unblocks the signals of faults in this thread; returns the set to block again.
///
/// The system call takes 0.2 µs, 17 times as long as the rest of a call. So it is left out if the last
/// call of the instance came from the same thread and found none of them blocked.
#[inline]
fn unblock_faults(instance: &mut Instance) -> u64 {
    let thread = arch::thread_pointer();
    if instance.life.unblocked_thread == thread {
        return 0;
    }
    // A sandbox that refuses the system call leaves them as they are, seldom blocked.
    let blocked = sigaction::unblock_faults().unwrap_or(0);
    instance.life.unblocked_thread = if blocked == 0 { thread } else { 0 };
    blocked
}

impl Instance {
    /// Ends the call of the instance as its `proc_exit` asks.
    #[inline]
    pub fn exit(&mut self, code: u32) -> ! {
        self.life.exit_code = code;
        let mut number = text::Buffer::default();
        let code = text::decimal(code.into(), &mut number);
        self.end(Status::Exit, &[b"the module has exited with ", code])
    }

    /// Ends the call of the instance by a trap.
    #[inline]
    pub fn trap(&mut self, trap: &Trap) -> ! {
        self.end_for(Status::Trap, trap)
    }

    /// Ends the call of the instance for a reason told at length.
    pub fn end_for(&mut self, why: Status, reason: &impl Reason) -> ! {
        let stack = self.stack;
        self.life.message.clear();
        reason.tell(&program::linked(), &stack, &mut self.life.message);
        self.leave(why)
    }

    /// Ends the call of the instance because it cannot go on; `parts` say why.
    #[inline]
    pub fn end(&mut self, why: Status, parts: &[&[u8]]) -> ! {
        self.life.message.set(parts);
        self.leave(why)
    }

    #[inline]
    fn leave(&mut self, why: Status) -> ! {
        if !self.is_running() {
            exit::abort(&[b"an instance is ended that does not run"]);
        }
        // SAFETY: `arch::enter` has left it, and has not been returned to. What is left behind are
        // frames of compiled code, which own nothing, and of an import that asks for it.
        unsafe { arch::leave(self.life.activation, why as u32) }
    }

    /// The status of a call that makes no sense.
    #[inline]
    pub fn misuse(&mut self, what: &[u8]) -> u32 {
        self.life.message.set(&[what]);
        Status::Misuse as u32
    }

    /// Tells if compiled code of it is being called.
    #[inline]
    pub fn is_running(&self) -> bool {
        !self.life.activation.is_null()
    }
}
