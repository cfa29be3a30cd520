;;! asm
;; Bytes that masks, shifts and rotations reverse are swapped by one instruction; what is like it, but
;; has a byte in another place, stays as it is.
(module
  (memory (export "memory") 1)
  (func $swap32 (param i32) (result i32)
    (i32.or
      (i32.rotr (i32.and (local.get 0) (i32.const 0xff00ff)) (i32.const 8))
      (i32.and (i32.rotr (local.get 0) (i32.const 24)) (i32.const 0xff00ff))))
  (func $swap64 (param i64) (result i64)
    (i64.or
      (i64.or
        (i64.or
          (i64.shl (local.get 0) (i64.const 56))
          (i64.shl (i64.and (local.get 0) (i64.const 0xff00)) (i64.const 40)))
        (i64.or
          (i64.shl (i64.and (local.get 0) (i64.const 0xff0000)) (i64.const 24))
          (i64.shl (i64.and (local.get 0) (i64.const 0xff000000)) (i64.const 8))))
      (i64.or
        (i64.or
          (i64.and (i64.shr_u (local.get 0) (i64.const 8)) (i64.const 0xff000000))
          (i64.and (i64.shr_u (local.get 0) (i64.const 24)) (i64.const 0xff0000)))
        (i64.or
          (i64.and (i64.shr_u (local.get 0) (i64.const 40)) (i64.const 0xff00))
          (i64.shr_u (local.get 0) (i64.const 56))))))
  (func $swap16 (param i32) (result i32)
    (i32.and
      (i32.or
        (i32.shl (local.get 0) (i32.const 8))
        (i32.shr_u (i32.and (local.get 0) (i32.const 0xff00)) (i32.const 8)))
      (i32.const 0xffff)))
  (func $other (param i32) (result i32)
    (i32.or
      (i32.rotr (i32.and (local.get 0) (i32.const 0xff00ff)) (i32.const 8))
      (i32.and (i32.rotr (local.get 0) (i32.const 16)) (i32.const 0xff00ff))))
  (func (export "_start")
    (drop (call $swap32 (i32.const 1)))
    (drop (call $swap64 (i64.const 1)))
    (drop (call $swap16 (i32.const 1)))
    (drop (call $other (i32.const 1)))))
;; expected:
;; ; `swap32` (index 0)
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rdi, %rax
;; @0056  bswap %eax
;; @0057  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `swap64` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rdi, %rax
;; @00ac  bswap %rax
;; @00ad  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `swap16` (index 2)
;;        push %rbp
;;        mov %rsp, %rbp
;; @00c4  bswap %edi
;;        mov %rdi, %rax
;;        shr $0x10, %eax
;; @00c5  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `other` (index 3)
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rdi, %rax
;; @00cf  and $0xff00ff, %eax
;; @00d2  ror $8, %eax
;; @00d7  ror $0x10, %edi
;; @00dd  and $0xff00ff, %edi
;; @00de  or %edi, %eax
;; @00df  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 4
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;; @00e2  mov $1, %r12d
;;        mov %r12, %rdi
;; @00e4  call `swap32` (index 0)
;; @00e7  mov $1, %edi
;; @00e9  call `swap64` (index 1)
;;        mov %r12, %rdi
;; @00ee  call `swap16` (index 2)
;;        mov %r12, %rdi
;; @00f3  call `other` (index 3)
;; @00f6  mov (%rsp), %r12
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 4
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
