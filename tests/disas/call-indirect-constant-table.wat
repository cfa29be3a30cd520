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
;;        push %rbp
;;        mov %rsp, %rbp
;; @0046  lea (%rdi, %rsi), %eax
;; @0047  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `sub` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rdi, %rax
;; @004e  sub %esi, %eax
;; @004f  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `dispatch` (index 2)
;;        push %rbp
;;        mov %rsp, %rbp
;; @0058  mov %edi, %r11d
;;        cmp $2, %r11
;;        jae .L2
;;        lea .L0(%rip), %rax
;; .L0:
;;        lea (%rax, %r11, 8), %rcx
;;        mov 4(%rax, %r11, 8), %edx
;;        cmp $1, %edx
;;        jne .L1
;;        movslq (%rax, %r11, 8), %rax
;;        add %rcx, %rax
;; @0052  mov $7, %edi
;; @0054  mov $5, %esi
;; @0058  call *%rax
;; @005b  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L1:
;; @0058  mov $0x50000fe0, %eax
;;        mov %r11, (%rax)
;;        test %edx, %edx
;;        je .L3
;;        ud2 ; indirect call type mismatch
;; .L2:
;;        ud2 ; undefined element
;; .L3:
;;        ud2 ; uninitialized element
;;
;; ; function 3
;;        push %rbp
;;        mov %rsp, %rbp
;; @005e  mov $1, %edi
;; @0060  call `dispatch` (index 2)
;; @0063  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 3
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
