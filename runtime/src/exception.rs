//! Exceptions: making one, and throwing it to the nearest handler.
//!
//! SECURITY: resuming sets the program counter, stack and frame pointer. They come from the stack's
//! chain of frame pointers, which programs that throw are compiled to keep, and from the compiler's
//! table; linear memory, all that a guest can write, holds none of it.

use crate::arch::SAVED_REGISTERS;
use crate::heap::Heap;
use crate::instance::Instance;
use crate::program::{self, Linked};
use crate::refusal::Refusal;
use crate::state::State;
use crate::uncaught::uncaught;
use crate::{arch, table};
use core::ops::Range;
use kiln_abi::exception::{Exception, ExceptionTable};
use kiln_abi::library::Status;
use rustix::io;

/// Makes an exception; [`kiln_abi::symbols::EXCEPTION_NEW`] comes here. From `stack` on up lies what
/// compiled code keeps: [`SAVED_REGISTERS`], the return address, and its stack.
///
/// # Safety
///
/// `state` must be that of the caller's instance.
#[inline]
pub unsafe extern "C" fn new(
    state: *mut State,
    tag: u32,
    payload: u64,
    stack: usize,
) -> *mut Exception {
    // SAFETY: the caller's promise.
    let instance = unsafe { Instance::of(state) };
    let exception: *mut Exception = match take_slot(instance, stack) {
        Ok(slot) => slot.cast(),
        Err(why) => {
            let (what, call) = (b"allocate an exception", b"mmap");
            let refusal = Refusal::Cannot { what, call, why };
            refusal.tell(|parts| instance.end(Status::Refused, parts))
        }
    };
    let record = Exception {
        tag,
        payload_len: payload as u32,
        // SAFETY: the return address lies above the registers.
        thrown_at: unsafe { (stack as *const u64).add(SAVED_REGISTERS).read() },
    };
    // SAFETY: the slot is nobody else's, and large enough for any exception of the program's.
    unsafe { exception.write(record) };
    exception
}

#[inline]
fn take_slot(instance: &mut Instance, stack: usize) -> io::Result<*mut u8> {
    let linked = program::linked();
    let (state, stack) = (instance.state(), stack..instance.stack.top());
    let heap = match &mut instance.exceptions {
        Some(heap) => heap,
        none => none.insert(Heap::new(
            linked.program.exception_size as usize,
            usize::MAX,
        )?),
    };
    let before = heap.taken();
    heap.allow(instance.budget.left());
    let slot = heap.take(|| roots(&linked, state, stack));
    // No more than was allowed, so that it cannot fail.
    instance.budget.take(heap.taken() - before);
    slot
}

/// The places where references to exceptions may lie: the stack, the state, and tables that have
/// outgrown it.
#[inline]
fn roots(
    linked: &Linked,
    state: *mut State,
    stack: Range<usize>,
) -> impl Iterator<Item = Range<usize>> {
    let state_len = linked.program.state_len as usize;
    let in_state = state.addr()..state.addr() + state_len;
    // SAFETY: the offsets are those of the state's tables.
    let outgrown = unsafe { table::outgrown(state, linked.tables) };
    [stack, in_state].into_iter().chain(outgrown)
}

/// Throws `exception` in the instance of `state` to the nearest handler of the callers of `thrower`, a frame:
/// its caller's frame pointer, and behind it the return address. [`kiln_abi::symbols::THROW`] comes here.
///
/// Nothing is left before a handler is found, so that the functions at work can be told where there is none.
///
/// # Safety
///
/// `exception` is of [`new`] for that instance; `thrower` is the frame of a call from compiled code that
/// keeps frame pointers.
#[inline]
pub unsafe extern "C" fn throw(
    state: *mut State,
    exception: *mut Exception,
    thrower: *const usize,
) -> ! {
    let linked = program::linked();
    let table = ExceptionTable(linked.exception_table);
    let mut callee = thrower;
    // SAFETY: the caller's promise.
    let tag = unsafe { (*exception).tag };
    loop {
        // SAFETY: a frame pointer points to the caller's, with the return address behind it.
        let (frame, return_address) =
            unsafe { (callee.read() as *const usize, callee.add(1).read()) };
        let offset = return_address.wrapping_sub(linked.text);
        if offset > linked.program.text_len as usize {
            // SAFETY: the caller's promise. No frame has been left yet.
            unsafe { uncaught(Instance::of(state), exception, thrower) };
        }
        if let Some((landing, frame_size)) = table.find(offset as u32, tag) {
            let landing = linked.text + landing as usize;
            // SAFETY: the compiler made this call site's landing place for this frame, which is
            // live; the frames between are of functions that only return.
            unsafe {
                arch::resume(
                    landing,
                    frame.byte_sub(frame_size as usize),
                    frame,
                    exception,
                )
            }
        }
        callee = frame;
    }
}
