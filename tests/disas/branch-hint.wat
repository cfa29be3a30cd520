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
;;        push %rbp
;;        mov %rsp, %rbp
;; @0086  test %edi, %edi
;;        jne .L1
;; .L0:
;;        mov $0x70000008, %r10d
;; @008f  mov (%r10), %eax
;; @0092  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L1:
;; @008a  mov $0x50001000, %edi
;; @0088  mov $1, %esi
;; @008a  call `exit` (index 0)
;; @008c  jmp .L0
;;
;; ; `check-unhinted` (index 2)
;;        push %rbp
;;        mov %rsp, %rbp
;; @0097  test %edi, %edi
;;        je .L0
;; @009b  mov $0x50001000, %edi
;; @0099  mov $1, %esi
;; @009b  call `exit` (index 0)
;; .L0:
;;        mov $0x70000008, %r10d
;; @00a0  mov (%r10), %eax
;; @00a3  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 3
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;; @00a6  xor %edi, %edi
;;        mov %rdi, %r12
;; @00a8  call `check` (index 1)
;;        mov %r12, %rdi
;; @00ad  call `check-unhinted` (index 2)
;; @00b0  mov (%rsp), %r12
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 3
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
