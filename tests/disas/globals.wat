;;! asm
;; A global lies at a constant address; one that nothing changes is a constant.
(module
  (global $counter (mut i32) (i32.const 0))
  (global $never-changed (mut i32) (i32.const 12))
  (func $count (result i32)
    (global.set $counter (i32.add (global.get $counter) (global.get $never-changed)))
    (global.get $counter))
  (func (export "_start") (drop (call $count))))
;; expected:
;; ; `count` (index 0)
;;
;;
;; ; function 1
;;
;;
;; ; entry point
