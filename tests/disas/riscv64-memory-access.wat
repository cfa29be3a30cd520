;;! asm
;;! target = riscv64-linux
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
;;   slli a1,a1,32
;;   srli a4,a1,32
;;   lui a2,327681
;;   ld a3,0(a2)
;;   add a2,a4,a3
;;   lw a4,16(a2)
;;   slli a1,a0,32
;;   srli a5,a1,32
;;   add a3,a5,a3
;;   sw a4,8(a3)
;;   lb a4,4095(a2)
;;   sb a4,0(a3)
;;   j label1
;; block1:
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
;;   li a0,0
;;   li a1,64
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
