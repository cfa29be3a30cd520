//! The switch to the stack of a library's instance and back.

use crate::arch::unwinding::stop_unwinding;
use crate::state::State;
use core::arch::{asm, naked_asm};

/// Returns the thread pointer, which differs between threads that live at the same time. A library's
/// host has one, because C compilers and libraries count on it (psABI, 3.4.6: `%fs:0` holds it).
pub fn thread_pointer() -> usize {
    let pointer;
    // SAFETY: reads the word that the ABI defines.
    unsafe {
        asm!(
            "mov {}, fs:[0]",
            out(reg) pointer,
            options(nostack, readonly, pure, preserves_flags),
        );
    }
    pointer
}

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
        ".cfi_startproc",
        ".cfi_personality 0x1b, {personality}",
        "push rbp",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset rbp, 0",
        "push rbx",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset rbx, 0",
        "push r12",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset r12, 0",
        "push r13",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset r13, 0",
        "push r14",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset r14, 0",
        "push r15",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset r15, 0",
        "sub rsp, 8",
        ".cfi_adjust_cfa_offset 8",
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
        ".cfi_def_cfa_register rbx",
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
        ".cfi_endproc",
        leave = sym leave,
        personality = sym stop_unwinding,
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
        ".cfi_startproc",
        // What `enter` pushed and its return address.
        ".cfi_def_cfa rdi, 64",
        ".cfi_offset rbp, -16",
        ".cfi_offset rbx, -24",
        ".cfi_offset r12, -32",
        ".cfi_offset r13, -40",
        ".cfi_offset r14, -48",
        ".cfi_offset r15, -56",
        "mov rsp, rdi",
        ".cfi_def_cfa_register rsp",
        "mov eax, esi",
        "mov ecx, [rsp]",
        "and ecx, {control}",
        "cmp ecx, {default}",
        "je 2f",
        "ldmxcsr [rsp]",
        "2:",
        "add rsp, 8",
        ".cfi_adjust_cfa_offset -8",
        "pop r15",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore r15",
        "pop r14",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore r14",
        "pop r13",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore r13",
        "pop r12",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore r12",
        "pop rbx",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore rbx",
        "pop rbp",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore rbp",
        "ret",
        ".cfi_endproc",
        control = const MXCSR_CONTROL,
        default = const MXCSR_DEFAULT,
    )
}

/// The bits of MXCSR that say how vector units compute; the others tell what has happened.
const MXCSR_CONTROL: u32 = 0xffc0;
/// MXCSR as processes start: round to nearest, denormals are numbers, no exceptions. Setting it
/// takes as long as the rest of a call.
const MXCSR_DEFAULT: u32 = 0x1f80;

#[cfg(test)]
mod tests {
    use super::*;
    use core::arch::asm;

    /// The arguments of the functions below: where the call goes back to, and what they see.
    struct Seen {
        activation: *mut u8,
        stack_pointer: usize,
        mxcsr: u32,
    }

    fn see(values: *mut u128) -> &'static mut Seen {
        // SAFETY: what the test passes.
        let seen = unsafe { &mut *values.cast::<Seen>() };
        seen.stack_pointer = (&raw const values).addr();
        // SAFETY: the instruction stores 4 bytes.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut seen.mxcsr) };
        seen
    }

    extern "C" fn come_back(_: *mut State, values: *mut u128) {
        see(values);
    }

    extern "C" fn leave_early(_: *mut State, values: *mut u128) {
        let activation = see(values).activation;
        // SAFETY: the call that the test makes has not ended.
        unsafe { leave(activation, 7) }
    }

    extern "C" fn call_again(state: *mut State, values: *mut u128) {
        let seen = see(values);
        let (outer, this) = (seen.activation, &raw mut seen.activation);
        // SAFETY: on the present stack.
        let status = unsafe { enter(leave_early, state, values, 0, this) };
        // SAFETY: neither has this call.
        unsafe { leave(outer, status + 1) }
    }

    #[test]
    fn a_call_on_another_stack_comes_back_with_its_status() {
        let mut stack = std::vec![0u128; 4096];
        let stack = stack.as_mut_ptr_range();
        let top = stack.end.expose_provenance();
        let flush_to_zero = 1 << 15;
        let mut mxcsr = 0u32;
        // SAFETY: the instructions store and load 4 bytes; the bit is one of the register's.
        unsafe {
            asm!("stmxcsr [{}]", in(reg) &raw mut mxcsr);
            mxcsr |= flush_to_zero;
            asm!("ldmxcsr [{}]", in(reg) &raw const mxcsr);
        }
        type Callee = extern "C" fn(*mut State, *mut u128);
        for (callee, expected) in [(come_back as Callee, 0), (leave_early, 7), (call_again, 8)] {
            let mut seen = Seen {
                activation: core::ptr::null_mut(),
                stack_pointer: 0,
                mxcsr: 0,
            };
            let values = (&raw mut seen).cast();
            let activation = &raw mut seen.activation;
            // SAFETY: the stack is used for nothing else.
            let status = unsafe { enter(callee, core::ptr::null_mut(), values, top, activation) };
            assert_eq!(status, expected);
            assert!((stack.start.addr()..top).contains(&seen.stack_pointer));
            assert_eq!(seen.mxcsr & flush_to_zero, 0);
        }
        let mut after = 0u32;
        // SAFETY: as above; what was set is taken back.
        unsafe {
            asm!("stmxcsr [{}]", in(reg) &raw mut after);
            mxcsr &= !flush_to_zero;
            asm!("ldmxcsr [{}]", in(reg) &raw const mxcsr);
        }
        assert_ne!(after & flush_to_zero, 0);
    }
}
