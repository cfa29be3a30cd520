//! The C functions by which a program handles instances: see
//! [`kiln_abi::library::INSTANCE_FUNCTIONS`].
//!
//! # Safety
//!
//! All of them are `unsafe`, and the C programmer promises the same of each: an instance is of
//! [`kiln_instance_new`], not freed, and used by no other thread meanwhile; a string ends with a NUL. Null
//! pointers are found out. An instance runs on one thread at a time, so that each function's reference to
//! it is the only one.

use super::{block, call, signal};
use crate::config::Config;
use crate::instance::Instance;
use crate::launch::Launch;
use crate::life::Phase;
use crate::limits::Limits;
use crate::program;
use crate::refusal::Refusal;
use crate::state::State;
use crate::sys::{pages, text};
use crate::{create, exit};
use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use kiln_abi::config::Entry;
use kiln_abi::library::Status;

/// Returns the instance at a pointer; `None` for null.
///
/// # Safety
///
/// That of this file's functions. No other reference to the instance may be in use.
unsafe fn instance<'a>(state: *mut State) -> Option<&'a mut Instance> {
    // SAFETY: the caller's promise.
    (!state.is_null()).then(|| unsafe { Instance::of(state) })
}

/// Returns the string at a pointer; `None` for null.
///
/// # Safety
///
/// That of this file's functions, for as long as the string is used.
unsafe fn string<'a>(string: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: the caller's promise.
    (!string.is_null()).then(|| unsafe { CStr::from_ptr(string) }.to_bytes())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_new(instance: *mut *mut State) -> u32 {
    if instance.is_null() {
        return Status::Misuse as u32;
    }
    // Where it is refused, the start of the instance says so.
    let _ = signal::install();
    if config(&[]).dumps_host_alone() {
        pages::leave_out_guest();
    }
    let (state, status) = match block::create(&program::linked()) {
        Ok(state) => (state, Status::Ok),
        Err(_) => (ptr::null_mut(), Status::Refused),
    };
    // SAFETY: the caller's promise.
    unsafe { *instance = state };
    status as u32
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_arg(state: *mut State, argument: *const c_char) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { give(state, string(argument).map(Entry::Arg)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_env(
    state: *mut State,
    name: *const c_char,
    value: *const c_char,
) -> u32 {
    let is_name = |name: &&[u8]| !name.is_empty() && !name.contains(&b'=');
    // SAFETY: the caller's promise.
    unsafe {
        let entry = string(name).filter(is_name).zip(string(value));
        give(state, entry.map(|(name, value)| Entry::Env { name, value }))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_dir(
    state: *mut State,
    host: *const c_char,
    guest: *const c_char,
    read_only: c_int,
) -> u32 {
    let entry = |(host, guest)| match read_only {
        0 => Entry::Dir { host, guest },
        _ => Entry::ReadOnlyDir { host, guest },
    };
    // SAFETY: the caller's promise.
    unsafe { give(state, string(host).zip(string(guest)).map(entry)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_stream(state: *mut State, stream: c_int, fd: c_int) -> u32 {
    let mut file = [b'&'; 1 + size_of::<text::Buffer>()];
    let file = match u64::try_from(fd) {
        Ok(fd) => {
            let mut digits = text::Buffer::default();
            let digits = text::decimal(fd, &mut digits);
            file[1..=digits.len()].copy_from_slice(digits);
            Some(&file[..=digits.len()])
        }
        Err(_) => (fd == -1).then_some(b"/dev/null".as_slice()),
    };
    let entry = match stream {
        0 => file.map(Entry::Stdin),
        1 => file.map(Entry::Stdout),
        2 => file.map(Entry::Stderr),
        _ => None,
    };
    // SAFETY: the caller's promise.
    unsafe { give(state, entry) }
}

/// Adds an entry to what an instance is given.
///
/// # Safety
///
/// That of this file's functions.
unsafe fn give(state: *mut State, entry: Option<Entry>) -> u32 {
    // SAFETY: the caller's promise.
    let Some(instance) = (unsafe { instance(state) }) else {
        return Status::Misuse as u32;
    };
    let Some(entry) = entry else {
        return instance.misuse(b"an argument is null or has no meaning");
    };
    if instance.life.phase != Phase::New {
        return instance.misuse(b"the instance has been started already");
    }
    if config(&[]).is_sealed() && !matches!(entry, Entry::Arg(_)) {
        return instance.misuse(b"the module is sealed: it has what it was built with alone");
    }
    match instance.life.given.push(&entry) {
        Ok(()) => Status::Ok as u32,
        Err(why) => {
            let (what, call) = (b"keep what the instance is given", b"mmap");
            refuse(instance, &Refusal::Cannot { what, call, why })
        }
    }
}

fn config(given: &'static [u8]) -> Config {
    let linked = program::linked();
    Config::new(Launch {
        config: linked.config,
        embedded: linked.embedded,
        given,
        ..Launch::EMPTY
    })
}

fn refuse(instance: &mut Instance, refusal: &Refusal) -> u32 {
    refusal.tell(|parts| instance.life.message.set(parts));
    Status::Refused as u32
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_start(state: *mut State) -> u32 {
    // SAFETY: the caller's promise.
    let Some(new) = (unsafe { instance(state) }) else {
        return Status::Misuse as u32;
    };
    if new.life.phase != Phase::New {
        return new.misuse(b"the instance has been started already");
    }
    new.life.phase = Phase::Failed;
    let linked = program::linked();
    let limits = Limits::baked(linked.program);
    let filled = signal::install().and_then(|()| create::fill(&linked, new, &limits));
    let created = filled.and_then(|()| {
        // SAFETY: a started instance is given nothing more, and its host goes with it.
        let given = unsafe { new.life.given.entries() };
        new.host.open(config(given))
    });
    if let Err(refusal) = created {
        return refuse(new, &refusal);
    }
    new.life.phase = Phase::Started;
    // SAFETY: the entry asks for nothing else.
    let status = unsafe { call::call(state, linked.entry, ptr::null_mut()) };
    // SAFETY: the caller's promise, and `new` is not used after the call.
    if let Some(instance) = unsafe { instance(state) }
        && status != Status::Ok as u32
    {
        instance.life.phase = Phase::Failed;
    }
    status
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_exit_code(state: *mut State) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { instance(state) }.map_or(0, |instance| instance.life.exit_code)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_message(state: *mut State) -> *const c_char {
    // SAFETY: the caller's promise.
    match unsafe { instance(state) } {
        Some(instance) => instance.life.message.as_ptr().cast(),
        None => c"the system has no memory for an instance".as_ptr(),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn kiln_instance_free(state: *mut State) {
    // SAFETY: the caller's promise.
    let Some(instance) = (unsafe { instance(state) }) else {
        return;
    };
    if instance.is_running() {
        exit::abort(&[b"an instance is freed while it runs"]);
    }
    // SAFETY: the caller's promise, and the instance does not run.
    unsafe { block::free(&program::linked(), state) };
}
