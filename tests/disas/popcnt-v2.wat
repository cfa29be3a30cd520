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
;;        push %rbp
;;        mov %rsp, %rbp
;; @002b  popcnt %rdi, %rax
;; @002c  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;; @002f  mov $7, %edi
;; @0031  call `count` (index 0)
;; @0034  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 1
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
