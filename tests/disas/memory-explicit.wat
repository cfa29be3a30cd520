;;! asm explicit
;; With explicit bounds checks an access is one comparison with the length in the memory's cell, and
;; the access itself, at a constant base still. The length is loaded once where nothing between can
;; have changed it, and afresh after a call.
(module
  (memory (export "memory") 1)
  (func $copy (param i32 i32)
    (i32.store offset=8 (local.get 0) (i32.load offset=16 (local.get 1))))
  (func $sum (param $at i32) (param $end i32) (result i32) (local $sum i32)
    (loop $more
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $more (i32.lt_u (local.get $at) (local.get $end))))
    (local.get $sum))
  (func $grow (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 1))
    (drop (memory.grow (i32.const 1)))
    (i32.load (local.get 0)))
  (func (export "_start")
    (call $copy (i32.const 0) (i32.const 64))
    (drop (call $sum (i32.const 0) (i32.const 64)))
    (drop (call $grow (i32.const 0)))))
;; expected:
;; ; `copy` (index 0)
;;        push %rbp
;;        mov %rsp, %rbp
;; @0048  mov $0x50001008, %r9d
;;        mov (%r9), %r9
;;        mov %esi, %r10d
;;        lea 0x14(%r10), %r11
;;        cmp %r9, %r11
;;        ja .L0
;;        mov 0x70000010(%r10), %r11d
;; @004b  mov %edi, %eax
;;        lea 0xc(%rax), %rcx
;;        cmp %r9, %rcx
;;        ja .L1
;;        mov %r11d, 0x70000008(%rax)
;; @004e  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;; @0048  ud2 ; out of bounds memory access
;; .L1:
;; @004b  ud2 ; out of bounds memory access
;;
;; ; `sum` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;;        xor %eax, %eax
;;        mov %edi, %edi
;; .L0:
;;        lea 4(%rdi), %rcx
;; @0059  mov $0x50001008, %edx
;;        cmp (%rdx), %rcx
;;        ja .L1
;;        mov 0x70000000(%rdi), %ecx
;;        add $4, %edi
;; @005c  add %ecx, %eax
;; @006b  cmp %esi, %edi
;;        jb .L0
;; @0070  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L1:
;; @0059  ud2 ; out of bounds memory access
;;
;; ; `grow` (index 2)
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;;        mov %r13, 8(%rsp)
;; @0077  mov %edi, %r13d
;;        lea 4(%r13), %r12
;;        mov $0x50001008, %r9d
;;        cmp (%r9), %r12
;;        ja .L0
;;        movl $1, 0x70000000(%r13)
;; @007c  mov $0x50001000, %esi
;;        mov $1, %edx
;;        mov %rsi, %rdi
;; @007c  call kiln::memory_grow_mapping
;; @0081  mov $0x50001008, %eax
;;        cmp (%rax), %r12
;;        ja .L1
;;        mov 0x70000000(%r13), %eax
;; @0084  mov (%rsp), %r12
;;        mov 8(%rsp), %r13
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;; @0077  ud2 ; out of bounds memory access
;; .L1:
;; @0081  ud2 ; out of bounds memory access
;;
;; ; function 3
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;;        mov %r13, 8(%rsp)
;; @0087  xor %edi, %edi
;;        mov %rdi, %r13
;; @0089  mov $0x40, %r12d
;;        mov %r12, %rsi
;; @008c  call `copy` (index 0)
;;        mov %r12, %rsi
;;        mov %r13, %rdi
;; @0093  call `sum` (index 1)
;;        mov %r13, %rdi
;; @0098  call `grow` (index 2)
;; @009b  mov (%rsp), %r12
;;        mov 8(%rsp), %r13
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
