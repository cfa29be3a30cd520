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
;;        sub $0x20, %rsp
;;        mov %rbx, (%rsp)
;;        mov %r12, 8(%rsp)
;;        mov %r13, 0x10(%rsp)
;;        mov %edi, %r11d
;;        test %r11, %r11
;;        setg %dl
;;        mov %r11, %rax
;;        and $0xfffffffffffffffc, %rax
;;        cmp %r11, %rax
;;        sete %al
;;        and %eax, %edx
;;        mov %r11, %r8
;;        shr $2, %r8
;;        lea -1(%r8), %rcx
;;        shr $2, %rcx
;;        test %rcx, %rcx
;;        setg %r9b
;;        xor %eax, %eax
;;        test %dl, %r9b
;;        je .L1
;;        lea -1(%r8), %rax
;;        imul $0xfffffffffffffffc, %rax
;;        lea (%r11, %rax), %r9
;;        xor %rdx, %rdx
;;        not %r9
;;        shr $0x3f, %r9
;;        lea 4(%r11), %rax
;;        mov $0x50001008, %r8d
;;        cmp (%r8), %rax
;;        setle %r10b
;;        xor %eax, %eax
;;        imul $0xfffffffffffffff0, %rcx, %r8
;;        test %r9b, %r10b
;;        je .L1
;; .L0:
;;        mov 0x70000000(%r11, %rdx), %r12d
;;        mov 0x6ffffffc(%r11, %rdx), %ebx
;;        mov 0x6ffffff8(%r11, %rdx), %r10d
;;        mov 0x6ffffff4(%r11, %rdx), %r9d
;;        add $0xfffffffffffffff0, %rdx
;;        mov %rsi, %r13
;;        imul %r12d, %r13d
;;        add %r13d, %r12d
;;        xor %r12d, %eax
;;        mov %rsi, %r12
;;        imul %ebx, %r12d
;;        add %r12d, %ebx
;;        xor %ebx, %eax
;;        mov %rsi, %rbx
;;        imul %r10d, %ebx
;;        add %ebx, %r10d
;;        xor %r10d, %eax
;;        mov %rsi, %r10
;;        imul %r9d, %r10d
;;        add %r10d, %r9d
;;        xor %r9d, %eax
;; @006c  cmp %r8, %rdx
;;        jg .L0
;;        imul $0xfffffff0, %ecx, %r8d
;; @006c  lea (%rdi, %r8), %r11d
;; .L1:
;; @005d  mov 0x70000000(%r11), %edi
;;        sub $4, %r11d
;;        mov %rsi, %r8
;; @006a  imul %edi, %r8d
;; @006b  add %r8d, %edi
;; @006c  xor %edi, %eax
;; @0079  test %r11d, %r11d
;;        jne .L1
;; @007e  mov (%rsp), %rbx
;;        mov 8(%rsp), %r12
;;        mov 0x10(%rsp), %r13
;;        add $0x20, %rsp
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
