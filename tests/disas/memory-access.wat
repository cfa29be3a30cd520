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
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl %esi, %esi
;;   movl 0x70000010(%rsi), %r8d
;;   movl %edi, %edi
;;   movl %r8d, 0x70000008(%rdi)
;;   movsbq 0x70000fff(%rsi), %r8
;;   movb %r8b, 0x70000000(%rdi)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 1
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   uninit  %rdi
;;   xorl %edi, %edi
;;   movl $0x40, %esi
;;   call    `copy` (index 0)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; entry point
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   call    function 1
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
