;;! asm
;; A load or store on memory 0 is one instruction: base and offset fold into the displacement of
;; its operand, and no bounds are checked.
(module
  (memory (export "memory") 1)
  (func $copy (param i32 i32)
    (i32.store offset=8 (local.get 0) (i32.load offset=16 (local.get 1)))
    (i64.store8 (local.get 0) (i64.load8_s offset=0xfff (local.get 1))))
  (func (export "_start") (call $copy (i32.const 0) (i32.const 64))))
;; expected:
;; ; `copy` (index 0)
;;        push %rbp
;;        mov %rsp, %rbp
;; @003b  mov %esi, %esi
;;        mov 0x70000010(%rsi), %r8d
;; @003e  mov %edi, %edi
;;        mov %r8d, 0x70000008(%rdi)
;; @0045  movsbq 0x70000fff(%rsi), %r8
;; @0049  mov %r8b, 0x70000000(%rdi)
;; @004c  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;; @004f  xor %edi, %edi
;; @0051  mov $0x40, %esi
;; @0054  call `copy` (index 0)
;; @0056  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 1
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
