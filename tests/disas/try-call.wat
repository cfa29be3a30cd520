;;! asm
;; A call under a handler is a plain call: nothing is executed for the handler unless the callee
;; throws. What calls itself is not inlined.
(module
  (tag $oops (param i32))
  (func $may-throw (param i32)
    (if (local.get 0) (then (throw $oops (local.get 0))))
    (call $may-throw (i32.const 1)))
  (func $guarded (param i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $oops $caught) (call $may-throw (local.get 0)))
      (i32.const 0)))
  (func (export "_start") (drop (call $guarded (i32.const 1)))))
;; expected:
;; ; `may-throw` (index 0)
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x10, %rsp
;;   movq %r12, (%rsp)
;;   movq %r13, 8(%rsp)
;; block0:
;;   testl %edi, %edi
;;   movq %rdi, %r12
;;   jnz     label4; j label1
;; block1:
;;   jmp     label2
;; block2:
;;   movl $0x1, %edi
;;   call    `may-throw` (index 0)
;;   jmp     label3
;; block3:
;;   movq (%rsp), %r12
;;   movq 8(%rsp), %r13
;;   addq $0x10, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block4:
;;   movl $0x50001000, %r13d
;;   uninit  %rsi
;;   xorl %esi, %esi
;;   movl $0x4, %edx
;;   movq %r13, %rdi
;;   call    kiln::exception_new
;;   movq %r12, %rdi
;;   movl %edi, 0x10(%rax)
;;   movq %rax, %rsi
;;   movq %r13, %rdi
;;   call    kiln::throw
;;   ud2
;;
;; ; `guarded` (index 1)
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x30, %rsp
;;   movq %rbx, (%rsp)
;;   movq %r12, 8(%rsp)
;;   movq %r13, 0x10(%rsp)
;;   movq %r14, 0x18(%rsp)
;;   movq %r15, 0x20(%rsp)
;; block0:
;;   jmp     label1
;; block1:
;;   call    `may-throw` (index 0); jmp MachLabel(2); catch [tag0: MachLabel(4)]
;; block2:
;;   jmp     label3
;; block3:
;;   uninit  %rax
;;   xorl %eax, %eax
;;   jmp     label5
;; block5:
;;   jmp     label6
;; block6:
;;   movq (%rsp), %rbx
;;   movq 8(%rsp), %r12
;;   movq 0x10(%rsp), %r13
;;   movq 0x18(%rsp), %r14
;;   movq 0x20(%rsp), %r15
;;   addq $0x30, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block4:
;;   movl 0x10(%rax), %eax
;;   jmp     label5
;;
;; ; function 2
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x1, %edi
;;   call    `guarded` (index 1)
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
;;   call    function 2
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
