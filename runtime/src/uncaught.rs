//! Exceptions that nobody catches: the tag, its values and the functions at work are told.

use crate::backtrace::{self, Start};
use crate::instance::Instance;
use crate::program::{self, Linked};
use crate::report::{Reason, Report};
use crate::stack::Stack;
use kiln_abi::exception::{Exception, payload_offsets};
use kiln_abi::library::Status;
use kiln_abi::tags::{Tag, Tags, ValueType};

/// Ends an instance in which nobody catches an exception.
///
/// # Safety
///
/// As of [`crate::exception::throw`].
#[cold]
#[inline(never)]
pub unsafe fn uncaught(
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
    /// The place where it was thrown.
    start: Option<Start<'static>>,
    /// The place where it was thrown first, if that is another: of the functions, only the innermost is known.
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
            backtrace::tell_innermost(first, linked, report);
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
