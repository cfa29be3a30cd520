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
;;        mov %edx, %ecx
;;        mov %esi, %r10d
;;        mov %rcx, %r8
;;        sub %r10, %r8
;;        xor %rax, %rax
;;        test %r8, %r8
;;        setg %r9b
;;        cmp .L2(%rip), %rcx
;;        setle %cl
;;        and %ecx, %r9d
;;        lea -1(%r8), %rcx
;;        shr $5, %rcx
;;        test %rcx, %rcx
;;        setg %r11b
;;        mov (%rdi), %rcx
;;        test %r9b, %r11b
;;        je .L1
;;        mov 8(%rdi), %r9
;;        add $0xffffffffffffffff, %r8
;;        mov %r8, %rax
;;        and $0xfffffffffffffff8, %rax
;;        lea 8(%r10, %rax), %r11
;;        xor %rax, %rax
;;        pxor %xmm0, %xmm0
;;        mov (%rdi), %rdi
;; @0048  add %r10, %rdi
;;        and $0xffffffffffffffe0, %r8
;; @0048  cmp %r9, %r11
;;        jg .L1
;; .L0:
;;        movdqu (%rdi, %rax), %xmm1
;;        movdqu 0x10(%rdi, %rax), %xmm2
;;        add $0x20, %rax
;; @0048  paddq %xmm1, %xmm0
;;        paddq %xmm2, %xmm0
;;        cmp %r8, %rax
;;        jl .L0
;;        movq %xmm0, %rax
;;        pshufd $0xe, %xmm0, %xmm0
;;        movq %xmm0, %rdi
;;        add %rdi, %rax
;;        mov %rdx, %rdi
;;        sub %esi, %edi
;;        add $0xffffffff, %edi
;;        and $0xffffffe0, %edi
;; @0048  lea (%rsi, %rdi), %r10d
;; .L1:
;;        mov (%r10, %rcx), %rsi
;;        add $8, %r10d
;; @004b  add %rsi, %rax
;; @005a  cmp %edx, %r10d
;;        jb .L1
;; @005f  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L2:
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
