;;! asm
;; A function that is a product of 128 bits is inlined, because it becomes two multiplications.
(module
  (memory (export "memory") 1)
  (func $multi3 (param $to i32) (param $a i64) (param $ah i64) (param $b i64) (param $bh i64)
    (local $al i64) (local $bl i64) (local $low i64) (local $first i64) (local $second i64)
    (local.set $al (i64.and (local.get $a) (i64.const 0xffffffff)))
    (local.set $bl (i64.and (local.get $b) (i64.const 0xffffffff)))
    (local.set $low (i64.mul (local.get $al) (local.get $bl)))
    (local.set $first (i64.add (i64.shr_u (local.get $low) (i64.const 32))
      (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (local.get $bl))))
    (local.set $second (i64.add (i64.and (local.get $first) (i64.const 0xffffffff))
      (i64.mul (local.get $al) (i64.shr_u (local.get $b) (i64.const 32)))))
    (i64.store offset=8 (local.get $to) (i64.add (i64.add
      (i64.add (i64.mul (local.get $bh) (local.get $a)) (i64.mul (local.get $ah) (local.get $b)))
      (i64.shr_u (local.get $second) (i64.const 32)))
      (i64.add (i64.shr_u (local.get $first) (i64.const 32))
        (i64.mul (i64.shr_u (local.get $a) (i64.const 32))
          (i64.shr_u (local.get $b) (i64.const 32))))))
    (i64.store (local.get $to) (i64.or (i64.shl (local.get $second) (i64.const 32))
      (i64.and (local.get $low) (i64.const 0xffffffff)))))
  (func $products (param $a i64) (param $b i64)
    (call $multi3 (i32.const 8) (local.get $a) (i64.const 0) (local.get $a) (i64.const 0))
    (call $multi3 (i32.const 24) (local.get $a) (i64.const 0) (local.get $b) (i64.const 0)))
  (func (export "_start")
    (call $products (i64.const 1) (i64.const 2))
    (call $products (i64.const 3) (i64.const 4))))
;; expected:
;; ; `products` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rdi, %rax
;; @00a9  mul %rdi
;;        mov $0x70000008, %r9d
;; @00aa  mov %rdx, 8(%r9)
;;        mov %rdi, %r10
;; @00bd  imul %rdi, %r10
;; @00be  mov %r10, (%r9)
;;        mov %rsi, %rax
;; @00a9  mul %rdi
;;        mov $0x70000018, %r11d
;; @00aa  mov %rdx, 8(%r11)
;; @00bd  imul %rdi, %rsi
;; @00be  mov %rsi, (%r11)
;; @00dc  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 2
;;        push %rbp
;;        mov %rsp, %rbp
;; @00df  mov $1, %edi
;; @00e1  mov $2, %esi
;; @00e3  call `products` (index 1)
;; @00e5  mov $3, %edi
;; @00e7  mov $4, %esi
;; @00e9  call `products` (index 1)
;; @00eb  mov %rbp, %rsp
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
