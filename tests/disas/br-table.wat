;;! asm
;; A br_table is a jump table, its index clamped to the default.
(module
  (func $choose (param i32) (result i32)
    (block $default
      (block $two
        (block $one
          (block $zero (br_table $zero $one $two $one $default (local.get 0)))
          (return (i32.const 10)))
        (return (i32.const 20)))
      (return (i32.const 30)))
    (i32.const 40))
  (func (export "_start") (drop (call $choose (i32.const 1)))))
;; expected:
;; ; `choose` (index 0)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x4, %r8d
;;   movl %edi, %r9d
;;   cmpl %r8d, %r9d
;;   cmovbl %r9d, %r8d
;;   br_table %r8, %rcx, %rax
;; block1:
;;   jmp     label4
;; block2:
;;   jmp     label4
;; block3:
;;   movl $0x1e, %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block4:
;;   movl $0x14, %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block5:
;;   movl $0xa, %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block6:
;;   jmp     label7
;; block7:
;;   movl $0x28, %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; function 1
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x1, %edi
;;   call    `choose` (index 0)
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
