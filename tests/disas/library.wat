;;! asm library
(module
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func (export "sum") (param $at i32) (param $end i32) (result i64)
    (local $sum i64)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (local.get $sum)))
;; expected:
;; ; function 0
;;        push %rbp
;;        mov %rsp, %rbp
;; @0040  addl $1, 0x20(%rdi)
;;        xor %rax, %rax
;;        mov %esi, %r8d
;; @0048  mov (%rdi), %rcx
;; .L0:
;;        mov (%r8, %rcx), %rsi
;;        add $8, %r8d
;; @004b  add %rsi, %rax
;; @005a  cmp %edx, %r8d
;;        jb .L0
;; @005f  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; trampoline of function 0
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;;        mov %rsi, %r12
;;        mov (%rsi), %esi
;;        mov %r12, %r9
;;        mov 0x10(%r9), %edx
;;        call function 0
;;        mov %r12, %rsi
;;        mov %rax, (%rsi)
;;        mov (%rsp), %r12
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; module_sum
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x30, %rsp
;;        mov %r12, 0x20(%rsp)
;;        mov %rcx, %r12
;;        lea (%rsp), %r8
;;        mov %esi, (%rsp)
;;        mov %edx, 0x10(%rsp)
;;        lea .L0(%rip), %rsi
;; .L0:
;;        mov %r8, %rdx
;;        call kiln::call
;;        test %eax, %eax
;;        jne .L1
;;        mov (%rsp), %rcx
;;        mov %r12, %rdx
;;        mov %rcx, (%rdx)
;; .L1:
;;        mov 0x20(%rsp), %r12
;;        add $0x30, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
