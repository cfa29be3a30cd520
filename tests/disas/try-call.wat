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
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;;        mov %r13, 8(%rsp)
;; @0035  test %edi, %edi
;;        mov %rdi, %r12
;;        jne .L0
;; @003c  mov $1, %edi
;; @003e  call `may-throw` (index 0)
;; @0040  mov (%rsp), %r12
;;        mov 8(%rsp), %r13
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;; @0039  mov $0x50001000, %r13d
;;        xor %esi, %esi
;;        mov $4, %edx
;;        mov %r13, %rdi
;;        call kiln::exception_new
;;        mov %r12, %rdi
;;        mov %edi, 0x10(%rax)
;;        mov %rax, %rsi
;;        mov %r13, %rdi
;;        call kiln::throw
;;        ud2
;;
;; ; `guarded` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x30, %rsp
;;        mov %rbx, (%rsp)
;;        mov %r12, 8(%rsp)
;;        mov %r13, 0x10(%rsp)
;;        mov %r14, 0x18(%rsp)
;;        mov %r15, 0x20(%rsp)
;; @004d  call `may-throw` (index 0) ; catches tag 0 to .L1
;; @0050  xor %eax, %eax
;; .L0:
;; @0053  mov (%rsp), %rbx
;;        mov 8(%rsp), %r12
;;        mov 0x10(%rsp), %r13
;;        mov 0x18(%rsp), %r14
;;        mov 0x20(%rsp), %r15
;;        add $0x30, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L1:
;; @0045  mov 0x10(%rax), %eax
;;        jmp .L0
;;
;; ; function 2
;;        push %rbp
;;        mov %rsp, %rbp
;; @0056  mov $1, %edi
;; @0058  call `guarded` (index 1)
;; @005b  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 2
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
