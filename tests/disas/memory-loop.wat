;;! asm
;; A pointer that a loop advances is carried as 64 bits: no move extends it before an access.
(module
  (memory (export "memory") 1)
  (func $sum (param $at i32) (param $end i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $at) (local.get $end))))
    (local.get $sum))
  (func (export "_start") (drop (call $sum (i32.const 0) (i32.const 64)))))
;; expected:
;; ; `sum` (index 0)
;;        push %rbp
;;        mov %rsp, %rbp
;;        xor %eax, %eax
;;        mov %edi, %edi
;; .L0:
;; @0040  mov 0x70000000(%rdi), %r11d
;;        add $4, %edi
;; @0043  add %r11d, %eax
;; @0052  cmp %esi, %edi
;;        jb .L0
;; @0057  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;; @005a  xor %edi, %edi
;; @005c  mov $0x40, %esi
;; @005f  call `sum` (index 0)
;; @0062  mov %rbp, %rsp
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
