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
;;        push %rbp
;;        mov %rsp, %rbp
;; @0050  mov $0x50001008, %eax
;;        mov (%rax), %r11
;;        shr $0x10, %r11
;; @0052  mov %r11d, %eax
;;        cmp $3, %rax
;;        jae .L2
;;        lea .L0(%rip), %rcx
;; .L0:
;;        lea (%rcx, %rax, 8), %rdx
;;        mov 4(%rcx, %rax, 8), %esi
;;        cmp $1, %esi
;;        jne .L1
;;        movslq (%rcx, %rax, 8), %rax
;;        add %rdx, %rax
;; @004e  xor %edi, %edi
;; @0052  call *%rax
;; @0056  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L1:
;; @0052  mov $0x50000fe0, %ecx
;;        mov %rax, (%rcx)
;;        test %esi, %esi
;;        je .L3
;;        ud2 ; indirect call type mismatch
;; .L2:
;;        ud2 ; undefined element
;; .L3:
;;        ud2 ; uninitialized element
;;
;; ; `up` (index 1)
;;        push %rbp
;;        mov %rsp, %rbp
;;        xor %rdx, %rdx
;;        xor %eax, %eax
;; .L0:
;;        mov 0x70000400(%rdx), %esi
;; @0061  vmovdqu 0x70000400(%rdx), %xmm0
;;        mov 0x70000404(%rdx), %edi
;;        mov 0x70000408(%rdx), %ecx
;; @0065  vmovd %eax, %xmm1
;;        add %esi, %eax
;; @0065  vpinsrd $1, %eax, %xmm1, %xmm1
;;        add %edi, %eax
;; @0065  vpinsrd $2, %eax, %xmm1, %xmm1
;;        add %ecx, %eax
;; @0065  vpinsrd $3, %eax, %xmm1, %xmm1
;;        vpaddd %xmm0, %xmm1, %xmm0
;;        vmovdqu %xmm0, 0x70002000(%rdx)
;;        mov 0x7000040c(%rdx), %ecx
;;        add $0x10, %rdx
;;        add %ecx, %eax
;; @0065  cmp $0xf90, %rdx
;;        jl .L0
;;        mov $0xf90, %ecx
;; .L1:
;; @0061  mov 0x70000400(%rcx), %edx
;; @0065  add %edx, %eax
;; @0071  mov %eax, 0x70002000(%rcx)
;;        add $4, %ecx
;; @007f  cmp $0xfa0, %ecx
;;        jb .L1
;; @0084  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `down` (index 2)
;;        push %rbp
;;        mov %rsp, %rbp
;;        xor %eax, %eax
;;        mov $0xfa0, %esi
;; .L0:
;; @0094  mov 0x70000400(%rsi), %r8d
;;        sub $8, %esi
;; @0098  add %r8d, %eax
;; @00a5  cmp $0x10, %esi
;;        ja .L0
;; @00aa  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `to_zero` (index 3)
;;        push %rbp
;;        mov %rsp, %rbp
;;        xor %eax, %eax
;;        mov %edi, %edi
;; .L0:
;; @00b5  mov 0x70000400(%rdi), %r10d
;;        sub $4, %edi
;; @00b9  add %r10d, %eax
;; @00c6  test %edi, %edi
;;        jne .L0
;; @00cb  mov %rbp, %rsp
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
