;;! asm
;;! target = aarch64-linux
;; The base of memory 0 is loaded once, because no operand holds an address beside an index.
(module
  (memory (export "memory") 1)
  (func $copy (param i32 i32)
    (i32.store offset=8 (local.get 0) (i32.load offset=16 (local.get 1)))
    (i64.store8 (local.get 0) (i64.load8_s offset=0xfff (local.get 1))))
  (func (export "_start") (call $copy (i32.const 0) (i32.const 64))))
;; expected:
;; ; `copy` (index 0)
;; block0:
;;   movz x8, #20481, LSL #16
;;   ldr x8, [x8]
;;   add x9, x8, x3, UXTW
;;   ldr w10, [x9, #16]
;;   add x11, x8, x2, UXTW
;;   str w10, [x11, #8]
;;   ldrsb x9, [x9, #4095]
;;   strb w9, [x8, w2, UXTW]
;;   b label1
;; block1:
;;   ret
;;
;; ; function 1
;;   stp fp, lr, [sp, #-16]!
;;   unwind PushFrameRegs { offset_upward_to_caller_sp: 16 }
;;   mov fp, sp
;;   unwind DefineNewFrame { offset_upward_to_caller_sp: 16, offset_downward_to_clobbers: 0 }
;; block0:
;;   movz w2, #0
;;   movz w3, #64
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
