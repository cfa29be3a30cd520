;;! asm library
;; In a library, an index beyond a table is 0 in what is executed ahead of the check, and the code of an element
;; of another type is address 0.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (table $constant 2 2 funcref)
  (table $mutable (export "table") 2 10 funcref)
  (table $empty 0 10 funcref)
  (elem (table $constant) (i32.const 0) func $add $sub)
  (elem (table $mutable) (i32.const 0) func $add $sub)
  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $binary) (i32.sub (local.get 0) (local.get 1)))
  (func (export "dispatch") (param i32) (result i32)
    (call_indirect $constant (type $binary) (i32.const 7) (i32.const 5) (local.get 0)))
  (func (export "set") (param i32)
    (table.set $mutable (local.get 0) (table.get $empty (local.get 0)))))
;; expected:
;; ; `add` (index 0)
;;        push %rbp
;;        mov %rsp, %rbp
;; @006a  lea (%rsi, %rdx), %eax
;; @006b  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `sub` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rsi, %rax
;; @0072  sub %edx, %eax
;; @0073  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 2
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov -8(%rdi), %r10
;;        add $0x10, %r10
;;        cmp %rsp, %r10
;;        ja .L2
;; @007c  mov %esi, %eax
;;        cmp $2, %rax
;;        jae .L3
;;        lea .L0(%rip), %rcx
;; .L0:
;;        xor %rdx, %rdx
;;        cmp $2, %rax
;;        mov %rax, %rsi
;;        cmovae %rdx, %rsi
;;        lea (%rcx, %rsi, 8), %r8
;;        mov 4(%rcx, %rsi, 8), %edx
;;        cmp $1, %edx
;;        jne .L1
;;        movslq (%rcx, %rsi, 8), %rax
;;        lea (%r8, %rax), %rcx
;;        xor %rax, %rax
;;        cmp $1, %edx
;;        cmove %rcx, %rax
;; @0076  mov $7, %esi
;; @0078  mov $5, %edx
;; @007c  call *%rax
;; @007f  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L1:
;; @007c  mov %rax, -0x20(%rdi)
;;        test %edx, %edx
;;        je .L4
;;        ud2 ; indirect call type mismatch
;; .L2:
;;        ud2 ; call stack exhausted
;; .L3:
;; @007c  ud2 ; undefined element
;; .L4:
;;        ud2 ; uninitialized element
;;
;; ; function 3
;;        push %rbp
;;        mov %rsp, %rbp
;; @0086  mov 0x30(%rdi), %rcx
;;        mov %esi, %esi
;;        cmp %rcx, %rsi
;;        jae .L0
;;        xor %rax, %rax
;;        mov %rsi, %rdx
;;        shl $3, %rdx
;;        add 0x28(%rdi), %rdx
;;        cmp %rcx, %rsi
;;        cmovae %rax, %rdx
;;        mov (%rdx), %rcx
;; @0088  mov 8(%rdi), %rdx
;;        cmp %rdx, %rsi
;;        jae .L1
;;        mov (%rdi), %rdi
;;        cmp %rdx, %rsi
;;        cmovae %rax, %rsi
;;        mov %rcx, (%rdi, %rsi, 8)
;; @008a  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;; @0086  ud2 ; out of bounds table access
;; .L1:
;; @0088  ud2 ; out of bounds table access
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; trampoline of function 2
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;;        mov %rsi, %r8
;;        mov (%r8), %esi
;;        mov %r8, %r12
;;        call function 2
;;        mov %r12, %rsi
;;        mov %eax, (%rsi)
;;        mov (%rsp), %r12
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; trampoline of function 3
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov (%rsi), %esi
;;        call function 3
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; module_dispatch
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x20, %rsp
;;        mov %r12, 0x10(%rsp)
;;        mov %rdx, %r12
;;        lea (%rsp), %rdx
;;        mov %esi, (%rsp)
;;        lea .L0(%rip), %rsi
;; .L0:
;;        call kiln::call
;;        test %eax, %eax
;;        jne .L1
;;        mov (%rsp), %r11d
;;        mov %r12, %rdx
;;        mov %r11d, (%rdx)
;; .L1:
;;        mov 0x10(%rsp), %r12
;;        add $0x20, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; module_set
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        lea (%rsp), %rdx
;;        mov %esi, (%rsp)
;;        lea .L0(%rip), %rsi
;; .L0:
;;        call kiln::call
;;        test %eax, %eax
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
