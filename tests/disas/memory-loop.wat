;;! asm
;; A pointer that a loop advances is carried as 64 bits: no move extends it before an access.
(module
  (memory (export "memory") 1)
  (func $sum (param $at i32) (param $end i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $at) (local.get $end))))
    (local.get $sum))
  (func (export "_start") (drop (call $sum (i32.const 0) (i32.const 64)))))
;; expected:
;; ; `sum` (index 0)
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %esi, %eax
;;        mov %edi, %r8d
;;        mov %rax, %rcx
;;        sub %r8, %rcx
;;        test %rcx, %rcx
;;        setg %dl
;;        cmp .L2(%rip), %rax
;;        setle %al
;;        and %eax, %edx
;;        lea -1(%rcx), %rax
;;        shr $4, %rax
;;        test %rax, %rax
;;        setg %r9b
;;        xor %eax, %eax
;;        test %dl, %r9b
;;        je .L1
;;        mov $0x50001008, %eax
;;        mov (%rax), %r9
;;        add $0xffffffffffffffff, %rcx
;;        mov %rcx, %rax
;;        and $0xfffffffffffffffc, %rax
;;        lea 4(%r8, %rax), %r10
;;        xor %rdx, %rdx
;;        pxor %xmm0, %xmm0
;;        xor %eax, %eax
;;        and $0xfffffffffffffff0, %rcx
;;        cmp %r9, %r10
;;        jg .L1
;; .L0:
;;        movdqu 0x70000000(%r8, %rdx), %xmm1
;;        add $0x10, %rdx
;;        paddd %xmm1, %xmm0
;;        cmp %rcx, %rdx
;;        jl .L0
;;        movd %xmm0, %eax
;;        pshufd $1, %xmm0, %xmm1
;;        movd %xmm1, %ecx
;;        add %ecx, %eax
;;        pshufd $2, %xmm0, %xmm1
;;        movd %xmm1, %ecx
;;        add %ecx, %eax
;;        pshufd $3, %xmm0, %xmm0
;;        movd %xmm0, %ecx
;;        add %ecx, %eax
;;        mov %rsi, %rcx
;;        sub %edi, %ecx
;;        add $0xffffffff, %ecx
;;        and $0xfffffff0, %ecx
;;        lea (%rdi, %rcx), %r8d
;; .L1:
;; @0040  mov 0x70000000(%r8), %ecx
;;        add $4, %r8d
;; @0043  add %ecx, %eax
;; @0052  cmp %esi, %r8d
;;        jb .L1
;; @0057  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L2:
;;        .quad 0x00000000fffffffc
;;
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;; @005a  xor %edi, %edi
;; @005c  mov $0x40, %esi
;; @005f  call `sum` (index 0)
;; @0062  mov %rbp, %rsp
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
