;;! asm library
;; A sum is not folded into the displacement where that leads below the guard under the memory, although a branch
;; proves that it never does: the processor may execute the access ahead of the branch.
(module
  (memory (export "memory") 16)
  (func (export "near") (param i32) (result i32)
    (if (result i32) (i32.gt_u (local.get 0) (i32.const 65536))
      (then (i32.load offset=4 (i32.sub (local.get 0) (i32.const 65536))))
      (else (i32.const 0))))
  (func (export "far") (param i32) (result i32)
    (if (result i32) (i32.gt_u (local.get 0) (i32.const 65537))
      (then (i32.load offset=4 (i32.sub (local.get 0) (i32.const 65537))))
      (else (i32.const 0)))))
;; expected:
;; ; function 0
;;        push %rbp
;;        mov %rsp, %rbp
;; @003f  cmp $0x10000, %esi
;;        ja .L0
;; @004c  xor %eax, %eax
;; @004e  jmp .L1
;; .L0:
;; @0048  mov %esi, %eax
;;        mov (%rdi), %rcx
;;        mov -0xfffc(%rax, %rcx), %eax
;; .L1:
;; @004f  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;; @0059  cmp $0x10001, %esi
;;        ja .L0
;; @0066  xor %eax, %eax
;; @0068  jmp .L1
;; .L0:
;; @0062  mov %esi, %eax
;;        mov (%rdi), %rcx
;;        mov -0xfffd(%rax, %rcx), %eax
;; .L1:
;; @0069  mov %rbp, %rsp
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
;;        mov %rsi, %r8
;;        mov (%r8), %esi
;;        mov %r8, %r12
;;        call function 0
;;        mov %r12, %rsi
;;        mov %eax, (%rsi)
;;        mov (%rsp), %r12
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; trampoline of function 1
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;;        mov %rsi, %r8
;;        mov (%r8), %esi
;;        mov %r8, %r12
;;        call function 1
;;        mov %r12, %rsi
;;        mov %eax, (%rsi)
;;        mov (%rsp), %r12
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; module_near
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x20, %rsp
;;        mov %r12, 0x10(%rsp)
;;        mov %rdx, %r12
;;        lea (%rsp), %rdx
;;        mov %esi, (%rsp)
;;        lea .L0(%rip), %rsi
;; .L0:
;;        call kiln::call
;;        test %eax, %eax
;;        jne .L1
;;        mov (%rsp), %r11d
;;        mov %r12, %rdx
;;        mov %r11d, (%rdx)
;; .L1:
;;        mov 0x10(%rsp), %r12
;;        add $0x20, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; module_far
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x20, %rsp
;;        mov %r12, 0x10(%rsp)
;;        mov %rdx, %r12
;;        lea (%rsp), %rdx
;;        mov %esi, (%rsp)
;;        lea .L0(%rip), %rsi
;; .L0:
;;        call kiln::call
;;        test %eax, %eax
;;        jne .L1
;;        mov (%rsp), %r11d
;;        mov %r12, %rdx
;;        mov %r11d, (%rdx)
;; .L1:
;;        mov 0x10(%rsp), %r12
;;        add $0x20, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
