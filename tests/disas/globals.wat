;;! asm
;; A global lies at a constant address; one that nothing changes is a constant.
(module
  (global $counter (mut i32) (i32.const 0))
  (global $never-changed (mut i32) (i32.const 12))
  (func $count (result i32)
    (global.set $counter (i32.add (global.get $counter) (global.get $never-changed)))
    (global.get $counter))
  (func (export "_start") (drop (call $count))))
;; expected:
;; ; `count` (index 0)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x50001000, %edi
;;   movl (%rdi), %esi
;;   leal 0xc(%rsi), %r8d
;;   movl %r8d, (%rdi)
;;   jmp     label1
;; block1:
;;   leal 0xc(%rsi), %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 1
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   call    `count` (index 0)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; entry point
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   call    function 1
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
