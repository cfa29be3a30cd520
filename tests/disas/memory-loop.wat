;;! asm
;; A pointer that a loop advances is carried as 64 bits: no move extends it before an access.
(module
  (memory (export "memory") 1)
  (func $sum (param $at i32) (param $end i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $again (i32.lt_u (local.get $at) (local.get $end))))
    (local.get $sum))
  (func (export "_start") (drop (call $sum (i32.const 0) (i32.const 64)))))
;; expected:
;; ; `sum` (index 0)
;;
;;
;; ; function 1
;;
;;
;; ; entry point
