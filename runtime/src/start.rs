//! From the kernel's jump to the program's first instruction. Until [`relocate`] is done nothing
//! may touch a static that holds an address.

use crate::config::Config;
use crate::exit::{self, exit};
use crate::instance::Instance;
use crate::launch::Launch;
use crate::limits::Limits;
use crate::program::{self, Linked};
use crate::refusal::Refusal;
use crate::stack::Stack;
use crate::state::{STATE, State};
use crate::sys::pages;
use crate::{arch, backtrace, create, profile, sandbox, signal, thread, timeout, variables};
use core::ptr;
use kiln_abi::layout::Program;
use kiln_abi::layout::here::{HOST_PAGE, STATE_BASE};
use linux_raw_sys::auxvec::{AT_NULL, AT_PHDR, AT_PHNUM, AT_RANDOM, AT_SECURE};
use linux_raw_sys::elf::{
    DT_NULL, DT_RELA, DT_RELASZ, Elf_Dyn, Elf_Ehdr, Elf_Phdr, Elf_Rela, PT_DYNAMIC, PT_GNU_RELRO,
    PT_LOAD, R_RELATIVE,
};
use rustix::mm::{MprotectFlags, mprotect};

arch::program_entry!(start);

/// Starts the program from the stack as the kernel leaves it: `argc`, the arguments and a null,
/// the environment and a null, the auxiliary vector (System V psABI, 3.4.1).
///
/// # Safety
///
/// `stack` must be that stack, and this the first thing to run.
unsafe extern "C" fn start(stack: *const usize) -> ! {
    // SAFETY: the layout is the kernel's promise.
    let given = unsafe {
        let argc = *stack;
        let argv = stack.add(1).cast::<*const u8>();
        let envp = argv.add(argc + 1);
        let mut end = envp;
        while !(*end).is_null() {
            end = end.add(1);
        }
        let vector = end.add(1).cast();
        Given {
            argc,
            argv,
            envp,
            vector,
        }
    };
    // SAFETY: the executable is as the linker made it and nothing has run yet.
    unsafe { relocate(program_headers(&given)) };
    main(&given)
}

/// The arguments and vectors that the kernel leaves on the first stack.
struct Given {
    argc: usize,
    argv: *const *const u8,
    envp: *const *const u8,
    /// The auxiliary vector.
    vector: *const [usize; 2],
}

/// The rest of start-up. Not inlined, lest a use of a static moves before relocation.
#[inline(never)]
fn main(given: &Given) -> ! {
    // SAFETY: the environment is the kernel's, and nothing of rustix has been used yet.
    unsafe { rustix::param::init(given.envp.cast_mut().cast()) };
    let linked = program::linked();
    let launch = Launch {
        argc: given.argc,
        argv: given.argv,
        envp: given.envp,
        config: linked.config,
        given: &[],
        embedded: linked.embedded,
        is_privileged: auxiliary(given, AT_SECURE) != 0,
    };
    let instance =
        prepare_thread(linked.program, given).and_then(|()| create(&linked, Config::new(launch)));
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
    if config.dumps_host_alone() {
        pages::leave_out_guest();
    }
    let limits = Limits::baked(linked.program).lowered(config)?;
    let stack = Stack::map(limits.stack as usize)?;
    let state = create::map_state(STATE_BASE, linked.program.state_len)?;
    // SAFETY: just mapped for it.
    let instance = unsafe { Instance::create(state, stack) };
    create::fill(linked, instance, &limits)?;
    profile::open(linked.program, config)?;
    signal::install(&instance.stack)?;
    timeout::start(limits.timeout)?;
    signal::ignore_broken_pipes();
    instance.host.open(config)?;
    // SAFETY: the launch is the kernel's, and nobody holds a variable that the program is not to see.
    unsafe { config.wipe_environment() };
    sandbox::enter(&instance.host, config)?;
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
fn prepare_thread(program: &Program, given: &Given) -> Result<(), Refusal> {
    if program.has_user_code == 0 {
        return Ok(());
    }
    let headers = program_headers(given);
    let random = auxiliary(given, AT_RANDOM) as *const u64;
    // SAFETY: the kernel leaves 16 random bytes there.
    let random = unsafe { random.read_unaligned() };
    thread::set_up(headers, bias(headers), random)
}

/// Finds the executable's program headers.
fn program_headers(given: &Given) -> &'static [Elf_Phdr] {
    let start = ptr::with_exposed_provenance(auxiliary(given, AT_PHDR));
    // SAFETY: the kernel says where they are; they stay mapped.
    unsafe { core::slice::from_raw_parts(start, auxiliary(given, AT_PHNUM)) }
}

/// An entry of the auxiliary vector; 0 where there is none.
fn auxiliary(given: &Given, wanted: u32) -> usize {
    let mut entry = given.vector;
    loop {
        // SAFETY: the vector is the kernel's and ends as read here.
        match unsafe { *entry } {
            [key, value] if key as u32 == wanted => return value,
            [key, _] if key as u32 == AT_NULL => return 0,
            // SAFETY: as above.
            _ => entry = unsafe { entry.add(1) },
        }
    }
}

/// Computes what is added to the addresses in the file.
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

const PAGE: usize = HOST_PAGE as usize;

/// Applies the relocations that a dynamic section names.
///
/// # Safety
///
/// `dynamic` must be the dynamic section of an executable loaded at `bias`.
unsafe fn apply_relocations(bias: usize, mut dynamic: *const Elf_Dyn) {
    // Where each table begins and ends.
    let (mut single, mut single_size) = (bias, 0);
    let (mut packed, mut packed_size) = (bias, 0);
    // SAFETY: the section ends with DT_NULL, and the tables it names lie in the executable, as does
    // each word that a table names.
    unsafe {
        while (*dynamic).d_tag != DT_NULL {
            let value = (*dynamic).d_un.d_ptr;
            match (*dynamic).d_tag {
                DT_RELA => single += value,
                DT_RELASZ => single_size = value,
                DT_RELR => packed += value,
                DT_RELRSZ => packed_size = value,
                _ => (),
            }
            dynamic = dynamic.add(1);
        }
        let count = single_size / size_of::<Elf_Rela>();
        for entry in core::slice::from_raw_parts(single as *const Elf_Rela, count) {
            if entry.type_() == R_RELATIVE {
                let word = (bias + entry.r_offset) as *mut usize;
                *word = bias.wrapping_add(entry.r_addend);
            }
        }
        let count = packed_size / size_of::<usize>();
        apply_packed(
            bias,
            core::slice::from_raw_parts(packed as *const usize, count),
        );
    }
}

/// The tags of the table of packed relocations (System V gABI, "Relative relocation table").
const DT_RELRSZ: usize = 35;
const DT_RELR: usize = 36;

/// Applies packed relocations. An even entry is the address of a word to relocate. An odd one says by
/// its other bits which of the next 63 words are to be relocated as well.
///
/// # Safety
///
/// The table must be that of an executable loaded at `bias`.
unsafe fn apply_packed(bias: usize, table: &[usize]) {
    let mut next = ptr::null_mut::<usize>();
    for &entry in table {
        // SAFETY: the caller's promise.
        unsafe {
            if entry & 1 == 0 {
                next = (bias + entry) as *mut usize;
                *next = (*next).wrapping_add(bias);
                next = next.add(1);
            } else {
                let (mut word, mut bits) = (next, entry >> 1);
                while bits != 0 {
                    if bits & 1 != 0 {
                        *word = (*word).wrapping_add(bias);
                    }
                    word = word.wrapping_add(1);
                    bits >>= 1;
                }
                next = next.wrapping_add(usize::BITS as usize - 1);
            }
        }
    }
}
