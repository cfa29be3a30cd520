;;! asm
;;! cpu = x86-64-v3

(module
  (memory (export "memory") 1)
  (type $unary (func (param i32) (result i32)))
  (table funcref (elem $up $down $to_zero))
  (func (export "_start")
    (drop (call_indirect (type $unary) (i32.const 0) (memory.size))))

  ;; One register counts; the constant of the second access is folded, since the counter is known.
  (func $up (param i32) (result i32) (local $at i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load offset=1024 (local.get $at))))
      (i32.store (i32.add (local.get $at) (i32.const 8192)) (local.get $sum))
      (br_if $next (i32.ne
        (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 4000))))
    (local.get $sum))

  (func $down (param i32) (result i32) (local $at i32) (local $sum i32)
    (local.set $at (i32.const 4000))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load offset=1024 (local.get $at))))
      (br_if $next (i32.ne
        (local.tee $at (i32.sub (local.get $at) (i32.const 8))) (i32.const 16))))
    (local.get $sum))

  ;; Wherever it starts.
  (func $to_zero (param $count i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load offset=1024 (local.get $count))))
      (br_if $next (i32.ne
        (local.tee $count (i32.sub (local.get $count) (i32.const 4))) (i32.const 0))))
    (local.get $sum)))
;; expected:
;; ; function 0
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x50001008, %r11d
;;   movq (%r11), %r10
;;   shrq $0x10, %r10
;;   movl %r10d, %r11d
;;   cmpq $0x3, %r11
;;   jnb #trap=user4
;;   load_ext_name userextname0+0, %rax
;;   leaq (%rax, %r11, 8), %rcx
;;   movl 4(%rax, %r11, 8), %edx
;;   cmpl $0x1, %edx
;;   jz      label2; j label1
;; block2:
;;   movslq (%rax, %r11, 8), %rax
;;   leaq (%rcx, %rax), %rax
;;   uninit  %rdi
;;   xorl %edi, %edi
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
;; ; `up` (index 1)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   uninit  %rax
;;   xorl %eax, %eax
;;   uninit  %rsi
;;   xorq %rsi, %rsi
;;   jmp     label1
;; block1:
;;   movl 0x70000400(%rsi), %r9d
;;   leal (%rax, %r9), %eax
;;   movl %eax, 0x70002000(%rsi)
;;   leal 4(%rsi), %esi
;;   cmpl $0xfa0, %esi
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
;; ; `down` (index 2)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   uninit  %rax
;;   xorl %eax, %eax
;;   movl $0xfa0, %esi
;;   jmp     label1
;; block1:
;;   movl 0x70000400(%rsi), %r8d
;;   subl $0x8, %esi
;;   leal (%rax, %r8), %eax
;;   cmpl $0x10, %esi
;;   jnbe    label2; j label3
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
;; ; `to_zero` (index 3)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   uninit  %rax
;;   xorl %eax, %eax
;;   movl %edi, %edi
;;   jmp     label1
;; block1:
;;   movl 0x70000400(%rdi), %r10d
;;   subl $0x4, %edi
;;   leal (%rax, %r10), %eax
;;   testl %edi, %edi
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
