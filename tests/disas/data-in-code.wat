;;! asm
;; A jump table and constants lie between the instructions: they are printed as data.
(module (memory 1)
 (func $f (param i32 f64) (result f64)
  block $d block $c block $b block $a (br_table $a $b $c $d (local.get 0)) end
   (return (f64.mul (local.get 1) (f64.const 3.25))) end
   (return (f64.div (local.get 1) (f64.load (local.get 0)))) end
   (return (f64.abs (local.get 1))) end
   unreachable)
 (func (export "_start") (drop (call $f (i32.const 1) (f64.const 2)))))
;; expected:
;; ; `f` (index 0)
;;        push %rbp
;;        mov %rsp, %rbp
;; @0039  mov $3, %r11d
;;        mov %edi, %eax
;;        cmp %r11d, %eax
;;        cmovb %eax, %r11d
;;        lea .L0(%rip), %rcx
;;        movslq (%rcx, %r11, 4), %rax
;;        add %rax, %rcx
;;        jmp *%rcx
;; .L0:
;;        .long .L3 - .L0
;;        .long .L2 - .L0
;;        .long .L1 - .L0
;;        .long .L4 - .L0
;; .L1:
;; @005a  movabs $0x7fffffffffffffff, %r11
;;        movq %r11, %xmm1
;;        andpd %xmm1, %xmm0
;; @005b  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L2:
;; @0052  mov %edi, %eax
;; @0055  divsd 0x70000000(%rax), %xmm0
;; @0056  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L3:
;; @004b  mulsd .L5(%rip), %xmm0
;; @004c  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L4:
;; @005d  ud2 ; unreachable executed
;; .L5:
;;        .quad 0x400a000000000000
;;        .quad 0x0000000000000000
;;
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;; @0061  mov $1, %edi
;; @0063  movabs $0x4000000000000000, %rdx
;;        movq %rdx, %xmm0
;; @006c  call `f` (index 0)
;; @006f  mov %rbp, %rsp
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
