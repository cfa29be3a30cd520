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
;;        mov 0x70000400(%rdx), %ecx
;;        add %ecx, %eax
;;        mov %eax, 0x70002000(%rdx)
;;        mov 0x70000404(%rdx), %ecx
;;        add %ecx, %eax
;;        mov %eax, 0x70002004(%rdx)
;;        mov 0x70000408(%rdx), %ecx
;;        add %ecx, %eax
;;        mov %eax, 0x70002008(%rdx)
;;        mov 0x7000040c(%rdx), %ecx
;;        add %ecx, %eax
;;        mov %eax, 0x7000200c(%rdx)
;;        add $0x10, %rdx
;; @0071  cmp $0xf90, %rdx
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
;;        xor %rdx, %rdx
;;        xor %eax, %eax
;; .L0:
;;        mov 0x700013a0(%rdx), %ecx
;;        mov 0x70001398(%rdx), %esi
;;        mov 0x70001390(%rdx), %edi
;;        mov 0x70001388(%rdx), %r8d
;;        add $0xffffffffffffffe0, %rdx
;;        add %ecx, %eax
;;        add %esi, %eax
;;        add %edi, %eax
;;        add %r8d, %eax
;; @0098  cmp $0xfffffffffffff080, %rdx
;;        jg .L0
;;        mov $0x20, %ecx
;; .L1:
;; @0094  mov 0x70000400(%rcx), %edx
;;        sub $8, %ecx
;; @0098  add %edx, %eax
;; @00a5  cmp $0x10, %ecx
;;        ja .L1
;; @00aa  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `to_zero` (index 3)
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %rbx, (%rsp)
;;        mov %edi, %r8d
;;        test %r8, %r8
;;        setg %dl
;;        mov %r8, %rax
;;        and $0xfffffffffffffffc, %rax
;;        cmp %r8, %rax
;;        sete %al
;;        and %eax, %edx
;;        mov %r8, %rsi
;;        shr $2, %rsi
;;        lea -1(%rsi), %rcx
;;        shr $2, %rcx
;;        test %rcx, %rcx
;;        setg %r9b
;;        xor %eax, %eax
;;        test %dl, %r9b
;;        je .L1
;;        lea -1(%rsi), %rax
;;        imul $0xfffffffffffffffc, %rax
;;        lea (%r8, %rax), %r9
;;        xor %rdx, %rdx
;;        not %r9
;;        shr $0x3f, %r9
;;        lea 0x404(%r8), %rax
;;        mov $0x50001008, %esi
;;        cmp (%rsi), %rax
;;        setle %r10b
;;        xor %eax, %eax
;;        imul $0xfffffffffffffff0, %rcx, %rsi
;;        test %r9b, %r10b
;;        je .L1
;; .L0:
;;        mov 0x70000400(%r8, %rdx), %r9d
;;        mov 0x700003fc(%r8, %rdx), %r10d
;;        mov 0x700003f8(%r8, %rdx), %r11d
;;        mov 0x700003f4(%r8, %rdx), %ebx
;;        add $0xfffffffffffffff0, %rdx
;;        add %r9d, %eax
;;        add %r10d, %eax
;;        add %r11d, %eax
;;        add %ebx, %eax
;; @00b9  cmp %rsi, %rdx
;;        jg .L0
;;        imul $0xfffffff0, %ecx
;; @00b9  lea (%rdi, %rcx), %r8d
;; .L1:
;; @00b5  mov 0x70000400(%r8), %ecx
;;        sub $4, %r8d
;; @00b9  add %ecx, %eax
;; @00c6  test %r8d, %r8d
;;        jne .L1
;; @00cb  mov (%rsp), %rbx
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
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
