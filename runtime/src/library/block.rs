//! The mapping of an instance, which holds all but its memories: from the bottom up its stack with a
//! guard, its record, its state.

use super::REGISTRY;
use crate::create;
use crate::instance::Instance;
use crate::program::Linked;
use crate::stack::Stack;
use crate::state::State;
use crate::sys::pages;
use crate::table;
use core::ffi::c_void;
use core::ptr;
use kiln_abi::layout::here::RECORD_LEN;
use rustix::io::{self, Errno};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};

/// Creates an instance, whose state is zeros yet.
pub fn create(linked: &Linked) -> io::Result<*mut State> {
    let access = ProtFlags::READ | ProtFlags::WRITE;
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::STACK;
    let len = len(linked).ok_or(Errno::NOMEM)?;
    // SAFETY: a mapping of its own, at an address the kernel picks.
    let start = unsafe { mmap_anonymous(ptr::null_mut(), len, access, flags)? };
    // Before Linux 6.7 MAP_STACK does not keep the kernel from giving it 2 MiB at once. It may refuse
    // the advice.
    // SAFETY: it changes nothing but that.
    let _ = unsafe { madvise(start, len, Advice::LinuxNoHugepage) };
    // SAFETY: just mapped.
    unsafe { pages::leave_out(start.addr(), len) };
    let stack_size = linked.program.stack_size as usize;
    // SAFETY: just mapped for it.
    let stack = unsafe { Stack::new(start, stack_size) };
    let made = stack.and_then(|stack| {
        let state = stack.top() + RECORD_LEN as usize;
        let state: *mut State = ptr::with_exposed_provenance_mut(state);
        // SAFETY: the record lies above the stack, and nothing is there yet.
        unsafe { Instance::create(state, stack) };
        REGISTRY.insert(start.addr()).map(|()| state)
    });
    if made.is_err() {
        // SAFETY: no one has seen it yet.
        unsafe { munmap(start, len)? };
    }
    made
}

/// Frees an instance and all that it holds.
///
/// # Safety
///
/// It must be one of [`create`], which does not run, and is not used any more.
pub unsafe fn free(linked: &Linked, state: *mut State) {
    // SAFETY: the caller's promise.
    unsafe {
        create::unmap_memories(linked, state);
        for table in table::outgrown(state, linked.tables) {
            // Unmapping what was mapped cannot fail, here and below.
            let _ = munmap(table.start as *mut c_void, table.len());
        }
        let instance = Instance::of(state);
        ptr::drop_in_place(instance);
    }
    let Some(len) = len(linked) else { return };
    let start = start(linked, state);
    REGISTRY.remove(start);
    // SAFETY: as above; no handler looks for it any more.
    let _ = unsafe { munmap(start as *mut c_void, len) };
}

/// The instance on whose stack `address` lies.
pub fn on_stack(linked: &Linked, address: usize) -> Option<*mut State> {
    let to_state = above_stack(linked)?;
    let start = REGISTRY.find(address, to_state)?;
    Some(ptr::with_exposed_provenance_mut(start + to_state))
}

/// Bytes from the start of the mapping to the state.
fn above_stack(linked: &Linked) -> Option<usize> {
    Stack::mapped(linked.program.stack_size as usize)?.checked_add(RECORD_LEN as usize)
}

fn len(linked: &Linked) -> Option<usize> {
    above_stack(linked)?.checked_add(linked.program.state_len as usize)
}

fn start(linked: &Linked, state: *mut State) -> usize {
    state.addr() - above_stack(linked).unwrap_or(0)
}
