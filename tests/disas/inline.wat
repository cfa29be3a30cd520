;;! asm
;; Small functions are inlined wherever they are called, also into one another, and so is what has
;; one caller; neither is compiled by itself. A call under a handler leaves the handler in force for
;; calls in the body. What calls itself or in tail position stays, and `_start` calls.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (memory (export "memory") 1)
  (tag $oops)
  (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func $hypotenuse (param i32 i32) (result i32)
    (i32.add (call $square (local.get 0)) (call $square (local.get 1))))
  (func $early (param i32) (result i32)
    (if (local.get 0) (then (return (i32.const 7))))
    (i32.load (local.get 0)))
  (func $recursive (param i32)
    (if (local.get 0) (then (call $recursive (i32.sub (local.get 0) (i32.const 1))))))
  (func $passes-on (param i32) (call $recursive (local.get 0)))
  (func $tail (param i32) (result i32) (return_call $early (local.get 0)))
  (func $caller (param i32) (result i32)
    (block $caught
      (try_table (catch $oops $caught) (call $passes-on (local.get 0))))
    (i32.add (call $early (local.get 0))
      (i32.add (call $tail (local.get 0)) (call $hypotenuse (local.get 0) (i32.const 3)))))
  (func (export "_start") (drop (call $caller (i32.const 1)))))
;; expected:
;; ; `early` (index 3)
;;        push %rbp
;;        mov %rsp, %rbp
;; @008e  test %edi, %edi
;;        jne .L0
;; @0096  mov %edi, %edi
;;        mov 0x70000000(%rdi), %eax
;; @0099  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L0:
;; @0090  mov $7, %eax
;; @0092  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `recursive` (index 4)
;;        push %rbp
;;        mov %rsp, %rbp
;; @009e  test %edi, %edi
;;        je .L0
;; @00a4  sub $1, %edi
;; @00a5  call `recursive` (index 4)
;; .L0:
;; @00a8  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; `tail` (index 6)
;;        push %rbp
;;        mov %rsp, %rbp
;; @00b4  mov %rbp, %rsp
;;        pop %rbp
;;        jmp `early` (index 3)
;;
;; ; `caller` (index 7)
;;        push %rbp
;;        mov %rsp, %rbp
;;        sub $0x40, %rsp
;;        mov %rbx, 0x10(%rsp)
;;        mov %r12, 0x18(%rsp)
;;        mov %r13, 0x20(%rsp)
;;        mov %r14, 0x28(%rsp)
;;        mov %r15, 0x30(%rsp)
;;        mov %rdi, (%rsp)
;;        mov (%rsp), %rdi
;; @00ad  call `recursive` (index 4) ; catches tag 0 to .L3
;;        mov (%rsp), %rbx
;; .L0:
;; @008e  test %ebx, %ebx
;;        jne .L1
;; @0096  mov %ebx, %eax
;;        mov 0x70000000(%rax), %r15d
;; @0099  jmp .L2
;; .L1:
;; @0090  mov $7, %r15d
;; .L2:
;;        mov %rbx, %rdi
;; @00cd  call `tail` (index 6)
;; @007c  imul %ebx, %ebx
;; @00d5  lea 9(%rax, %rbx), %eax
;; @00d6  add %r15d, %eax
;; @00d7  mov 0x10(%rsp), %rbx
;;        mov 0x18(%rsp), %r12
;;        mov 0x20(%rsp), %r13
;;        mov 0x28(%rsp), %r14
;;        mov 0x30(%rsp), %r15
;;        add $0x40, %rsp
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
;; .L3:
;;        mov (%rsp), %rbx
;; @00bb  jmp .L0
;;
;; ; function 8
;;        push %rbp
;;        mov %rsp, %rbp
;; @00da  mov $1, %edi
;; @00dc  call `caller` (index 7)
;; @00df  mov %rbp, %rsp
;;        pop %rbp
;;        ret
;;
;; ; entry point
;;        push %rbp
;;        mov %rsp, %rbp
;;        call function 8
;;        mov %rbp, %rsp
;;        pop %rbp
;;        ret
