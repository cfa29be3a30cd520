//! Exceptions: making one, and throwing it to the nearest handler.
//!
//! SECURITY: resuming sets the program counter, stack and frame pointer. They come from the stack's
//! chain of frame pointers, which programs that throw are compiled to keep, and from the compiler's
//! table; linear memory, all that a guest can write, holds none of it.

use crate::heap::Heap;
use crate::{arch, exit, program, stack, table, text};
use core::cell::UnsafeCell;
use core::ops::Range;
use kiln_abi::exception::{Exception, ExceptionTable};
use kiln_abi::layout::STATE_BASE;

/// Exit status of a program that an exception ended.
const STATUS_UNCAUGHT: i32 = 1;

/// The program's exceptions, once there is one.
struct Exceptions(UnsafeCell<Option<Heap>>);

// SAFETY: a program has one thread, and no signal handler that returns uses it.
unsafe impl Sync for Exceptions {}

static EXCEPTIONS: Exceptions = Exceptions(UnsafeCell::new(None));

/// Makes an exception; [`kiln_abi::symbols::EXCEPTION_NEW`] comes here. From `stack` on up lies what
/// compiled code keeps in registers and on its stack.
pub extern "C" fn new(tag: u32, payload: u64, stack: usize) -> *mut Exception {
    // SAFETY: see `Exceptions`; nothing called from here comes back here.
    let exceptions = unsafe { &mut *EXCEPTIONS.0.get() };
    let size = program::linked().program.exception_size as usize;
    let slot = match exceptions {
        Some(heap) => heap.take(|| roots(stack)),
        None => Heap::new(size).and_then(|heap| exceptions.insert(heap).take(|| None)),
    };
    let exception: *mut Exception = match slot {
        Ok(slot) => slot.cast(),
        Err(error) => exit::cannot("allocate an exception", error),
    };
    let record = Exception {
        tag,
        payload_len: payload as u32,
    };
    // SAFETY: the slot is nobody else's, and large enough for any exception of the program's.
    unsafe { exception.write(record) };
    exception
}

/// Where references to exceptions may lie. Tables that have outgrown the state are not looked
/// through: a program that has any keeps all its exceptions.
fn roots(stack: usize) -> Option<[Range<usize>; 2]> {
    let state = STATE_BASE as usize;
    let state = state..state + program::linked().program.state_len as usize;
    (!table::any_moved()).then_some([stack..stack::top(), state])
}

/// Throws `exception` from the call that returns to `return_address`, in a frame whose frame
/// pointer is `frame`. [`kiln_abi::symbols::THROW`] comes here.
///
/// # Safety
///
/// `exception` is of [`kiln_exception_new`]; `return_address` and `frame` are of a live call in
/// compiled code that keeps frame pointers.
pub unsafe extern "C" fn throw(
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
            uncaught(tag);
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

fn uncaught(tag: u32) -> ! {
    let mut buffer = text::Buffer::default();
    let tag = text::decimal(tag.into(), &mut buffer);
    exit::fatal(&[b"uncaught exception with tag ", tag], STATUS_UNCAUGHT)
}
