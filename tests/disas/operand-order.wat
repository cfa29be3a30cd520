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
;;        sub $0x10, %rsp
;;        mov %r12, (%rsp)
;;        mov %edi, %r11d
;;        test %r11, %r11
;;        setg %cl
;;        mov %r11, %rax
;;        and $0xfffffffffffffffc, %rax
;;        cmp %r11, %rax
;;        sete %al
;;        and %eax, %ecx
;;        mov %r11, %r8
;;        shr $2, %r8
;;        lea -1(%r8), %rdx
;;        shr $2, %rdx
;;        test %rdx, %rdx
;;        setg %r9b
;;        xor %eax, %eax
;;        test %cl, %r9b
;;        je .L1
;;        add $0xffffffffffffffff, %r8
;;        imul $0xfffffffffffffffc, %r8
;;        lea (%r11, %r8), %r9
;;        xor %rcx, %rcx
;;        not %r9
;;        shr $0x3f, %r9
;;        lea 4(%r11), %r8
;;        mov $0x50001008, %r10d
;;        cmp (%r10), %r8
;;        setle %r10b
;;        vpxor %xmm4, %xmm4, %xmm0
;;        xor %eax, %eax
;;        imul $0xfffffffffffffff0, %rdx, %r8
;;        vmovd %esi, %xmm4
;;        vpbroadcastd %xmm4, %xmm6
;;        test %r9b, %r10b
;;        je .L1
;; .L0:
;;        mov 0x70000000(%r11, %rcx), %r9d
;;        mov 0x6ffffffc(%r11, %rcx), %r10d
;;        mov 0x6ffffff8(%r11, %rcx), %eax
;;        mov 0x6ffffff4(%r11, %rcx), %r12d
;;        add $0xfffffffffffffff0, %rcx
;; @005d  vmovd %r9d, %xmm1
;;        vpinsrd $1, %r10d, %xmm1, %xmm1
;;        vpinsrd $2, %eax, %xmm1, %xmm1
;;        vpinsrd $3, %r12d, %xmm1, %xmm1
;;        vpmulld %xmm6, %xmm1, %xmm2
;;        vpaddd %xmm2, %xmm1, %xmm1
;;        vpxor %xmm1, %xmm0, %xmm0
;;        cmp %r8, %rcx
;;        jg .L0
;;        imul $0xfffffff0, %edx, %eax
;; @005d  lea (%rdi, %rax), %r11d
;;        vpextrd $0, %xmm0, %eax
;;        vpextrd $1, %xmm0, %ecx
;;        xor %ecx, %eax
;;        vpextrd $2, %xmm0, %ecx
;;        xor %ecx, %eax
;;        vpextrd $3, %xmm0, %ecx
;;        xor %ecx, %eax
;; .L1:
;;        mov 0x70000000(%r11), %ecx
;;        sub $4, %r11d
;;        mov %rsi, %rdx
;; @006a  imul %ecx, %edx
;; @006b  add %edx, %ecx
;; @006c  xor %ecx, %eax
;; @0079  test %r11d, %r11d
;;        jne .L1
;; @007e  mov (%rsp), %r12
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
