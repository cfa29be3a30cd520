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
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rdx, %r10
;;        mov %r10, %rax
;; @009f  mul %rsi
;;        lea (%rdx, %rcx), %r9
;; @00a0  mov %edi, %r8d
;;        mov %r9, 0x70000008(%r8)
;;        mov %r10, %rdx
;; @00b3  imul %rsi, %rdx
;; @00b4  mov %rdx, 0x70000000(%r8)
;; @00b7  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `other` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rdi, %r8
;; @00c4  and .L0(%rip), %r8
;; @00cf  and .L0(%rip), %rsi
;; @00d6  imul %rsi, %r8
;;        mov %r8, %rax
;; @00dd  shr $0x20, %rax
;; @00e2  shr $0x20, %rdi
;;        mov %rdi, %rcx
;; @00e5  imul %rsi, %rcx
;; @00e6  add %rcx, %rax
;; @00f1  and .L0(%rip), %rax
;; @00f9  imul %rdi, %rsi
;; @00fa  add %rsi, %rax
;; @0101  shl $0x20, %rax
;; @010a  and .L0(%rip), %r8
;; @010b  or %r8, %rax
;; @010c  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;;        .quad 0x00000000ffffffff
;;
;; ; function 2
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;;        mov %r13, 8(%rsp)
;; @010f  mov $8, %edi
;; @0111  mov $1, %r12d
;; @0113  mov $2, %r13d
;; @0115  mov $3, %ecx
;;        mov %r13, %rdx
;;        mov %r12, %rsi
;; @0117  call `multi3` (index 0)
;;        mov %r13, %rsi
;;        mov %r12, %rdi
;; @011d  call `other` (index 1)
;; @0120  mov (%rsp), %r12
;;        mov 8(%rsp), %r13
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 2
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
