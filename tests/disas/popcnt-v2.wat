;;! asm
;;! target = x86_64-linux
;;! opt = s
;;! cpu = x86-64-v2
;; From x86-64-v2 on processors count bits in one instruction.
(module
  (func $count (param i64) (result i64) (i64.popcnt (local.get 0)))
  (func (export "_start") (drop (call $count (i64.const 7)))))
;; expected:
;; ; `count` (index 0)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   jmp     label1
;; block1:
;;   popcntq %rdi, %rax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 1
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x7, %edi
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
