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
;;        push %rbp
;;        mov %rsp, %rbp
;; @0035  mov $0x50001000, %edi
;;        mov (%rdi), %esi
;; @0039  lea 0xc(%rsi), %r8d
;; @003a  mov %r8d, (%rdi)
;;        lea 0xc(%rsi), %eax
;; @003e  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;; @0041  call `count` (index 0)
;; @0044  mov %rbp, %rsp
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
