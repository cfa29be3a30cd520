//! The wasm functions at work when a program traps, from the stack.
//!
//! Compiled code that calls keeps its caller's frame pointer on the stack, and its return address behind
//! it, whether or not it was compiled to be walked (Cranelift leaves them out of functions that call
//! nothing alone). The walk ends at the first return address that is of no compiled call: of the runtime,
//! or of the host of a library.
//!
//! SECURITY: the guest cannot write the stack, but nothing is taken for granted: each step goes up, and
//! reads within the instance's stack.

use crate::arch::unstored_return_address;
use crate::config::Config;
use crate::fault::Fault;
use crate::program::Linked;
use crate::refusal::Refusal;
use crate::report::Report;
use crate::stack::Stack;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use kiln_abi::lines::Source;
use kiln_abi::sites::{Frame, Place};

/// The start of a walk.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    place: Place<'a>,
    caller: Option<Caller>,
}

/// A call that a function is to return to.
#[derive(Clone, Copy, Debug)]
struct Caller {
    return_address: usize,
    /// The caller's.
    frame_pointer: usize,
}

impl<'a> Start<'a> {
    /// At a fault in compiled code that belongs to `place`.
    pub fn at_fault(linked: &Linked, place: Place<'a>, fault: &Fault, stack: &Stack) -> Self {
        let begins = linked.text + place.text_start() as usize == fault.pc;
        let caller = if place.pushes_frame_pointer() && !begins {
            Caller::of_frame(stack, fault.frame_pointer)
        } else {
            let (registers, stack_pointer) = (&fault.registers, fault.stack_pointer);
            let of_stack = |address| read(stack, address);
            let return_address = unstored_return_address(registers, stack_pointer, of_stack);
            return_address.map(|return_address| Caller {
                return_address,
                frame_pointer: fault.frame_pointer,
            })
        };
        Self { place, caller }
    }

    /// At a call that returns to `return_address`, in a function whose frame pointer is `frame_pointer`.
    pub fn at_call(
        linked: &Linked,
        return_address: usize,
        frame_pointer: usize,
        stack: &Stack,
    ) -> Option<Start<'static>> {
        let call = Caller {
            return_address,
            frame_pointer,
        };
        Some(Start {
            place: call.place(linked)?,
            caller: Caller::of_frame(stack, frame_pointer),
        })
    }

    /// The function where it begins.
    pub fn innermost(&self) -> Option<Frame<'a>> {
        self.place.frames().next()
    }

    /// Calls `each` with every function, the innermost first, until it gives false.
    pub fn walk(&self, linked: &Linked, stack: &Stack, mut each: impl FnMut(Frame<'a>) -> bool)
    where
        'static: 'a,
    {
        let mut place = self.place;
        let mut caller = self.caller;
        loop {
            for frame in place.frames() {
                if !each(frame) {
                    return;
                }
            }
            let Some(call) = caller else {
                return;
            };
            let Some(next) = call.place(linked) else {
                return;
            };
            place = next;
            let above = Caller::of_frame(stack, call.frame_pointer);
            caller = above.filter(|above| above.frame_pointer > call.frame_pointer);
        }
    }
}

impl Caller {
    /// The caller of the function whose frame is at `frame_pointer`.
    fn of_frame(stack: &Stack, frame_pointer: usize) -> Option<Self> {
        Some(Caller {
            frame_pointer: read(stack, frame_pointer)?,
            return_address: read(stack, frame_pointer.checked_add(size_of::<usize>())?)?,
        })
    }

    fn place(&self, linked: &Linked) -> Option<Place<'static>> {
        let offset = self.return_address.checked_sub(linked.text)? as u64;
        let is_inside = offset <= linked.program.text_len;
        linked.sites().call(offset as u32).filter(|_| is_inside)
    }
}

/// The word at `address`, if it lies in the stack.
fn read(stack: &Stack, address: usize) -> Option<usize> {
    let last = address.checked_add(size_of::<usize>() - 1)?;
    let is_word = address.is_multiple_of(size_of::<usize>());
    let is_inside = !stack.guards(address) && stack.contains(address) && stack.contains(last);
    // SAFETY: the stack above its guard is mapped, and a word is any bytes.
    (is_word && is_inside).then(|| unsafe { (address as *const usize).read() })
}

/// Functions that are told where the launch does not say otherwise.
const FRAMES: u32 = 32;

/// Functions to tell of.
static LIMIT: AtomicU32 = AtomicU32::new(FRAMES);

/// Takes how many functions are told from `KILN_BACKTRACE`: `0` for the innermost alone, `1` for the
/// 32 innermost, `full` for all.
pub fn set_limit(config: Config) -> Result<(), Refusal> {
    const VARIABLE: &str = "KILN_BACKTRACE";
    let Some(value) = config.ours(VARIABLE.as_bytes()) else {
        return Ok(());
    };
    let limit = match value.raw() {
        b"0" => 1,
        b"1" => FRAMES,
        b"full" => u32::MAX,
        _ => {
            return Err(Refusal::Misunderstood {
                variable: VARIABLE,
                value,
                expected: "0, 1 or full",
            });
        }
    };
    LIMIT.store(limit, Relaxed);
    Ok(())
}

/// Tells the functions at work, a line each: those that the module's producer has inlined, too, where the
/// debug information has them.
pub fn tell(start: &Start, linked: &Linked, stack: &Stack, report: &mut impl Report) {
    let mut trace = Trace::new(linked, report);
    start.walk(linked, stack, |frame| trace.tell(&frame));
    trace.end();
}

/// Tells the functions at the place where a walk begins, as [`tell`] does.
pub fn tell_innermost(start: &Start, linked: &Linked, report: &mut impl Report) {
    let mut trace = Trace::new(linked, report);
    start.place.frames().all(|frame| trace.tell(&frame));
    trace.end();
}

/// A list of functions as it is told, up to the limit.
struct Trace<'a, R> {
    linked: &'a Linked,
    report: &'a mut R,
    limit: u32,
    /// Functions so far, with those beyond the limit.
    count: u32,
}

impl<'a, R: Report> Trace<'a, R> {
    fn new(linked: &'a Linked, report: &'a mut R) -> Self {
        Self {
            linked,
            report,
            limit: LIMIT.load(Relaxed),
            count: 0,
        }
    }

    /// Tells a function and those that the producer has inlined in it, innermost first. Gives whether more
    /// are wanted.
    fn tell(&mut self, frame: &Frame) -> bool {
        let mut depth = 0;
        loop {
            let lines = self.linked.lines.as_ref();
            let source = lines.and_then(|lines| lines.source(frame.wasm_offset, depth));
            let source = source.unwrap_or_default();
            if self.count < self.limit {
                tell_frame(self.count, frame, &source, self.report);
            }
            self.count += 1;
            depth += 1;
            // One is asked for alone.
            if !source.is_inlined || self.limit == 1 {
                return self.limit > 1;
            }
        }
    }

    fn end(self) {
        if self.count > self.limit && self.limit > 1 {
            self.report.put(b"\n  ... and ");
            self.report.decimal((self.count - self.limit).into());
            self.report.put(b" more (KILN_BACKTRACE=full tells all)");
        }
    }
}

fn tell_frame(number: u32, frame: &Frame, source: &Source, report: &mut impl Report) {
    report.put(b"\n  #");
    report.decimal(number.into());
    report.put(b" ");
    let name = match frame.name {
        name if name.is_empty() || source.is_inlined => source.name,
        name => name,
    };
    if !name.is_empty() {
        report.put(name);
        report.put(b" ");
    }
    report.put(b"(wasm-function[");
    report.decimal(frame.function.into());
    report.put(b"]");
    // Imports have no place.
    if frame.wasm_offset != 0 {
        report.put(b" at ");
        report.hexadecimal(frame.wasm_offset.into());
    }
    if source.is_inlined {
        report.put(b", inlined");
    }
    report.put(b")");
    if !source.file.is_empty() {
        report.put(b" at ");
        report.put(source.file);
        for number in [source.line, source.column] {
            if number == 0 {
                break;
            }
            report.put(b":");
            report.decimal(number.into());
        }
    }
}
