;;! asm
;; A br_table is a jump table, its index clamped to the default.
(module
  (func $choose (param i32) (result i32)
    (block $default
      (block $two
        (block $one
          (block $zero (br_table $zero $one $two $one $default (local.get 0)))
          (return (i32.const 10)))
        (return (i32.const 20)))
      (return (i32.const 30)))
    (i32.const 40))
  (func (export "_start") (drop (call $choose (i32.const 1)))))
;; expected:
;; ; `choose` (index 0)
;;
;;
;; ; function 1
;;
;;
;; ; entry point
