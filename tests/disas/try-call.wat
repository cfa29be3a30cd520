;;! asm
;; A call under a handler is a plain call: nothing is executed for the handler unless the callee
;; throws.
(module
  (tag $oops (param i32))
  (func $may-throw (param i32) (if (local.get 0) (then (throw $oops (local.get 0)))))
  (func $guarded (param i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $oops $caught) (call $may-throw (local.get 0)))
      (i32.const 0)))
  (func (export "_start") (drop (call $guarded (i32.const 1)))))
;; expected:
;; ; `may-throw` (index 0)
;;
;;
;; ; `guarded` (index 1)
;;
;;
;; ; function 2
;;
;;
;; ; entry point
