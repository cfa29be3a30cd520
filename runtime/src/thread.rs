//! The thread pointer, for what a user links in: C code may have thread-local variables, and reads
//! beside the thread pointer, or in a variable, the value that guards its stack frames. Nothing else here has
//! either.

use crate::refusal::Refusal;
use crate::{arch, exit, sigaction};
use core::ptr;
use kiln_abi::layout::here::HOST_PAGE;
use linux_raw_sys::elf::{Elf_Phdr, PT_TLS};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

/// Gives the program's one thread its variables, and has the thread pointer point where compilers expect it. The
/// executable's headers say what the variables are, it was loaded at `bias`, and `random` is a number
/// that nobody knows.
pub fn set_up(headers: &[Elf_Phdr], bias: usize, random: u64) -> Result<(), Refusal> {
    let variables = headers.iter().find(|header| header.p_type == PT_TLS);
    let (len, align) = variables.map_or((0, 1), |header| (header.p_memsz, header.p_align.max(1)));
    let places = arch::ThreadPlaces::new(len, align);
    let size = places.size.next_multiple_of(HOST_PAGE as usize);
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a mapping where the kernel finds room touches nothing.
    let memory = unsafe { mmap_anonymous(ptr::null_mut(), size, access, MapFlags::PRIVATE) };
    let memory = memory.map_err(|why| Refusal::Cannot {
        what: b"map thread-local variables",
        call: b"mmap",
        why,
    })?;
    // SAFETY: the memory is new and has room for all, aligned to a page, and no variable asks for
    // more; what the variables start as is where the linker says.
    unsafe {
        if let Some(header) = variables {
            let image = (bias + header.p_vaddr) as *const u8;
            let start = memory.cast::<u8>().add(places.variables);
            start.copy_from_nonoverlapping(image, header.p_filesz);
        }
        // Its first byte is 0, where text that overflows would end.
        let set = arch::set_thread(memory.wrapping_byte_add(places.pointer), random & !0xff);
        sigaction::checked(set).map_err(|why| Refusal::Cannot {
            what: b"set the thread pointer",
            call: b"arch_prctl",
            why,
        })
    }
}

/// Ends the program for a function that finds its frame's guard overwritten, by the name that compilers know.
#[unsafe(no_mangle)]
extern "C" fn __stack_chk_fail() -> ! {
    exit::abort(&[b"a linked function has written beyond its stack frame"])
}
