//! Exceptions: making one, and throwing it to the nearest handler.
//!
//! SECURITY: resuming sets the program counter, stack and frame pointer. They come from the stack's
//! chain of frame pointers, which programs that throw are compiled to keep, and from the compiler's
//! table; linear memory, all that a guest can write, holds none of it.

use crate::backtrace::{self, Start};
use crate::heap::Heap;
use crate::instance::{Instance, State};
use crate::program::{self, Linked};
use crate::refusal::Refusal;
use crate::report::{Reason, Report};
use crate::stack::Stack;
use crate::{arch, table};
use core::ops::Range;
use kiln_abi::exception::{Exception, ExceptionTable, payload_offsets};
use kiln_abi::library::Status;
use kiln_abi::tags::{Tag, Tags, ValueType};
use rustix::io;

/// Registers that compiled code may keep values in across a call.
const SAVED_REGISTERS: usize = 6;

/// Makes an exception; [`kiln_abi::symbols::EXCEPTION_NEW`] comes here. From `stack` on up lies what
/// compiled code keeps: [`SAVED_REGISTERS`], the return address, and its stack.
///
/// # Safety
///
/// `state` must be that of the caller's instance.
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

/// Ends an instance in which nobody catches an exception.
///
/// # Safety
///
/// As [`throw`]'s.
#[cold]
#[inline(never)]
unsafe fn uncaught(
    instance: &mut Instance,
    exception: *const Exception,
    thrower: *const usize,
) -> ! {
    let linked = program::linked();
    // SAFETY: the caller's promise.
    let (frame, return_address, thrown_at) = unsafe {
        let thrown_at = (*exception).thrown_at as usize;
        (thrower.read(), thrower.add(1).read(), thrown_at)
    };
    let start = |address| Start::at_call(&linked, address, frame, &instance.stack);
    let (start, first) = (start(return_address), start(thrown_at));
    let innermost = |start: Option<Start<'static>>| start?.innermost();
    let is_first = innermost(start) == innermost(first);
    let uncaught = Uncaught {
        exception,
        start,
        first: first.filter(|_| !is_first),
    };
    instance.end_for(Status::Exception, &uncaught)
}

/// An exception that nobody catches.
struct Uncaught {
    exception: *const Exception,
    /// Where it was thrown.
    start: Option<Start<'static>>,
    /// Where it was thrown first, if that is another place: of the functions, only the innermost is known.
    first: Option<Start<'static>>,
}

impl Reason for Uncaught {
    fn tell(&self, linked: &Linked, stack: &Stack, report: &mut impl Report) {
        // SAFETY: an exception is live while it is thrown.
        let index = unsafe { (*self.exception).tag };
        report.put(b"uncaught exception with tag ");
        report.decimal(index.into());
        if let Some(tag) = Tags(linked.tags).find(index) {
            if !tag.name.is_empty() {
                report.put(b" (");
                report.put(tag.name);
                report.put(b")");
            }
            self.tell_values(tag, report);
        }
        if let Some(first) = &self.first {
            report.put(b", first thrown at:");
            backtrace::tell_innermost(first, report);
            report.put(b"\n  thrown again at:");
        }
        if let Some(start) = &self.start {
            backtrace::tell(start, linked, stack, report);
        }
    }
}

impl Uncaught {
    fn tell_values(&self, tag: Tag, report: &mut impl Report) {
        let sizes = tag.types().map(ValueType::size);
        let mut before: &[u8] = b": ";
        for (ty, offset) in tag.types().zip(payload_offsets(sizes)) {
            report.put(before);
            before = b", ";
            let value = self.exception.wrapping_byte_add(offset as usize);
            // SAFETY: the values of the tag's types follow the exception's record, each at its alignment.
            unsafe { tell_value(ty, value.cast(), report) };
        }
    }
}

/// Tells a value: integers in decimal, the rest by its bits.
///
/// # Safety
///
/// A value of this type must lie there.
unsafe fn tell_value(ty: ValueType, value: *const u64, report: &mut impl Report) {
    // SAFETY: the caller's promise; each is read of types that have as many bytes.
    let word = || unsafe { value.cast::<u32>().read() };
    // SAFETY: as above.
    let double = || unsafe { value.read() };
    let mut integer = |name: &[u8], value: i64| {
        report.put(name);
        if value < 0 {
            report.put(b"-");
        }
        report.decimal(value.unsigned_abs());
    };
    match ty {
        ValueType::I32 => integer(b"i32 ", (word() as i32).into()),
        ValueType::I64 => integer(b"i64 ", double() as i64),
        ValueType::F32 => bits(b"f32 ", word().into(), report),
        ValueType::F64 => bits(b"f64 ", double(), report),
        ValueType::V128 => {
            bits(b"v128 ", double(), report);
            // SAFETY: the caller's promise.
            bits(b" ", unsafe { value.add(1).read() }, report);
        }
        ValueType::Reference if double() == 0 => report.put(b"ref null"),
        ValueType::Reference => report.put(b"ref"),
    }
}

fn bits(name: &[u8], value: u64, report: &mut impl Report) {
    report.put(name);
    report.hexadecimal(value);
}
