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
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   testl %edi, %edi
;;   jnz     label4; j label1
;; block1:
;;   jmp     label2
;; block2:
;;   movl %edi, %edi
;;   movl 0x70000000(%rdi), %eax
;;   jmp     label3
;; block3:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block4:
;;   movl $0x7, %eax
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `recursive` (index 4)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   testl %edi, %edi
;;   jnz     label2; j label1
;; block1:
;;   jmp     label3
;; block2:
;;   subl $0x1, %edi
;;   call    `recursive` (index 4)
;;   jmp     label3
;; block3:
;;   jmp     label4
;; block4:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; `tail` (index 6)
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   return_call_known `early` (index 3) (0) tmp=%r11 %rdi=%rdi
;;
;; ; `caller` (index 7)
;;   pushq %rbp
;;   movq %rsp, %rbp
;;   subq $0x40, %rsp
;;   movq %rbx, 0x10(%rsp)
;;   movq %r12, 0x18(%rsp)
;;   movq %r13, 0x20(%rsp)
;;   movq %r14, 0x28(%rsp)
;;   movq %r15, 0x30(%rsp)
;; block0:
;;   movq %rdi, <offset:1>+(%rsp)
;;   jmp     label1
;; block1:
;;   movq <offset:1>+(%rsp), %rdi
;;   call    `recursive` (index 4); jmp MachLabel(2); catch [tag0: MachLabel(5)]
;; block2:
;;   jmp     label3
;; block3:
;;   jmp     label4
;; block4:
;;   movq <offset:1>+(%rsp), %rbx
;;   jmp     label6
;; block6:
;;   testl %ebx, %ebx
;;   jnz     label9; j label7
;; block7:
;;   jmp     label8
;; block8:
;;   movl %ebx, %eax
;;   movl 0x70000000(%rax), %r15d
;;   jmp     label10
;; block9:
;;   movl $0x7, %r15d
;;   jmp     label10
;; block10:
;;   movq %rbx, %rdi
;;   call    `tail` (index 6)
;;   jmp     label11
;; block11:
;;   jmp     label12
;; block12:
;;   jmp     label13
;; block13:
;;   jmp     label14
;; block14:
;;   imull %ebx, %ebx
;;   leal 9(%rax, %rbx), %eax
;;   leal (%r15, %rax), %eax
;;   movq 0x10(%rsp), %rbx
;;   movq 0x18(%rsp), %r12
;;   movq 0x20(%rsp), %r13
;;   movq 0x28(%rsp), %r14
;;   movq 0x30(%rsp), %r15
;;   addq $0x40, %rsp
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;; block5:
;;   movq <offset:1>+(%rsp), %rbx
;;   jmp     label6
;;
;; ; function 8
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   movl $0x1, %edi
;;   call    `caller` (index 7)
;;   jmp     label1
;; block1:
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
;;
;; ; entry point
;;   pushq %rbp
;;   movq %rsp, %rbp
;; block0:
;;   call    function 8
;;   movq %rbp, %rsp
;;   popq %rbp
;;   retq
