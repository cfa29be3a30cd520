//! An instance, and the runtime's own record of it, which lies right below its state.

use crate::budget::Budget;
use crate::guest::Memory;
use crate::heap::Heap;
use crate::host::Host;
use crate::stack::Stack;
use crate::state::State;
use core::mem::offset_of;
use core::ptr;
use kiln_abi::layout::here::RECORD_LEN;
use kiln_abi::layout::{MemoryCell, STACK_LIMIT, TRAP_VALUES};

/// The runtime's record of an instance.
#[repr(C)]
#[derive(Debug)]
pub struct Instance {
    /// Its world.
    pub host: Host,
    /// The stack it runs on.
    pub stack: Stack,
    /// The cell of the memory that WASI functions read and write; null where there is none.
    pub wasi_memory: *const MemoryCell,
    /// The memory it may still take.
    pub budget: Budget,
    /// Its exceptions, once there has been one.
    pub exceptions: Option<Heap>,
    /// Its life between the program's calls.
    #[cfg(feature = "library")]
    pub life: crate::life::Life,
    /// See [`kiln_abi::layout::TRAP_VALUES`].
    pub trap_values: [u64; 3],
    /// See [`kiln_abi::layout::STACK_LIMIT`].
    stack_limit: u64,
}

const _: () = assert!(size_of::<Instance>() as u64 <= RECORD_LEN);
const _: () = {
    let from_end = offset_of!(Instance, stack_limit) as i32 - size_of::<Instance>() as i32;
    assert!(from_end == STACK_LIMIT);
    let from_end = offset_of!(Instance, trap_values) as i32 - size_of::<Instance>() as i32;
    assert!(from_end == TRAP_VALUES);
};

impl Instance {
    /// Makes the record of an instance that runs on `stack`.
    ///
    /// # Safety
    ///
    /// The [`RECORD_LEN`] bytes below `state` must be mapped, and hold no record.
    #[inline]
    pub unsafe fn create<'a>(state: *mut State, stack: Stack) -> &'a mut Self {
        let record = Self::record(state);
        let stack_limit = stack.limit() as u64;
        // SAFETY: the caller's promise. Each field is written, in place: the host is large.
        unsafe {
            (&raw mut (*record).host).write(Host::new());
            (&raw mut (*record).stack).write(stack);
            (&raw mut (*record).wasi_memory).write(ptr::null());
            (&raw mut (*record).budget).write(Budget::new(u64::MAX));
            (&raw mut (*record).exceptions).write(None);
            #[cfg(feature = "library")]
            (&raw mut (*record).life).write(crate::life::Life::default());
            (&raw mut (*record).trap_values).write([0; 3]);
            (&raw mut (*record).stack_limit).write(stack_limit);
            &mut *record
        }
    }

    /// The instance with this state.
    ///
    /// # Safety
    ///
    /// `state` must be that of an instance, of which no reference is in use: the functions that
    /// compiled code calls make one each, and call neither it nor each other.
    #[inline(always)]
    pub unsafe fn of<'a>(state: *mut State) -> &'a mut Self {
        // SAFETY: the caller's promise.
        unsafe { &mut *Self::record(state) }
    }

    /// Returns the address of the record of the instance with this state.
    #[inline(always)]
    pub fn record(state: *mut State) -> *mut Self {
        state.cast::<Self>().wrapping_sub(1)
    }

    /// Its state.
    #[inline]
    pub fn state(&mut self) -> *mut State {
        ptr::from_mut(self).wrapping_add(1).cast()
    }

    /// The memory that WASI functions read and write, as it is now. It is empty in a module that
    /// exports none.
    #[inline(always)]
    pub fn guest_memory(&self) -> Memory {
        // SAFETY: what is stored here is a cell of the state, which stays mapped with the record.
        match unsafe { self.wasi_memory.as_ref() } {
            Some(cell) => Memory {
                base: cell.base as *mut u8,
                len: cell.len as usize,
            },
            None => Memory {
                base: ptr::dangling_mut(),
                len: 0,
            },
        }
    }
}
