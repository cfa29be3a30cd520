;;! asm
;; The upper and the lower half of a product, as compilers write them without wide arithmetic, take
;; one multiplication each. What is like them but no product stays as it is.
(module
  (memory (export "memory") 1)
  (func $multi3 (param $to i32) (param $a i64) (param $b i64) (param $more i64)
    (local $al i64) (local $bl i64) (local $low i64) (local $first i64) (local $second i64)
    (local.set $al (i64.and (local.get $a) (i64.const 0xffffffff)))
    (local.set $bl (i64.and (local.get $b) (i64.const 0xffffffff)))
    (local.set $low (i64.mul (local.get $al) (local.get $bl)))
    (local.set $first (i64.add (i64.shr_u (local.get $low) (i64.const 32))
      (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (local.get $bl))))
    (local.set $second (i64.add (i64.and (local.get $first) (i64.const 0xffffffff))
      (i64.mul (local.get $al) (i64.shr_u (local.get $b) (i64.const 32)))))
    (i64.store offset=8 (local.get $to) (i64.add
      (i64.add (local.get $more) (i64.shr_u (local.get $second) (i64.const 32)))
      (i64.add (i64.shr_u (local.get $first) (i64.const 32))
        (i64.mul (i64.shr_u (local.get $a) (i64.const 32))
          (i64.shr_u (local.get $b) (i64.const 32))))))
    (i64.store (local.get $to) (i64.or (i64.shl (local.get $second) (i64.const 32))
      (i64.and (local.get $low) (i64.const 0xffffffff)))))
  ;; The second carry multiplies the wrong halves.
  (func $other (param $a i64) (param $b i64) (result i64)
    (local $al i64) (local $bl i64) (local $low i64) (local $first i64) (local $second i64)
    (local.set $al (i64.and (local.get $a) (i64.const 0xffffffff)))
    (local.set $bl (i64.and (local.get $b) (i64.const 0xffffffff)))
    (local.set $low (i64.mul (local.get $al) (local.get $bl)))
    (local.set $first (i64.add (i64.shr_u (local.get $low) (i64.const 32))
      (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (local.get $bl))))
    (local.set $second (i64.add (i64.and (local.get $first) (i64.const 0xffffffff))
      (i64.mul (local.get $bl) (i64.shr_u (local.get $a) (i64.const 32)))))
    (i64.or (i64.shl (local.get $second) (i64.const 32))
      (i64.and (local.get $low) (i64.const 0xffffffff))))
  (func (export "_start")
    (call $multi3 (i32.const 8) (i64.const 1) (i64.const 2) (i64.const 3))
    (drop (call $other (i64.const 1) (i64.const 2)))))
;; expected:
;; ; `multi3` (index 0)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movq %rdx, %r10
;;   movq %r10, %rax
;;   mulq %rsi ;; implicit: %rax, %rdx
;;   leaq (%rdx, %rcx), %r9
;;   movl %edi, %r8d
;;   movq %r9, 0x70000008(%r8)
;;   movq %r10, %rdx
;;   imulq %rsi, %rdx
;;   movq %rdx, 0x70000000(%r8)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `other` (index 1)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   jmp     label1
;; block1:
;;   movq %rdi, %r8
;;   andq (%rip), %r8
;;   andq (%rip), %rsi
;;   imulq %rsi, %r8
;;   movq %r8, %rax
;;   shrq $0x20, %rax
;;   shrq $0x20, %rdi
;;   movq %rdi, %rcx
;;   imulq %rsi, %rcx
;;   leaq (%rax, %rcx), %rax
;;   andq (%rip), %rax
;;   imulq %rdi, %rsi
;;   leaq (%rax, %rsi), %rax
;;   shlq $0x20, %rax
;;   andq (%rip), %r8
;;   orq %r8, %rax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 2
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x10, %rsp
;;   movq %r12, (%rsp)
;;   movq %r13, 8(%rsp)
;; block0:
;;   movl $0x8, %edi
;;   movl $0x1, %r12d
;;   movl $0x2, %r13d
;;   movl $0x3, %ecx
;;   movq %r13, %rdx
;;   movq %r12, %rsi
;;   call    `multi3` (index 0)
;;   movq %r13, %rsi
;;   movq %r12, %rdi
;;   call    `other` (index 1)
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
;;   call    function 2
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
