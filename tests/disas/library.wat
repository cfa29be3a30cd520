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
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   addl $0x1, 0x20(%rdi)
;;   uninit  %rax
;;   xorq %rax, %rax
;;   movl %esi, %r8d
;;   movq (%rdi), %rcx
;;   jmp     label1
;; block1:
;;   movq (%r8, %rcx), %rsi
;;   leal 8(%r8), %r8d
;;   leaq (%rax, %rsi), %rax
;;   cmpl %edx, %r8d
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
;; ; entry point
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; trampoline of function 0
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x10, %rsp
;;   movq %r12, (%rsp)
;; block0:
;;   movq %rsi, %r12
;;   movl (%rsi), %esi
;;   movq %r12, %r9
;;   movl 0x10(%r9), %edx
;;   call    function 0
;;   movq %r12, %rsi
;;   movq %rax, (%rsi)
;;   movq (%rsp), %r12
;;   addq $0x10, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; module_sum
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x30, %rsp
;;   movq %r12, 0x20(%rsp)
;; block0:
;;   movq %rcx, %r12
;;   leaq <offset:1>+(%rsp), %r8
;;   movl %esi, <offset:1>+(%rsp)
;;   movl %edx, <offset:1>+0x10(%rsp)
;;   load_ext_name userextname0+0, %rsi
;;   movq %r8, %rdx
;;   call    kiln::call
;;   testl %eax, %eax
;;   jnz     label1; j label2
;; block1:
;;   jmp     label3
;; block2:
;;   movq <offset:1>+(%rsp), %rcx
;;   movq %r12, %rdx
;;   movq %rcx, (%rdx)
;;   jmp     label3
;; block3:
;;   movq 0x20(%rsp), %r12
;;   addq $0x30, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
