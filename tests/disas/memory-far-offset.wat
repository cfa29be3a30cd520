;;! clif-opt
;; An offset that does not fit the displacement together with the base is added to the base.
(module
  (memory (export "memory") 1)
  (func $far (param i32) (result i32) (i32.load offset=0xfffffff0 (local.get 0)))
  (func (export "_start") (drop (call $far (i32.const 0)))))
;; expected:
;; ; `far` (index 0)
;; ; at offset 0x36 of the module
;; function u0:0(i32) -> i32 tail {
;;     region0 = 0 "memory"
;;
;;                                 block0(v0: i32):
;; @0039                               v2 = uextend.i64 v0
;; @0039                               v3 = iconst.i64 0x0001_6fff_fff0
;; @0039                               v4 = iadd v2, v3  ; v3 = 0x0001_6fff_fff0
;; @0039                               v5 = load.i32 region0 v4
;; @0040                               jump block1(v5)
;;
;;                                 block1(v1: i32):
;; @0040                               return v1
;; }
;;
;; ; function 1
;; ; at offset 0x42 of the module
;; function u0:0() tail {
;;     sig0 = (i32) -> i32 tail
;;     fn0 = colocated u0:0 sig0 ; `far` (index 0)
;;
;;                                 block0:
;; @0043                               v0 = iconst.i32 0
;; @0045                               v1 = call fn0(v0)  ; v0 = 0 ; `far` (index 0)
;; @0048                               jump block1
;;
;;                                 block1:
;; @0048                               return
;; }
;;
;; ; entry point
;; function u0:0(i64, i64) system_v {
;;     sig0 = () tail
;;     fn0 = colocated u0:1 sig0 ; function 1
;;
;; block0(v0: i64, v1: i64):
;;     call fn0() ; function 1
;;     return
;; }
