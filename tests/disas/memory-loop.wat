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
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   uninit  %rax
;;   xorl %eax, %eax
;;   movl %edi, %edi
;;   jmp     label1
;; block1:
;;   movl 0x70000000(%rdi), %r11d
;;   leal 4(%rdi), %edi
;;   leal (%rax, %r11), %eax
;;   cmpl %esi, %edi
;;   jb      label2; j label3
;; block2:
;;   jmp     label1
;; block3:
;;   jmp     label4
;; block4:
;;   jmp     label5
;; block5:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 1
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   uninit  %rdi
;;   xorl %edi, %edi
;;   movl $0x40, %esi
;;   call    `sum` (index 0)
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
