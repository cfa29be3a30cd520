;;! asm explicit spectre
;; The index of a checked access is 0 in what is executed ahead of the check, where the memory has the bytes
;; that the access then takes; elsewhere the address is 0.
(module
  (memory (export "memory") 1)
  (func $near (param i32) (result i32) (i32.load offset=16 (local.get 0)))
  (func $far (param i32) (result i32) (i32.load offset=65536 (local.get 0)))
  (func $copy (param i32 i32 i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "_start")
    (drop (call $near (i32.const 0)))
    (drop (call $far (i32.const 0)))
    (call $copy (i32.const 0) (i32.const 8) (i32.const 100))))
;; expected:
;; ; `near` (index 0)
;;        push %rbp
;;        mov %rsp, %rbp
;; @0041  mov $0x50001008, %r9d
;;        mov (%r9), %r9
;;        mov %edi, %esi
;;        lea 0x14(%rsi), %r10
;;        cmp %r9, %r10
;;        ja .L0
;;        xor %r11, %r11
;;        cmp %r9, %r10
;;        cmova %r11, %rsi
;;        mov 0x70000010(%rsi), %eax
;; @0044  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;; @0041  ud2 ; out of bounds memory access
;;
;; ; `far` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;; @0049  mov $0x50001008, %r10d
;;        mov (%r10), %r10
;;        mov %edi, %r11d
;;        lea 0x10004(%r11), %rax
;;        cmp %r10, %rax
;;        ja .L0
;;        xor %rcx, %rcx
;;        add $0x70010000, %r11
;; @0049  cmp %r10, %rax
;;        cmova %rcx, %r11
;;        mov (%r11), %eax
;; @004e  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;; @0049  ud2 ; out of bounds memory access
;;
;; ; `copy` (index 2)
;;        push %rbp
;;        mov %rsp, %rbp
;; @0057  mov $0x50001008, %eax
;;        mov (%rax), %rax
;;        mov %esi, %ecx
;;        mov %edx, %edx
;;        lea (%rcx, %rdx), %rsi
;;        cmp %rax, %rsi
;;        ja .L1
;;        mov %edi, %edi
;;        xor %r8, %r8
;;        cmp %rax, %rsi
;;        cmova %r8, %rdx
;;        lea (%rdi, %rdx), %r8
;;        cmp %rax, %r8
;;        ja .L0
;;        xor %r9, %r9
;;        cmp %rax, %r8
;;        cmova %r9, %rdi
;;        add $0x70000000, %rdi
;;        cmp %rax, %rsi
;;        cmova %r9, %rcx
;;        lea 0x70000000(%rcx), %rsi
;;        cmp %rax, %r8
;;        cmova %r9, %rdx
;; @0057  call memmove
;; @005b  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;; @0057  mov $0x50000fe0, %eax
;;        mov %rdi, (%rax)
;;        mov $0x50000fe8, %eax
;;        mov %rdx, (%rax)
;;        mov $0x50000ff0, %eax
;;        movq $0xfffffffffffffff7, (%rax)
;;        ud2 ; out of bounds memory access
;; .L1:
;;        mov $0x50000fe0, %eax
;; @0057  mov %rcx, (%rax)
;;        mov $0x50000fe8, %eax
;; @0057  mov %rdx, (%rax)
;;        mov $0x50000ff0, %eax
;; @0057  movq $0xfffffffffffffff7, (%rax)
;;        ud2 ; out of bounds memory access
;;
;; ; function 3
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;; @005e  xor %edi, %edi
;;        mov %rdi, %r12
;; @0060  call `near` (index 0)
;;        mov %r12, %rdi
;; @0065  call `far` (index 1)
;; @006a  mov $8, %esi
;; @006c  mov $0x64, %edx
;;        mov %r12, %rdi
;; @006f  call `copy` (index 2)
;; @0071  mov (%rsp), %r12
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
