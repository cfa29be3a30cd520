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
;;        push %rbp
;;        mov %rsp, %rbp
;; @0033  mov $4, %r8d
;;        mov %edi, %r9d
;;        cmp %r8d, %r9d
;;        cmovb %r9d, %r8d
;;        lea .L0(%rip), %rcx
;;        movslq (%rcx, %r8, 4), %rax
;;        add %rax, %rcx
;;        jmp *%rcx
;; .L0:
;;        .long .L3 - .L0
;;        .long .L2 - .L0
;;        .long .L1 - .L0
;;        .long .L2 - .L0
;;        .long .L4 - .L0
;;        .long 0x00000ae9
;;        .byte 0x00
;; .L1:
;; @0043  mov $0x1e, %eax
;; @0045  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L2:
;; @003f  mov $0x14, %eax
;; @0041  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L3:
;; @003b  mov $0xa, %eax
;; @003d  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L4:
;; @0047  mov $0x28, %eax
;; @0049  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;; @004c  mov $1, %edi
;; @004e  call `choose` (index 0)
;; @0051  mov %rbp, %rsp
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
