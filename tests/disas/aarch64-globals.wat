;;! asm
;;! target = aarch64-linux
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
;;   movz x4, #20481, LSL #16
;;   ldr w3, [x4]
;;   add w5, w3, #12
;;   str w5, [x4]
;;   b label1
;; block1:
;;   add w2, w3, #12
;;   ret
;;
;; ; function 1
;;   stp fp, lr, [sp, #-16]!
;;   unwind PushFrameRegs { offset_upward_to_caller_sp: 16 }
;;   mov fp, sp
;;   unwind DefineNewFrame { offset_upward_to_caller_sp: 16, offset_downward_to_clobbers: 0 }
;; block0:
;;   bl 0
;;   b label1
;; block1:
;;   ldp fp, lr, [sp], #16
;;   ret
;;
;; ; entry point
;;   stp fp, lr, [sp, #-16]!
;;   unwind PushFrameRegs { offset_upward_to_caller_sp: 16 }
;;   mov fp, sp
;;   unwind DefineNewFrame { offset_upward_to_caller_sp: 16, offset_downward_to_clobbers: 0 }
;; block0:
;;   bl 0
;;   ldp fp, lr, [sp], #16
;;   ret
