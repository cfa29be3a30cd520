//! The way out of a compiled function from any of its instructions, where calls leave the return address in a
//! register: see the module `frame` of x86-64, whose remarks hold here.

use cranelift_codegen::CompiledCode;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::isa::unwind::UnwindInst;
use gimli::Register;
use gimli::write::CallFrameInstruction as Cfi;

/// The first instructions of a function that has a frame: they lower the stack pointer by 16, store the frame
/// pointer there and the return address above it, and move the stack pointer into the frame pointer.
pub(super) struct Prologue {
    pub frame_pointer: Register,
    pub return_address: Register,
    /// Bytes of the stores that follow the instruction which lowers the stack pointer.
    pub stores: u32,
}

/// Bytes of an instruction. (Compressed ones are not asked for.)
const INSTRUCTION: u32 = 4;
/// Bytes of the frame pointer and the return address.
const FRAME_START: i32 = 16;

/// The rules of a function's frame, by the offset in its code from which each holds, ascending.
pub(super) fn rules(
    code: &CompiledCode,
    isa: &dyn TargetIsa,
    prologue: &Prologue,
) -> Vec<(u32, Cfi)> {
    let mut rules = Vec::new();
    let mut saved_at = 0;
    let mut moved_by = 0;
    let mut clobbers = 0;
    let mut saved = Vec::new();
    for (offset, inst) in &code.buffer.unwind_info {
        match *inst {
            UnwindInst::PushFrameRegs { .. } => {
                let pushed_at = *offset;
                rules.push((pushed_at - prologue.stores, Cfi::CfaOffset(FRAME_START)));
                rules.extend(stored(prologue, pushed_at, FRAME_START));
                let moved = Cfi::CfaRegister(prologue.frame_pointer);
                rules.push((pushed_at + INSTRUCTION, moved));
            }
            // Room for a tail call's arguments, into which the frame moves.
            UnwindInst::StackAlloc { size } if clobbers == 0 => moved_by = size as i32,
            UnwindInst::DefineNewFrame {
                offset_upward_to_caller_sp,
                offset_downward_to_clobbers,
            } => {
                let up = offset_upward_to_caller_sp as i32 + moved_by;
                if moved_by != 0 {
                    rules.push((*offset, Cfi::CfaOffset(up)));
                    rules.extend(stored(prologue, *offset, up));
                }
                clobbers = up + offset_downward_to_clobbers as i32;
            }
            UnwindInst::SaveReg {
                clobber_offset,
                reg,
            } => {
                if let Ok(register) = isa.map_regalloc_reg_to_dwarf(reg.into()) {
                    let at = clobber_offset as i32 - clobbers;
                    saved.push(Cfi::Offset(Register(register), at));
                }
                saved_at = *offset;
            }
            _ => {}
        }
    }
    // Registers keep their values while the prologue saves them one by one, so that it is enough to say
    // at its end where all are.
    rules.extend(saved.into_iter().map(|rule| (saved_at, rule)));
    rules
}

/// The rules of the two registers that are stored `up` bytes below the caller's frame.
fn stored(prologue: &Prologue, at: u32, up: i32) -> [(u32, Cfi); 2] {
    [
        (at, Cfi::Offset(prologue.frame_pointer, -up)),
        (at, Cfi::Offset(prologue.return_address, 8 - up)),
    ]
}
