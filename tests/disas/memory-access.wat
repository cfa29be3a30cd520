;;! asm
;; A load or store on memory 0 is one instruction: base and offset fold into the displacement of
;; its operand, and no bounds are checked.
(module
  (memory (export "memory") 1)
  (func $copy (param i32 i32)
    (i32.store offset=8 (local.get 0) (i32.load offset=16 (local.get 1)))
    (i64.store8 (local.get 0) (i64.load8_s offset=0xfff (local.get 1))))
  (func (export "_start") (call $copy (i32.const 0) (i32.const 64))))
;; expected:
;; ; `copy` (index 0)
;;
;;
;; ; function 1
;;
;;
;; ; entry point
