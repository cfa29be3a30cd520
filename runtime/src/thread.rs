//! The thread pointer, for what a user links in: C code may have thread-local variables, and reads
//! beside the thread pointer the value that guards its stack frames. Nothing else here has either.
//!
//! The layout is x86-64's variant of "ELF Handling For Thread-Local Storage" (Drepper, section 3): the
//! variables end where the thread pointer points, at a block that begins with its own address.

use crate::refusal::Refusal;
use crate::{arch, exit, sigaction};
use core::ptr;
use kiln_abi::layout::HOST_PAGE;
use linux_raw_sys::elf::{Elf_Phdr, PT_TLS};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

/// The record that the thread pointer points to, as far as compilers know of it.
#[repr(C, align(64))]
struct ThreadBlock {
    own_address: *const ThreadBlock,
    unused: [u64; 4],
    /// The word that functions put into their frames, and look for when they return (`%fs:0x28`).
    frame_guard: u64,
}

/// Gives the program's one thread its variables, and has the thread pointer point behind them. The
/// executable's headers say what the variables are, it was loaded at `bias`, and `random` is a number
/// that nobody knows.
pub fn set_up(headers: &[Elf_Phdr], bias: usize, random: u64) -> Result<(), Refusal> {
    let variables = headers.iter().find(|header| header.p_type == PT_TLS);
    let (len, align) = variables.map_or((0, 1), |header| (header.p_memsz, header.p_align.max(1)));
    let below = len.next_multiple_of(align.max(align_of::<ThreadBlock>()));
    let size = (below + size_of::<ThreadBlock>()).next_multiple_of(HOST_PAGE as usize);
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a mapping where the kernel finds room touches nothing.
    let memory = unsafe { mmap_anonymous(ptr::null_mut(), size, access, MapFlags::PRIVATE) };
    let memory = memory.map_err(|why| Refusal::Cannot {
        what: b"map thread-local variables",
        call: b"mmap",
        why,
    })?;
    let block = memory.wrapping_byte_add(below).cast::<ThreadBlock>();
    // SAFETY: the memory is new and has room for both, aligned to a page, and no variable asks for
    // more; what the variables start as is where the linker says.
    unsafe {
        if let Some(header) = variables {
            let image = (bias + header.p_vaddr) as *const u8;
            let start = block.cast::<u8>().sub(len.next_multiple_of(align));
            start.copy_from_nonoverlapping(image, header.p_filesz);
        }
        block.write(ThreadBlock {
            own_address: block,
            unused: [0; 4],
            // Its first byte is 0, where text that overflows would end.
            frame_guard: random & !0xff,
        });
        let set = arch::set_thread_pointer(block.expose_provenance());
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
