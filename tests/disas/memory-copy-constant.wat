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
;;        push %rbp
;;        mov %rsp, %rbp
;; @0044  mov %esi, %r8d
;;        movdqu 0x70000000(%r8), %xmm7
;;        movdqu 0x70000010(%r8), %xmm0
;;        mov 0x7000001f(%r8), %r8
;;        mov %edi, %edi
;;        mov %r8, 0x7000001f(%rdi)
;;        movdqu %xmm0, 0x70000010(%rdi)
;;        movdqu %xmm7, 0x70000000(%rdi)
;; @0048  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `fill` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;; @0051  movzbq %sil, %rsi
;;        imul .L0(%rip), %rsi
;;        mov %edi, %edi
;;        mov %rsi, 0x7000000f(%rdi)
;;        movq %rsi, %xmm7
;;        pshufd $0x44, %xmm7, %xmm0
;;        movdqu %xmm0, 0x70000000(%rdi)
;; @0054  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;;        .quad 0x0101010101010101
;;
;; ; `clear` (index 2)
;;        push %rbp
;;        mov %rsp, %rbp
;; @005d  pxor %xmm4, %xmm4
;;        mov %edi, %esi
;;        movdqu %xmm4, 0x70000010(%rsi)
;;        movdqu %xmm4, 0x70000000(%rsi)
;; @0060  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `small` (index 3)
;;        push %rbp
;;        mov %rsp, %rbp
;; @0069  mov %esi, %r8d
;;        mov 0x70000000(%r8), %esi
;;        mov 0x70000003(%r8), %r8d
;;        mov %edi, %edi
;;        mov %r8d, 0x70000003(%rdi)
;;        mov %esi, 0x70000000(%rdi)
;; @006d  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 4
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %rbx, (%rsp)
;;        mov %r12, 8(%rsp)
;; @0070  xor %edi, %edi
;;        mov %rdi, %r12
;; @0072  mov $8, %ebx
;;        mov %rbx, %rsi
;; @0074  call `copy` (index 0)
;;        mov %rbx, %rsi
;;        mov %r12, %rdi
;; @007a  call `fill` (index 1)
;;        mov %r12, %rdi
;; @007e  call `clear` (index 2)
;;        mov %rbx, %rsi
;;        mov %r12, %rdi
;; @0084  call `small` (index 3)
;; @0086  mov (%rsp), %rbx
;;        mov 8(%rsp), %r12
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 4
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
