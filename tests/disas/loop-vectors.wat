;;! asm
;; A counted loop on two arrays: where both are within the memory and apart, vectors take several
;; turns at once. The loop as it was takes the rest, and all of them elsewhere.
(module
  (memory 1)
  (func $scale (param $to i32) (param $from i32) (param $end i32) (param $by f64)
    (loop $next
      (f64.store (local.get $to)
        (f64.add (f64.load (local.get $to)) (f64.mul (local.get $by) (f64.load (local.get $from)))))
      (local.set $from (i32.add (local.get $from) (i32.const 8)))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $to) (local.get $end)))))
  (func (export "_start") (call $scale (i32.const 0) (i32.const 4096) (i32.load (i32.const 65532)) (f64.const 2))))
;; expected:
;; ; `scale` (index 0)
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x10, %rsp
;;        mov %rbx, (%rsp)
;;        mov %edx, %eax
;;        mov %edi, %r8d
;;        mov %rax, %rcx
;;        sub %r8, %rcx
;;        test %rcx, %rcx
;;        setg %r9b
;;        cmp .L2(%rip), %rax
;;        setle %al
;;        and %eax, %r9d
;;        lea -1(%rcx), %rax
;;        shr $5, %rax
;;        test %rax, %rax
;;        setg %r10b
;;        mov %esi, %eax
;;        test %r9b, %r10b
;;        je .L1
;;        mov $0x50001008, %r9d
;;        mov (%r9), %r9
;;        add $0xffffffffffffffff, %rcx
;;        mov %rcx, %rbx
;;        and $0xfffffffffffffff8, %rbx
;;        lea 8(%r8, %rbx), %r11
;;        cmp %r9, %r11
;;        setle %r10b
;;        lea 8(%rax, %rbx), %rbx
;;        cmp %r9, %rbx
;;        setle %r9b
;;        and %r9d, %r10d
;;        cmp %rax, %r11
;;        setle %r11b
;;        cmp %r8, %rbx
;;        setle %r9b
;;        or %r9d, %r11d
;;        xor %r9, %r9
;;        pshufd $0x44, %xmm0, %xmm1
;;        and $0xffffffffffffffe0, %rcx
;;        test %r10b, %r11b
;;        je .L1
;; .L0:
;;        movupd 0x70000000(%r8, %r9), %xmm2
;;        lea (%rax, %r9), %r10
;;        movdqu 0x70000000(%r10), %xmm4
;;        movdqa %xmm1, %xmm6
;;        mulpd %xmm4, %xmm6
;;        addpd %xmm6, %xmm2
;;        movupd %xmm2, 0x70000000(%r8, %r9)
;;        movupd 0x70000010(%r8, %r9), %xmm3
;;        movdqu 0x70000010(%r10), %xmm5
;;        movdqa %xmm1, %xmm7
;;        mulpd %xmm5, %xmm7
;;        addpd %xmm7, %xmm3
;;        movupd %xmm3, 0x70000010(%r8, %r9)
;;        add $0x20, %r9
;;        cmp %rcx, %r9
;;        jl .L0
;;        mov %rdx, %r10
;;        sub %edi, %r10d
;;        lea -1(%r10), %r9d
;;        and $0xffffffe0, %r9d
;;        lea (%rdi, %r9), %r8d
;;        lea (%rsi, %r9), %eax
;; .L1:
;; @0036  movsd 0x70000000(%r8), %xmm1
;;        movdqa %xmm0, %xmm2
;; @0040  mulsd 0x70000000(%rax), %xmm2
;; @0041  addsd %xmm2, %xmm1
;; @0042  movsd %xmm1, 0x70000000(%r8)
;;        add $8, %r8d
;;        add $8, %eax
;; @0058  cmp %edx, %r8d
;;        jb .L1
;; @005b  mov (%rsp), %rbx
;;        add $0x10, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L2:
;;        .quad 0x00000000fffffff8
;;
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;;        mov $0x7000fffc, %esi
;; @0067  mov (%rsi), %edx
;; @005e  xor %edi, %edi
;; @0060  mov $0x1000, %esi
;; @006a  movabs $0x4000000000000000, %r8
;;        movq %r8, %xmm0
;; @0073  call `scale` (index 0)
;; @0075  mov %rbp, %rsp
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
