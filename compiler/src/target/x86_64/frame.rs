//! The way out of a compiled function from any of its instructions, as call frame instructions
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen;
    use crate::lower::{Item, items};
    use crate::options::Options;
    use crate::{parse, plan};

    /// The code and the rules of the function of this index in a module.
    fn compiled(text: &str, index: u32) -> (Vec<u8>, Vec<(u32, Cfi)>) {
        let wasm = wat::parse_str(text).unwrap();
        let module = parse::parse(&wasm).unwrap();
        let options = Options::default();
        let plan = plan::plan(&module, &options).unwrap();
        let item = Item::Function(index);
        let number = items(&plan).iter().position(|known| *known == item);
        let code = codegen::compile(&plan, &|_| {}).unwrap().code;
        let code = code.into_iter().nth(number.unwrap()).unwrap();
        (code.bytes, code.frame)
    }

    #[test]
    fn a_frame_that_moves_for_a_tail_call_is_followed() {
        let params = "i64 ".repeat(20);
        let arguments = "(local.get 0)".repeat(20);
        let text = format!(
            r#"(module (memory (export "memory") 1)
                (func $many (param {params}) (result i64)
                    (if (i64.eqz (local.get 19)) (then (return (local.get 18))))
                    (return_call $many {arguments}))
                (func $few (export "few") (param i64) (result i64)
                    (if (i64.eqz (local.get 0)) (then (return (call $few (local.get 0)))))
                    (return_call $many {arguments}))
                (func (export "_start") (drop (call $few (i64.const 1)))))"#
        );
        let (bytes, rules) = compiled(&text, 1);
        // push %rbp; mov %rsp, %rbp; sub $N, %rsp; mov %rsp, %rbp
        assert_eq!(bytes[..4], [0x55, 0x48, 0x89, 0xe5]);
        assert_eq!(bytes[4..7], [0x48, 0x83, 0xec]);
        assert_eq!(bytes[8..11], [0x48, 0x89, 0xe5]);
        let up = FRAME_START + i32::from(bytes[7]);
        let (moved_at, _) = rules[4];
        assert_eq!(
            rules[..6],
            [
                (1, Cfi::CfaOffset(16)),
                (1, Cfi::Offset(X86_64::RBP, -16)),
                (4, Cfi::CfaRegister(X86_64::RBP)),
                (11, Cfi::CfaOffset(up)),
                (moved_at, Cfi::Offset(X86_64::RBP, -up)),
                (moved_at, Cfi::Offset(X86_64::RA, 8 - up)),
            ]
        );
    }

    #[test]
    fn rules_come_in_order() {
        let text = r#"(module (memory (export "memory") 1)
            (func $f (param i32 i32) (result i32)
                (if (local.get 0) (then
                    (return (i32.add (local.get 1) (call $f (i32.const 0) (local.get 0))))))
                (i32.const 3))
            (func (export "_start") (drop (call $f (i32.const 1) (i32.const 2)))))"#;
        let (_, rules) = compiled(text, 0);
        assert!(rules.is_sorted_by_key(|(offset, _)| *offset), "{rules:?}");
        assert!(rules.len() > 3, "{rules:?}");
    }
}
