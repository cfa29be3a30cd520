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
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x50001008, %r9d
;;   movq (%r9), %r9
;;   movl %esi, %r10d
;;   leaq 0x14(%r10), %r11
;;   cmpq %r9, %r11
;;   jnbe #trap=heap_oob
;;   movl 0x70000010(%r10), %r11d
;;   movl %edi, %eax
;;   leaq 0xc(%rax), %rcx
;;   cmpq %r9, %rcx
;;   jnbe #trap=heap_oob
;;   movl %r11d, 0x70000008(%rax)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `sum` (index 1)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   uninit  %rax
;;   xorl %eax, %eax
;;   movl %edi, %edi
;;   jmp     label1
;; block1:
;;   leaq 4(%rdi), %rcx
;;   movl $0x50001008, %edx
;;   cmpq (%rdx), %rcx
;;   jnbe #trap=heap_oob
;;   movl 0x70000000(%rdi), %ecx
;;   leal 4(%rdi), %edi
;;   leal (%rax, %rcx), %eax
;;   cmpl %esi, %edi
;;   jb      label2; j label3
;; block2:
;;   jmp     label1
;; block3:
;;   jmp     label4
;; block4:
;;   jmp     label5
;; block5:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `grow` (index 2)
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x10, %rsp
;;   movq %r12, (%rsp)
;;   movq %r13, 8(%rsp)
;; block0:
;;   movl %edi, %r13d
;;   leaq 4(%r13), %r12
;;   movl $0x50001008, %r9d
;;   cmpq (%r9), %r12
;;   jnbe #trap=heap_oob
;;   movl $0x1, 0x70000000(%r13)
;;   movl $0x50001000, %esi
;;   movl $0x1, %edx
;;   movq %rsi, %rdi
;;   call    kiln::memory_grow_mapping
;;   movl $0x50001008, %eax
;;   cmpq (%rax), %r12
;;   jnbe #trap=heap_oob
;;   movl 0x70000000(%r13), %eax
;;   jmp     label1
;; block1:
;;   movq (%rsp), %r12
;;   movq 8(%rsp), %r13
;;   addq $0x10, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 3
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x10, %rsp
;;   movq %r12, (%rsp)
;;   movq %r13, 8(%rsp)
;; block0:
;;   uninit  %rdi
;;   xorl %edi, %edi
;;   movq %rdi, %r13
;;   movl $0x40, %r12d
;;   movq %r12, %rsi
;;   call    `copy` (index 0)
;;   movq %r12, %rsi
;;   movq %r13, %rdi
;;   call    `sum` (index 1)
;;   movq %r13, %rdi
;;   call    `grow` (index 2)
;;   jmp     label1
;; block1:
;;   movq (%rsp), %r12
;;   movq 8(%rsp), %r13
;;   addq $0x10, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; entry point
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   call    function 3
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
