;;! asm
;; A branch hinted as unlikely is laid out of the way: what is likely falls through.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func $check (param i32) (result i32)
    (@metadata.code.branch_hint "\00") (if (local.get 0)
      (then (call $exit (i32.const 1))))
    (i32.load (i32.const 8)))
  (func $check-unhinted (param i32) (result i32)
    (if (local.get 0)
      (then (call $exit (i32.const 1))))
    (i32.load (i32.const 8)))
  (func (export "_start")
    (drop (call $check (i32.const 0)))
    (drop (call $check-unhinted (i32.const 0)))))
;; expected:
;; ; `check` (index 1)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   testl %edi, %edi
;;   jnz     label2; j label1
;; block1:
;;   jmp     label3
;; block3:
;;   movl $0x70000008, %r10d
;;   movl (%r10), %eax
;;   jmp     label4
;; block4:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block2:
;;   movl $0x50001000, %edi
;;   movl $0x1, %esi
;;   call    `exit` (index 0)
;;   jmp     label3
;;
;; ; `check-unhinted` (index 2)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   testl %edi, %edi
;;   jnz     label2; j label1
;; block1:
;;   jmp     label3
;; block2:
;;   movl $0x50001000, %edi
;;   movl $0x1, %esi
;;   call    `exit` (index 0)
;;   jmp     label3
;; block3:
;;   movl $0x70000008, %r10d
;;   movl (%r10), %eax
;;   jmp     label4
;; block4:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 3
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x10, %rsp
;;   movq %r12, (%rsp)
;; block0:
;;   uninit  %rdi
;;   xorl %edi, %edi
;;   movq %rdi, %r12
;;   call    `check` (index 1)
;;   movq %r12, %rdi
;;   call    `check-unhinted` (index 2)
;;   jmp     label1
;; block1:
;;   movq (%rsp), %r12
;;   addq $0x10, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; entry point
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   call    function 3
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
