//! x86-64: entry and stack switch (System V psABI, chapter 3), system calls (its appendix A.2.1),
//! and the frame of a signal (`rt_sigframe` in the kernel).

use crate::instance::State;
use core::arch::asm;
use linux_raw_sys::general::stack_t;

/// A 16-byte vector that is loaded and stored by one instruction, aligned or not.
pub use core::arch::x86_64::__m128i as Block;

/// A system call with one argument.
///
/// # Safety
///
/// As the system call's.
pub unsafe fn syscall1(number: u32, a: usize) -> isize {
    // SAFETY: the caller's promise; the kernel ignores what it does not take.
    unsafe { syscall4(number, a, 0, 0, 0) }
}

/// A system call with two arguments.
///
/// # Safety
///
/// As the system call's.
pub unsafe fn syscall2(number: u32, a: usize, b: usize) -> isize {
    // SAFETY: the caller's promise; the kernel ignores what it does not take.
    unsafe { syscall4(number, a, b, 0, 0) }
}

/// Has the thread pointer (`%fs`) point somewhere.
///
/// # Safety
///
/// There must be a block as compilers expect it, for as long as the thread lives.
#[cfg(feature = "standalone")]
pub unsafe fn set_thread_pointer(block: usize) {
    const ARCH_SET_FS: usize = 0x1002;
    // SAFETY: the caller's promise. It fails for addresses the kernel would not give.
    unsafe { syscall2(linux_raw_sys::general::__NR_arch_prctl, ARCH_SET_FS, block) };
}

/// A system call with four arguments.
///
/// # Safety
///
/// As the system call's.
pub unsafe fn syscall4(number: u32, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the caller vouches for the call; these are all the registers it changes.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as usize => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Leaves the present stack for the one that ends at `top` and there calls `f(argument)`.
///
/// # Safety
///
/// `top` must be aligned to 16 bytes and end a writable stack that is used for nothing else.
pub unsafe fn switch_stack(
    top: *mut u8,
    f: extern "C" fn(*mut State) -> !,
    argument: *mut State,
) -> ! {
    // SAFETY: the caller vouches for the stack, and nothing of the old frame is used again. A zero
    // frame pointer marks the outermost frame.
    unsafe {
        asm!(
            "mov rsp, {top}",
            "xor ebp, ebp",
            "call {f}",
            "ud2",
            top = in(reg) top,
            f = in(reg) f,
            in("rdi") argument,
            options(noreturn),
        )
    }
}

/// Where a handler returns to (`sa_restorer`): the kernel has no default on this architecture.
///
/// # Safety
///
/// Not to be called: it unwinds the frame of a signal.
#[unsafe(naked)]
pub unsafe extern "C" fn signal_return() {
    core::arch::naked_asm!("mov eax, {number}", "syscall", number = const linux_raw_sys::general::__NR_rt_sigreturn)
}

/// The start of a signal handler's third argument (`struct ucontext` and `struct sigcontext`).
#[repr(C)]
pub struct SignalContext {
    flags: u64,
    link: *const SignalContext,
    stack: stack_t,
    /// r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp.
    registers: [u64; 16],
    rip: u64,
    flags_register: u64,
}

/// Index of a register in [`SignalContext::registers`].
const RSP: usize = 15;

impl SignalContext {
    /// Address of the instruction that was interrupted.
    pub fn pc(&self) -> usize {
        self.rip as usize
    }

    /// The stack pointer there.
    pub fn stack_pointer(&self) -> usize {
        self.registers[RSP] as usize
    }

    /// Has `f(arguments)` called, on the stack that ends at `top`, in place of what was interrupted.
    pub fn call(&mut self, f: usize, top: usize, arguments: [usize; 4]) {
        const RDI_RSI_RDX_RCX: [usize; 4] = [8, 9, 12, 14];
        const RBP: usize = 10;
        const DIRECTION: u64 = 1 << 10;
        for (register, argument) in RDI_RSI_RDX_RCX.into_iter().zip(arguments) {
            self.registers[register] = argument as u64;
        }
        self.registers[RBP] = 0;
        // A function finds its return address there, here one that is none.
        self.registers[RSP] = (top - size_of::<usize>()) as u64;
        self.rip = f as u64;
        self.flags_register &= !DIRECTION;
    }
}

#[cfg(feature = "linked")]
pub use linked::resume;

#[cfg(feature = "linked")]
mod linked {
    use crate::instance::State;
    use crate::{exception, trap};
    use core::arch::{asm, naked_asm};
    use kiln_abi::exception::Exception;

    /// See [`kiln_abi::symbols::EXCEPTION_NEW`]. Puts the registers that compiled code may keep
    /// references in on the stack, and adds its address.
    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn kiln_exception_new(
        state: *mut State,
        tag: u32,
        payload: u64,
    ) -> *mut Exception {
        naked_asm!(
            "push rbx",
            "push rbp",
            "push r12",
            "push r13",
            "push r14",
            "push r15",
            "mov rcx, rsp",
            "sub rsp, 8",
            "call {new}",
            "add rsp, 8",
            "pop r15",
            "pop r14",
            "pop r13",
            "pop r12",
            "pop rbp",
            "pop rbx",
            "ret",
            new = sym exception::new,
        )
    }

    /// See [`kiln_abi::symbols::THROW`]. Adds the caller's return address and frame pointer.
    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn kiln_throw(state: *mut State, exception: *mut Exception) -> ! {
        naked_asm!(
            "mov rdx, [rsp]",
            "mov rcx, rbp",
            "jmp {throw}",
            throw = sym exception::throw,
        )
    }

    /// Leaves the current frames for `landing`, with the payload register that Cranelift's
    /// convention for exceptions reads.
    ///
    /// # Safety
    ///
    /// `landing` is a landing place of the function whose frame is at `stack` and `frame`.
    pub unsafe fn resume(
        landing: usize,
        stack: *const usize,
        frame: *const usize,
        exception: *mut Exception,
    ) -> ! {
        // SAFETY: the caller's promise. Not to return is what it is for.
        unsafe {
            asm!(
                "mov rsp, {stack}",
                "mov rbp, {frame}",
                "jmp {landing}",
                stack = in(reg) stack,
                frame = in(reg) frame,
                landing = in(reg) landing,
                in("rax") exception,
                options(noreturn),
            )
        }
    }

    /// See [`kiln_abi::symbols::UNKNOWN_IMPORT`]. Adds the caller's address as fourth argument.
    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn kiln_unknown_import(state: *mut State, name: *const u8, len: u64) -> ! {
        naked_asm!(
            "mov rcx, [rsp]",
            "jmp {unknown_import}",
            unknown_import = sym trap::unknown_import,
        )
    }
}

#[cfg(feature = "library")]
pub use library::{enter, leave};

#[cfg(feature = "library")]
mod library {
    use crate::instance::State;
    use core::arch::naked_asm;

    /// Calls `f(state, values)` on the stack that ends at `top`, or on the present one if that is 0.
    /// Stores in `activation` where [`leave`] gets back to, and gives 0 or what that is given.
    ///
    /// Compiled code counts on the floating-point environment that processes start with.
    ///
    /// # Safety
    ///
    /// `top` must be aligned to 16 bytes and end a writable stack that is used for nothing else.
    #[unsafe(naked)]
    pub unsafe extern "C" fn enter(
        f: extern "C" fn(*mut State, *mut u128),
        state: *mut State,
        values: *mut u128,
        top: usize,
        activation: *mut *mut u8,
    ) -> u32 {
        naked_asm!(
            "push rbp",
            "push rbx",
            "push r12",
            "push r13",
            "push r14",
            "push r15",
            "sub rsp, 8",
            "stmxcsr [rsp]",
            "mov eax, [rsp]",
            "and eax, {control}",
            "cmp eax, {default}",
            "je 2f",
            "mov dword ptr [rsp + 4], {default}",
            "ldmxcsr [rsp + 4]",
            "2:",
            "mov [r8], rsp",
            "mov rbx, rsp",
            "mov rax, rdi",
            "mov rdi, rsi",
            "mov rsi, rdx",
            "test rcx, rcx",
            "cmovnz rsp, rcx",
            // Marks the outermost frame.
            "xor ebp, ebp",
            "call rax",
            "mov rdi, rbx",
            "xor esi, esi",
            "jmp {leave}",
            leave = sym leave,
            control = const MXCSR_CONTROL,
            default = const MXCSR_DEFAULT,
        )
    }

    /// Makes the call of [`enter`] that stored `activation` give `status`.
    ///
    /// # Safety
    ///
    /// That call must not have ended, and all that has been called since is left as it is.
    #[unsafe(naked)]
    pub unsafe extern "C" fn leave(activation: *mut u8, status: u32) -> ! {
        naked_asm!(
            "mov rsp, rdi",
            "mov eax, esi",
            "mov ecx, [rsp]",
            "and ecx, {control}",
            "cmp ecx, {default}",
            "je 2f",
            "ldmxcsr [rsp]",
            "2:",
            "add rsp, 8",
            "pop r15",
            "pop r14",
            "pop r13",
            "pop r12",
            "pop rbx",
            "pop rbp",
            "ret",
            control = const MXCSR_CONTROL,
            default = const MXCSR_DEFAULT,
        )
    }

    /// The bits of MXCSR that say how vector units compute; the others tell what has happened.
    const MXCSR_CONTROL: u32 = 0xffc0;
    /// MXCSR as processes start: round to nearest, denormals are numbers, no exceptions. Setting it
    /// takes as long as the rest of a call.
    const MXCSR_DEFAULT: u32 = 0x1f80;
}

/// Where the kernel enters the program: the stack pointer is at `argc`, all else is undefined.
#[cfg(feature = "standalone")]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    core::arch::naked_asm!(
        "xor ebp, ebp",
        "mov rdi, rsp",
        "call {start}",
        "ud2",
        start = sym crate::start::start,
    )
}

/// See [`kiln_abi::symbols::X86_PSHUFB`]: byte `i` of the result is the byte of `bytes` that the
/// low four bits of byte `i` of `picks` number, or 0 if its highest bit is set.
#[unsafe(no_mangle)]
#[expect(
    improper_ctypes_definitions,
    reason = "the psABI passes this type in an XMM register, as compiled code does"
)]
pub extern "C" fn kiln_x86_pshufb(bytes: Block, picks: Block) -> Block {
    // SAFETY: a vector is 16 bytes, and any 16 bytes are a vector.
    let [bytes, picks] =
        unsafe { core::mem::transmute::<[Block; 2], [[u8; 16]; 2]>([bytes, picks]) };
    let pick = |i: u8| {
        if i < 0x80 {
            bytes[usize::from(i % 16)]
        } else {
            0
        }
    };
    // SAFETY: as above.
    unsafe { core::mem::transmute::<[u8; 16], Block>(picks.map(pick)) }
}

/// Copies `len` bytes by the processor's string instruction, forward.
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`]'s; overlap is fine where `to` is below `from`.
#[inline(always)]
pub unsafe fn copy_string(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the caller's promise; the direction flag is clear by the psABI.
    unsafe {
        asm!(
            "rep movsb",
            inout("rdi") to => _,
            inout("rsi") from => _,
            inout("rcx") len => _,
            options(nostack, preserves_flags),
        );
    }
}

/// Sets `len` bytes by the processor's string instruction.
///
/// # Safety
///
/// As [`core::ptr::write_bytes`]'s.
#[inline(always)]
pub unsafe fn fill_string(to: *mut u8, byte: u8, len: usize) {
    // SAFETY: the caller's promise; the direction flag is clear by the psABI.
    unsafe {
        asm!(
            "rep stosb",
            inout("rdi") to => _,
            in("al") byte,
            inout("rcx") len => _,
            options(nostack, preserves_flags),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::arch::x86_64::_mm_shuffle_epi8;
    use core::mem::transmute;

    #[test]
    fn pshufb_equals_the_instruction() {
        assert!(is_x86_feature_detected!("ssse3"), "needs a CPU with SSSE3");
        for seed in 0..=u8::MAX {
            let mix = |i: u8| (i ^ seed).wrapping_mul(29).wrapping_add(seed);
            let bytes: [u8; 16] = core::array::from_fn(|i| mix(i as u8));
            let picks: [u8; 16] = core::array::from_fn(|i| mix(i as u8 + 16));
            // SAFETY: a vector is any 16 bytes, and the CPU has the instruction.
            let (ours, theirs) = unsafe {
                let [bytes, picks] = [bytes, picks].map(|v| transmute::<[u8; 16], Block>(v));
                let ours = kiln_x86_pshufb(bytes, picks);
                let theirs = _mm_shuffle_epi8(bytes, picks);
                (
                    transmute::<Block, [u8; 16]>(ours),
                    transmute::<Block, [u8; 16]>(theirs),
                )
            };
            assert_eq!(ours, theirs, "{bytes:?} {picks:?}");
        }
    }
}
