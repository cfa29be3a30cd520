//! Exceptions: making one, and throwing it to the nearest handler.
//!
//! SECURITY: resuming sets the program counter, stack and frame pointer. They come from the stack's
//! chain of frame pointers, which programs that throw are compiled to keep, and from the compiler's
//! table; linear memory, all that a guest can write, holds none of it.

use crate::{arch, exit, program, text};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use kiln_abi::exception::{Exception, ExceptionTable};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

/// Exit status of a program that an exception ended.
const STATUS_UNCAUGHT: i32 = 1;

/// Bytes asked of the kernel at a time.
const CHUNK: usize = 1 << 16;

// Where the next exception goes, and the end of its chunk.
static NEXT: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// See [`kiln_abi::symbols::EXCEPTION_NEW`]. An exception lives as long as the program: a reference
/// to it may lie anywhere.
#[unsafe(no_mangle)]
pub extern "C" fn kiln_exception_new(tag: u32, payload: u64) -> *mut Exception {
    let len = (size_of::<Exception>() + payload as usize).next_multiple_of(16);
    let mut start = NEXT.load(Relaxed);
    if END.load(Relaxed) - start < len {
        let chunk = len.max(CHUNK);
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new anonymous mapping, at an address of the kernel's choice.
        match unsafe { mmap_anonymous(core::ptr::null_mut(), chunk, protection, MapFlags::PRIVATE) }
        {
            Ok(address) => start = address.addr(),
            Err(error) => exit::cannot("allocate an exception", error),
        }
        END.store(start + chunk, Relaxed);
    }
    NEXT.store(start + len, Relaxed);
    let exception: *mut Exception = core::ptr::with_exposed_provenance_mut(start);
    // SAFETY: `len` writable bytes at `start`, given to nobody else, aligned to 16.
    unsafe {
        exception.write(Exception {
            tag,
            payload_len: payload as u32,
        })
    };
    exception
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
