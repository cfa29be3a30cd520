;;! asm
;; A table that nothing mutates is read-only data: bounds, type, and the distance to the code.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (table 2 2 funcref)
  (elem (i32.const 0) $add $sub)
  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $binary) (i32.sub (local.get 0) (local.get 1)))
  (func $dispatch (param i32) (result i32)
    (call_indirect (type $binary) (i32.const 7) (i32.const 5) (local.get 0)))
  (func (export "_start") (drop (call $dispatch (i32.const 1)))))
;; expected:
;; ; `add` (index 0)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   jmp     label1
;; block1:
;;   leal (%rdi, %rsi), %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `sub` (index 1)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   jmp     label1
;; block1:
;;   movq %rdi, %rax
;;   subl %esi, %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `dispatch` (index 2)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl %edi, %r10d
;;   cmpq $0x2, %r10
;;   jnb #trap=user4
;;   load_ext_name userextname0+0, %rax
;;   leaq (%rax, %r10, 8), %rcx
;;   movl 4(%rax, %r10, 8), %edx
;;   cmpl $0x1, %edx
;;   jz      label2; j label1
;; block2:
;;   movslq (%rax, %r10, 8), %rax
;;   leaq (%rcx, %rax), %rax
;;   movl $0x7, %edi
;;   movl $0x5, %esi
;;   call    *%rax
;;   jmp     label3
;; block3:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block1:
;;   testl %edx, %edx
;;   jz #trap=user5
;;   ud2
;;
;; ; function 3
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x1, %edi
;;   call    `dispatch` (index 2)
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
;;   call    function 3
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
