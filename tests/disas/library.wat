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
;;        mov -8(%rdi), %r10
;;        add $0x10, %r10
;;        cmp %rsp, %r10
;;        ja .L3
;;        sub $0x10, %rsp
;;        mov %rbx, (%rsp)
;;        mov %r12, 8(%rsp)
;; @0040  addl $1, 0x20(%rdi)
;;        mov %edx, %ecx
;;        mov %esi, %r10d
;;        mov %rcx, %r8
;;        sub %r10, %r8
;;        xor %rax, %rax
;;        test %r8, %r8
;;        setg %r9b
;;        cmp .L4(%rip), %rcx
;;        setle %cl
;;        and %ecx, %r9d
;;        lea -1(%r8), %rcx
;;        shr $5, %rcx
;;        test %rcx, %rcx
;;        setg %r11b
;;        mov (%rdi), %rcx
;;        test %r9b, %r11b
;;        je .L2
;;        mov 8(%rdi), %rax
;;        add $0xffffffffffffffff, %r8
;;        mov %r8, %r9
;;        and $0xfffffffffffffff8, %r9
;;        lea 8(%r10, %r9), %r11
;;        xor %r9, %r9
;;        mov (%rdi), %rdi
;; @0048  add %r10, %rdi
;;        and $0xffffffffffffffe0, %r8
;; @0048  cmp %rax, %r11
;;        jg .L0
;;        mov %r9, %rax
;;        jmp .L1
;; .L0:
;;        mov %r9, %rax
;;        jmp .L2
;; .L1:
;;        mov (%rdi, %r9), %r10
;;        mov 8(%rdi, %r9), %r11
;;        mov 0x10(%rdi, %r9), %rbx
;;        mov 0x18(%rdi, %r9), %r12
;;        add $0x20, %r9
;;        add %r10, %rax
;;        add %r11, %rax
;;        add %rbx, %rax
;;        add %r12, %rax
;; @004b  cmp %r8, %r9
;;        jl .L1
;;        mov %rdx, %rdi
;;        sub %esi, %edi
;;        add $0xffffffff, %edi
;;        and $0xffffffe0, %edi
;; @004b  lea (%rsi, %rdi), %r10d
;; .L2:
;; @0048  mov (%r10, %rcx), %rsi
;;        add $8, %r10d
;; @004b  add %rsi, %rax
;; @005a  cmp %edx, %r10d
;;        jb .L2
;; @005f  mov (%rsp), %rbx
;;        mov 8(%rsp), %r12
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L3:
;;        ud2 ; call stack exhausted
;; .L4:
;;        .quad 0x00000000fffffff8
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
