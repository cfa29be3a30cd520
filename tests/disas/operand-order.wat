;;! asm
;;! cpu = x86-64-v3

(module
  (memory (export "memory") 1)
  (type $scale (func (param i32 i32) (result i32)))
  (table funcref (elem $sum))
  (func (export "_start")
    (drop (call_indirect (type $scale) (i32.const 0) (i32.const 3) (memory.size))))

  ;; The factor from outside the loop is copied, not the number that is needed again.
  (func $sum (param $at i32) (param $factor i32) (result i32) (local $x i32) (local $sum i32)
    (loop $next
      (local.set $x (i32.load (local.get $at)))
      (local.set $sum (i32.xor (local.get $sum)
        (i32.add (local.get $x) (i32.mul (local.get $x) (local.get $factor)))))
      (br_if $next (i32.ne
        (local.tee $at (i32.sub (local.get $at) (i32.const 4))) (i32.const 0))))
    (local.get $sum)))
;; expected:
;; ; function 0
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x50001008, %eax
;;   movq (%rax), %r11
;;   shrq $0x10, %r11
;;   testl %r11d, %r11d
;;   jnz #trap=user4
;;   load_ext_name userextname0+0, %rax
;;   movl %r11d, %ecx
;;   leaq (%rax, %rcx, 8), %rdx
;;   movl 4(%rax, %rcx, 8), %esi
;;   cmpl $0x1, %esi
;;   jz      label2; j label1
;; block2:
;;   movslq (%rax, %rcx, 8), %rax
;;   leaq (%rdx, %rax), %rax
;;   uninit  %rdi
;;   xorl %edi, %edi
;;   movl $0x3, %esi
;;   call    *%rax
;;   jmp     label3
;; block3:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block1:
;;   testl %esi, %esi
;;   jz #trap=user5
;;   ud2
;;
;; ; `sum` (index 1)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl %edi, %r8d
;;   uninit  %rax
;;   xorl %eax, %eax
;;   jmp     label1
;; block1:
;;   movl 0x70000000(%r8), %ecx
;;   subl $0x4, %r8d
;;   movq %rsi, %rdx
;;   imull %ecx, %edx
;;   leal (%rcx, %rdx), %ecx
;;   xorl %ecx, %eax
;;   testl %r8d, %r8d
;;   jnz     label2; j label3
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
;; ; entry point
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   call    function 0
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
