;;! asm
;;! target = riscv64-linux
;; A global is one operand away from the state's address, which takes one instruction.
(module
  (global $counter (mut i32) (i32.const 0))
  (global $never-changed (mut i32) (i32.const 12))
  (func $count (result i32)
    (global.set $counter (i32.add (global.get $counter) (global.get $never-changed)))
    (global.get $counter))
  (func (export "_start") (drop (call $count))))
;; expected:
;; ; `count` (index 0)
;; block0:
;;   lui a1,327681
;;   lw a0,0(a1)
;;   addiw a2,a0,12
;;   sw a2,0(a1)
;;   j label1
;; block1:
;;   addiw a0,a0,12
;;   ret
;;
;; ; function 1
;;   addi sp,sp,-16
;;   sd ra,8(sp)
;;   sd fp,0(sp)
;;   unwind PushFrameRegs { offset_upward_to_caller_sp: 16 }
;;   mv fp,sp
;;   unwind DefineNewFrame { offset_upward_to_caller_sp: 16, offset_downward_to_clobbers: 0 }
;; block0:
;;   call userextname0
;;   j label1
;; block1:
;;   ld ra,8(sp)
;;   ld fp,0(sp)
;;   addi sp,sp,16
;;   ret
;;
;; ; entry point
;;   addi sp,sp,-16
;;   sd ra,8(sp)
;;   sd fp,0(sp)
;;   unwind PushFrameRegs { offset_upward_to_caller_sp: 16 }
;;   mv fp,sp
;;   unwind DefineNewFrame { offset_upward_to_caller_sp: 16, offset_downward_to_clobbers: 0 }
;; block0:
;;   call userextname0
;;   ld ra,8(sp)
;;   ld fp,0(sp)
;;   addi sp,sp,16
;;   ret
