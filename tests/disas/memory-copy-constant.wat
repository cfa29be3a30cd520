;;! asm
;; memory.copy and memory.fill of a small constant length: all loads, then the stores from the last to
;; the first. Nothing is compared where what lies beyond the memory faults.
(module
  (memory (export "memory") 1)
  (func $copy (param i32 i32)
    (memory.copy (local.get 0) (local.get 1) (i32.const 39)))
  (func $fill (param i32 i32)
    (memory.fill (local.get 0) (local.get 1) (i32.const 23)))
  (func $clear (param i32)
    (memory.fill (local.get 0) (i32.const 0) (i32.const 32)))
  (func $small (param i32 i32)
    (memory.copy (local.get 0) (local.get 1) (i32.const 7)))
  (func (export "_start")
    (call $copy (i32.const 0) (i32.const 8))
    (call $fill (i32.const 0) (i32.const 8))
    (call $clear (i32.const 0))
    (call $small (i32.const 0) (i32.const 8))))
;; expected:
;; ; `copy` (index 0)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl %esi, %r8d
;;   movdqu 0x70000000(%r8), %xmm7
;;   movdqu 0x70000010(%r8), %xmm0
;;   movq 0x7000001f(%r8), %r8
;;   movl %edi, %edi
;;   movq %r8, 0x7000001f(%rdi)
;;   movdqu %xmm0, 0x70000010(%rdi)
;;   movdqu %xmm7, 0x70000000(%rdi)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `fill` (index 1)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movzbq %sil, %rsi
;;   imulq (%rip), %rsi
;;   movl %edi, %edi
;;   movq %rsi, 0x7000000f(%rdi)
;;   movq %rsi, %xmm7
;;   pshufd $0x44, %xmm7, %xmm0
;;   movdqu %xmm0, 0x70000000(%rdi)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `clear` (index 2)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   uninit  %xmm4
;;   pxor %xmm4, %xmm4
;;   movl %edi, %esi
;;   movdqu %xmm4, 0x70000010(%rsi)
;;   movdqu %xmm4, 0x70000000(%rsi)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `small` (index 3)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl %esi, %r8d
;;   movl 0x70000000(%r8), %esi
;;   movl 0x70000003(%r8), %r8d
;;   movl %edi, %edi
;;   movl %r8d, 0x70000003(%rdi)
;;   movl %esi, 0x70000000(%rdi)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 4
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x10, %rsp
;;   movq %rbx, (%rsp)
;;   movq %r12, 8(%rsp)
;; block0:
;;   uninit  %rdi
;;   xorl %edi, %edi
;;   movq %rdi, %r12
;;   movl $0x8, %ebx
;;   movq %rbx, %rsi
;;   call    `copy` (index 0)
;;   movq %rbx, %rsi
;;   movq %r12, %rdi
;;   call    `fill` (index 1)
;;   movq %r12, %rdi
;;   call    `clear` (index 2)
;;   movq %rbx, %rsi
;;   movq %r12, %rdi
;;   call    `small` (index 3)
;;   jmp     label1
;; block1:
;;   movq (%rsp), %rbx
;;   movq 8(%rsp), %r12
;;   addq $0x10, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; entry point
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   call    function 4
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
