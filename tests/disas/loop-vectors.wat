;;! asm
;; A counted loop on two arrays: where both are within the memory and apart, vectors take several
;; turns at once. The loop as it was takes the rest, and all of them elsewhere.
(module
  (memory 1)
  (func (export "scale") (param $to i32) (param $from i32) (param $end i32) (param $by f64)
    (loop $next
      (f64.store (local.get $to)
        (f64.add (f64.load (local.get $to)) (f64.mul (local.get $by) (f64.load (local.get $from)))))
      (local.set $from (i32.add (local.get $from) (i32.const 8)))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $to) (local.get $end)))))
  (func (export "_start")))
;; expected:
;; ; function 1
;;        push %rbp
;;        mov %rsp, %rbp
;; @0066  mov %rbp, %rsp
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
