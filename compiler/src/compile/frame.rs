//! How to walk out of a compiled function from any of its instructions, as call frame instructions
//! (DWARF 5, 6.4.2). Cranelift tells what its prologue does; its own translation of that is not used,
//! because it leaves out that a prologue may move the frame to make room for a tail call's arguments.
//!
//! The rules hold up to the end of the function. In an epilogue they are wrong for the one instruction
//! after `pop %rbp`, of which Cranelift does not tell where it is.

use cranelift_codegen::CompiledCode;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::isa::unwind::UnwindInst;
use gimli::X86_64;
use gimli::write::CallFrameInstruction as Cfi;

/// Bytes of `mov %rsp, %rbp`.
const MOVE_LEN: u32 = 3;
/// Bytes of the return address and the frame pointer, which every frame starts with.
const FRAME_START: i32 = 16;

/// The rules of a function's frame, by the offset in its code from which each holds, ascending.
pub(super) fn rules(code: &CompiledCode, isa: &dyn TargetIsa) -> Vec<(u32, Cfi)> {
    let mut rules = Vec::new();
    let mut pushed_at = 0;
    let mut saved_at = 0;
    let mut clobbers = 0;
    let mut saved = Vec::new();
    for (offset, inst) in &code.buffer.unwind_info {
        match *inst {
            UnwindInst::PushFrameRegs { .. } => {
                pushed_at = *offset;
                rules.push((pushed_at, Cfi::CfaOffset(FRAME_START)));
                rules.push((pushed_at, Cfi::Offset(X86_64::RBP, -FRAME_START)));
            }
            UnwindInst::DefineNewFrame {
                offset_upward_to_caller_sp,
                offset_downward_to_clobbers,
            } => {
                rules.push((pushed_at + MOVE_LEN, Cfi::CfaRegister(X86_64::RBP)));
                let up = offset_upward_to_caller_sp as i32;
                if up > FRAME_START {
                    rules.extend(moved_frame(pushed_at, *offset, up));
                }
                clobbers = up + offset_downward_to_clobbers as i32;
            }
            UnwindInst::SaveReg {
                clobber_offset,
                reg,
            } => {
                if let Ok(register) = isa.map_regalloc_reg_to_dwarf(reg.into()) {
                    let at = clobber_offset as i32 - clobbers;
                    saved.push(Cfi::Offset(gimli::Register(register), at));
                }
                saved_at = *offset;
            }
            // On x86-64 the stack pointer is of no account once there is a frame pointer, and the
            // rest is of other processors.
            _ => {}
        }
    }
    // Registers keep their values while the prologue saves them one by one, so that it is enough to say
    // at its end where all are.
    rules.extend(saved.into_iter().map(|rule| (saved_at, rule)));
    rules
}

/// The rules of a prologue that moves the frame down: `sub $N, %rsp` and `mov %rsp, %rbp`, after which
/// the frame pointer and the return address are copied, up to `moved_at`.
fn moved_frame(pushed_at: u32, moved_at: u32, up: i32) -> [(u32, Cfi); 3] {
    let by = up - FRAME_START;
    let subtraction = if i8::try_from(by).is_ok() { 4 } else { 7 };
    let lowered_at = pushed_at + MOVE_LEN + subtraction + MOVE_LEN;
    [
        (lowered_at, Cfi::CfaOffset(up)),
        (moved_at, Cfi::Offset(X86_64::RBP, -up)),
        (moved_at, Cfi::Offset(X86_64::RA, 8 - up)),
    ]
}
