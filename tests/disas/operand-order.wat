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
;;        push %rbp
;;        mov %rsp, %rbp
;; @004e  mov $0x50001008, %eax
;;        mov (%rax), %rcx
;;        shr $0x10, %rcx
;; @0050  test %ecx, %ecx
;;        jne .L2
;;        lea .L0(%rip), %rax
;; .L0:
;;        mov %ecx, %ecx
;;        lea (%rax, %rcx, 8), %rdx
;;        mov 4(%rax, %rcx, 8), %esi
;;        cmp $1, %esi
;;        jne .L1
;;        movslq (%rax, %rcx, 8), %rax
;;        add %rdx, %rax
;; @004a  xor %edi, %edi
;; @004c  mov $3, %esi
;; @0050  call *%rax
;; @0054  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L1:
;; @0050  mov $0x50000fe0, %eax
;;        mov %rcx, (%rax)
;;        test %esi, %esi
;;        je .L3
;;        ud2 ; indirect call type mismatch
;; .L2:
;;        ud2 ; undefined element
;; .L3:
;;        ud2 ; uninitialized element
;;
;; ; `sum` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov %edi, %r8d
;;        xor %eax, %eax
;; .L0:
;; @005d  mov 0x70000000(%r8), %ecx
;;        sub $4, %r8d
;;        mov %rsi, %rdx
;; @006a  imul %ecx, %edx
;; @006b  add %edx, %ecx
;; @006c  xor %ecx, %eax
;; @0079  test %r8d, %r8d
;;        jne .L0
;; @007e  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 0
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
