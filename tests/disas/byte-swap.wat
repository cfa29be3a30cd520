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
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   jmp     label1
;; block1:
;;   movq %rdi, %rax
;;   bswapl %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `swap64` (index 1)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   jmp     label1
;; block1:
;;   movq %rdi, %rax
;;   bswapq %rax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `swap16` (index 2)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   jmp     label1
;; block1:
;;   bswapl %edi
;;   movq %rdi, %rax
;;   shrl $0x10, %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `other` (index 3)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   jmp     label1
;; block1:
;;   movq %rdi, %rax
;;   andl $0xff00ff, %eax
;;   rorl $0x8, %eax
;;   rorl $0x10, %edi
;;   andl $0xff00ff, %edi
;;   orl %edi, %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 4
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x10, %rsp
;;   movq %r12, (%rsp)
;; block0:
;;   movl $0x1, %r12d
;;   movq %r12, %rdi
;;   call    `swap32` (index 0)
;;   movl $0x1, %edi
;;   call    `swap64` (index 1)
;;   movq %r12, %rdi
;;   call    `swap16` (index 2)
;;   movq %r12, %rdi
;;   call    `other` (index 3)
;;   jmp     label1
;; block1:
;;   movq (%rsp), %r12
;;   addq $0x10, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; entry point
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   call    function 4
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
