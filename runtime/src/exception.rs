//! Exceptions: making one, and throwing it to the nearest handler.
//!
//! SECURITY: resuming sets the program counter, stack and frame pointer. They come from the stack's
//! chain of frame pointers, which programs that throw are compiled to keep, and from the compiler's
//! table; linear memory, all that a guest can write, holds none of it.

use crate::heap::Heap;
use crate::instance::{Instance, State};
use crate::program::{self, Linked};
use crate::refusal::Refusal;
use crate::{arch, table, text};
use core::ops::Range;
use kiln_abi::exception::{Exception, ExceptionTable};
use kiln_abi::library::Status;
use rustix::io;

/// Makes an exception; [`kiln_abi::symbols::EXCEPTION_NEW`] comes here. From `stack` on up lies what
/// compiled code keeps in registers and on its stack.
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

/// Where references to exceptions may lie: on the stack, in the state, and in tables that have
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

/// Throws `exception` in the instance of `state` from the call that returns to `return_address`, in a frame whose frame
/// pointer is `frame`. [`kiln_abi::symbols::THROW`] comes here.
///
/// # Safety
///
/// `exception` is of [`new`] for that instance; `return_address` and `frame` are of a live call in
/// compiled code that keeps frame pointers.
#[inline]
pub unsafe extern "C" fn throw(
    state: *mut State,
    exception: *mut Exception,
    mut return_address: usize,
    mut frame: *const usize,
) -> ! {
    let linked = program::linked();
    let table = ExceptionTable(linked.exception_table);
    // SAFETY: the caller's promise.
    let tag = unsafe { (*exception).tag };
    loop {
        let offset = return_address.wrapping_sub(linked.text);
        if offset > linked.program.text_len as usize {
            // SAFETY: the caller's promise.
            uncaught(unsafe { Instance::of(state) }, tag);
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
        // SAFETY: a frame pointer points to the caller's, with the return address behind it.
        (frame, return_address) = unsafe { (frame.read() as *const usize, frame.add(1).read()) };
    }
}

#[inline]
fn uncaught(instance: &mut Instance, tag: u32) -> ! {
    let mut buffer = text::Buffer::default();
    let tag = text::decimal(tag.into(), &mut buffer);
    instance.end(Status::Exception, &[b"uncaught exception with tag ", tag])
}
