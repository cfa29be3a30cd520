//! From the kernel's jump to the program's first instruction. Until [`relocate`] is done nothing
//! may touch a static that holds an address.

use crate::config::Config;
use crate::exit::{self, exit};
use crate::host::Launch;
use crate::instance::{Instance, State};
use crate::limits::Limits;
use crate::program::{self, Linked};
use crate::refusal::Refusal;
use crate::stack::Stack;
use crate::{arch, backtrace, create, signal, thread, timeout, variables};
use core::ptr;
use kiln_abi::layout::{Program, STATE_BASE};
use linux_raw_sys::auxvec::{AT_NULL, AT_PHDR, AT_PHNUM, AT_RANDOM, AT_SECURE};
use linux_raw_sys::elf::{
    DT_NULL, DT_RELA, DT_RELASZ, Elf_Dyn, Elf_Ehdr, Elf_Phdr, Elf_Rela, PT_DYNAMIC, PT_GNU_RELRO,
    PT_LOAD, R_RELATIVE,
};
use rustix::mm::{MprotectFlags, mprotect};

/// The state of the program's one instance.
pub const STATE: *mut State = STATE_BASE as *mut State;

/// Starts the program from the stack as the kernel leaves it: `argc`, the arguments and a null,
/// the environment and a null, the auxiliary vector (System V psABI, 3.4.1).
///
/// # Safety
///
/// `stack` must be that stack, and this the first thing to run.
pub unsafe extern "C" fn start(stack: *const usize) -> ! {
    // SAFETY: the layout is the kernel's promise.
    let (argc, argv, envp) = unsafe {
        let argc = *stack;
        let argv = stack.add(1).cast::<*const u8>();
        (argc, argv, argv.add(argc + 1))
    };
    // SAFETY: the executable is as the linker made it and nothing has run yet.
    unsafe { relocate(program_headers(envp)) };
    main(argc, argv, envp)
}

/// The rest of start-up. Not inlined, lest a use of a static moves before relocation.
#[inline(never)]
fn main(argc: usize, argv: *const *const u8, envp: *const *const u8) -> ! {
    // SAFETY: the environment is the kernel's, and nothing of rustix has been used yet.
    unsafe { rustix::param::init(envp.cast_mut().cast()) };
    let linked = program::linked();
    let launch = Launch {
        argc,
        argv,
        envp,
        config: linked.config,
        given: &[],
        embedded: linked.embedded,
        // SAFETY: the environment is the kernel's.
        is_privileged: unsafe { auxiliary(envp, AT_SECURE) } != 0,
    };
    // SAFETY: the environment is the kernel's.
    let instance = unsafe { prepare_thread(linked.program, envp) }
        .and_then(|()| create(&linked, Config::new(launch)));
    match instance {
        // SAFETY: nothing has run on the stack yet.
        Ok(instance) => unsafe { arch::switch_stack(instance.stack.top() as *mut u8, run, STATE) },
        Err(refusal) => refusal.tell(|parts| exit::fatal(parts, exit::STATUS_FAILURE)),
    }
}

/// Creates the program's one instance.
fn create(linked: &Linked, config: Config) -> Result<&'static mut Instance, Refusal> {
    variables::check(config)?;
    backtrace::set_limit(config)?;
    let limits = Limits::baked(linked.program).lowered(config)?;
    let stack = Stack::map(limits.stack as usize)?;
    let state = create::map_state(STATE_BASE, linked.program.state_len)?;
    // SAFETY: just mapped for it.
    let instance = unsafe { Instance::create(state, stack) };
    create::fill(linked, instance, &limits)?;
    signal::install(&instance.stack)?;
    timeout::start(limits.timeout)?;
    signal::ignore_broken_pipes();
    instance.host.open(config)?;
    Ok(instance)
}

/// Runs the program on its stack; when it returns, it has come to its end.
extern "C" fn run(state: *mut State) -> ! {
    // What the entry function gives; 0 where it gives nothing.
    let mut status = 0u128;
    (program::linked().entry)(state, &mut status);
    exit(status as i32)
}

/// Prepares the thread for code of the user's, where there is any.
///
/// # Safety
///
/// `envp` must be the environment as the kernel laid it out.
unsafe fn prepare_thread(program: &Program, envp: *const *const u8) -> Result<(), Refusal> {
    if program.has_user_code == 0 {
        return Ok(());
    }
    // SAFETY: the caller's promise; the kernel leaves 16 random bytes where it says.
    let (headers, random) = unsafe {
        let random = auxiliary(envp, AT_RANDOM) as *const u64;
        (program_headers(envp), random.read_unaligned())
    };
    thread::set_up(headers, bias(headers), random)
}

/// Finds the executable's program headers.
///
/// # Safety
///
/// `envp` must be the environment as the kernel laid it out.
unsafe fn program_headers(envp: *const *const u8) -> &'static [Elf_Phdr] {
    // SAFETY: the caller's promise; the headers stay mapped.
    unsafe {
        let start = ptr::with_exposed_provenance(auxiliary(envp, AT_PHDR));
        core::slice::from_raw_parts(start, auxiliary(envp, AT_PHNUM))
    }
}

/// An entry of the auxiliary vector, which follows the environment; 0 where there is none.
///
/// # Safety
///
/// `envp` must be the environment as the kernel laid it out.
unsafe fn auxiliary(mut envp: *const *const u8, wanted: u32) -> usize {
    // SAFETY: both lists are the kernel's and end as read here.
    unsafe {
        while !(*envp).is_null() {
            envp = envp.add(1);
        }
        let mut entry = envp.add(1).cast::<[usize; 2]>();
        loop {
            match *entry {
                [key, value] if key as u32 == wanted => return value,
                [key, _] if key as u32 == AT_NULL => return 0,
                _ => entry = entry.add(1),
            }
        }
    }
}

/// What is added to the addresses in the file.
fn bias(headers: &[Elf_Phdr]) -> usize {
    // The first segment is mapped from the file's start, where linkers put the ELF header and, right
    // after it, the program headers. (Not all of them write a PT_PHDR.)
    let first = headers.iter().find(|header| header.p_type == PT_LOAD);
    headers.as_ptr().addr() - size_of::<Elf_Ehdr>() - first.map_or(0, |header| header.p_vaddr)
}

/// Does a dynamic linker's work on a static-PIE executable: adds the address at which it was loaded
/// to every word that holds an address, then makes read-only what need not change after.
///
/// # Safety
///
/// `headers` must be the running executable's own, not yet relocated.
unsafe fn relocate(headers: &[Elf_Phdr]) {
    let find = |kind| headers.iter().find(|header| header.p_type == kind);
    let bias = bias(headers);
    if let Some(dynamic) = find(PT_DYNAMIC) {
        // SAFETY: the linker puts the dynamic section there.
        unsafe { apply_relocations(bias, (bias + dynamic.p_vaddr) as *const Elf_Dyn) };
    }
    if let Some(relro) = find(PT_GNU_RELRO) {
        let start = (bias + relro.p_vaddr) & !(PAGE - 1);
        let end = (bias + relro.p_vaddr + relro.p_memsz) & !(PAGE - 1);
        // SAFETY: the linker gives these pages to data that only relocation writes. If the kernel
        // refuses, the program runs as well, less hardened.
        let _ = unsafe { mprotect(start as *mut _, end - start, MprotectFlags::READ) };
    }
}

const PAGE: usize = kiln_abi::layout::HOST_PAGE as usize;

/// Applies the relocations that a dynamic section names.
///
/// # Safety
///
/// `dynamic` must be the dynamic section of an executable loaded at `bias`.
unsafe fn apply_relocations(bias: usize, mut dynamic: *const Elf_Dyn) {
    let (mut table, mut size) = (0, 0);
    // SAFETY: the section ends with DT_NULL, and the table it names lies in the executable, as does
    // each word that the table names.
    unsafe {
        while (*dynamic).d_tag != DT_NULL {
            match (*dynamic).d_tag {
                DT_RELA => table = bias + (*dynamic).d_un.d_ptr,
                DT_RELASZ => size = (*dynamic).d_un.d_val as usize,
                _ => (),
            }
            dynamic = dynamic.add(1);
        }
        let count = size / size_of::<Elf_Rela>();
        for entry in core::slice::from_raw_parts(table as *const Elf_Rela, count) {
            if entry.type_() == R_RELATIVE {
                let word = (bias + entry.r_offset) as *mut usize;
                *word = bias.wrapping_add(entry.r_addend);
            }
        }
    }
}
