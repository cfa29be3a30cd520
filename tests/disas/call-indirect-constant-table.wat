;;! asm
;; A table that nothing mutates is read-only data: bounds, type, and the distance to the code.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (table 2 2 funcref)
  (elem (i32.const 0) $add $sub)
  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $binary) (i32.sub (local.get 0) (local.get 1)))
  (func $dispatch (param i32) (result i32)
    (call_indirect (type $binary) (i32.const 7) (i32.const 5) (local.get 0)))
  (func (export "_start") (drop (call $dispatch (i32.const 1)))))
;; expected:
;; ; `add` (index 0)
;;
;;
;; ; `sub` (index 1)
;;
;;
;; ; `dispatch` (index 2)
;;
;;
;; ; function 3
;;
;;
;; ; entry point
