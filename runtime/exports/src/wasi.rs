//! What a program links: every function of [`kiln_abi::contract`], `extern "C"`, taking
//! the instance and what the import's core type says (`i32` as `u32`, `i64` as `u64`) and giving an
//! error number.
//! Here alone the functions meet the host and the memory of an instance.

use kiln_runtime::guest::Memory;
use kiln_runtime::host::Host;
use kiln_runtime::instance::Instance;
use kiln_runtime::state::State;
use kiln_runtime::sys::errno::Errno;
use kiln_runtime::wasi::{args, clock, dir, fd, io, path, poll, proc, random, snapshot0, sock};

/// Acts on the host and the memory of an instance.
///
/// # Safety
///
/// `state` must be that of the instance whose compiled code calls.
#[inline(always)]
unsafe fn call(state: *mut State, act: impl FnOnce(&mut Host, Memory) -> Result<(), Errno>) -> u32 {
    // SAFETY: the caller's promise; no host function calls compiled code or another.
    let instance = unsafe { Instance::of(state) };
    let memory = instance.guest_memory();
    Errno::code(act(&mut instance.host, memory))
}

macro_rules! export {
    ($path:literal: $($family:ident::$name:ident($($arg:ident: $type:ty),*) needs $_:tt;)*) => {$(
        #[unsafe(export_name = concat!($path, stringify!($name)))]
        unsafe extern "C" fn $name(state: *mut State, $($arg: $type),*) -> u32 {
            // SAFETY: compiled code passes its instance.
            unsafe { call(state, |host, memory| $family::$name(host, memory, $($arg),*)) }
        }
    )*};
}

macro_rules! export_all {
    (preview1 { $($preview1:tt)* } unstable { $($unstable:tt)* }) => {
        export! { "kiln::wasi::": $($preview1)* }

        mod unstable {
            use super::*;
            export! { "kiln::wasi_unstable::": $($unstable)* }
        }
    };
}

kiln_abi::wasi_functions!(export_all);

/// `proc_exit`.
#[unsafe(export_name = "kiln::wasi::proc_exit")]
unsafe extern "C" fn preview1_proc_exit(state: *mut State, code: u32) -> ! {
    // SAFETY: compiled code passes its instance.
    unsafe { Instance::of(state) }.exit(code)
}
