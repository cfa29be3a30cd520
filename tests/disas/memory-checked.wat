;;! clif
;; Memories other than the first are checked: index + offset + size against the length in the cell.
(module
  (memory (export "memory") 1)
  (memory $second 1)
  (memory $wide i64 1)
  (func $load (param i32) (result i32) (i32.load $second offset=4 (local.get 0)))
  (func $load64 (param i64) (result i64) (i64.load $wide offset=8 (local.get 0)))
  (func (export "_start")
    (drop (call $load (i32.const 0)))
    (drop (call $load64 (i64.const 0)))))
;; expected:
;; ; `load` (index 0)
;; function u0:0(i32) -> i32 tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i32):
;; @0003                               v2 = uextend.i64 v0
;; @0003                               v3 = iconst.i64 4
;; @0003                               v4 = uadd_overflow_trap v2, v3, heap_oob  ; v3 = 4
;; @0003                               v5 = iconst.i64 4
;; @0003                               v6 = uadd_overflow_trap v4, v5, heap_oob  ; v5 = 4
;; @0003                               v7 = iconst.i64 0x5000_0028
;; @0003                               v8 = load.i64 notrap aligned region1 v7  ; v7 = 0x5000_0028
;; @0003                               v9 = icmp ugt v6, v8
;; @0003                               trapnz v9, heap_oob
;; @0003                               v10 = iconst.i64 0x5000_0020
;; @0003                               v11 = load.i64 notrap aligned region1 v10  ; v10 = 0x5000_0020
;; @0003                               v12 = iadd v11, v4
;; @0003                               v13 = load.i32 region0 v12
;; @0007                               jump block1(v13)
;;
;;                                 block1(v1: i32):
;; @0007                               return v1
;; }
;;
;; ; `load64` (index 1)
;; function u0:0(i64) -> i64 tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i64):
;; @0003                               v2 = iconst.i64 8
;; @0003                               v3 = uadd_overflow_trap v0, v2, heap_oob  ; v2 = 8
;; @0003                               v4 = iconst.i64 8
;; @0003                               v5 = uadd_overflow_trap v3, v4, heap_oob  ; v4 = 8
;; @0003                               v6 = iconst.i64 0x5000_0048
;; @0003                               v7 = load.i64 notrap aligned region1 v6  ; v6 = 0x5000_0048
;; @0003                               v8 = icmp ugt v5, v7
;; @0003                               trapnz v8, heap_oob
;; @0003                               v9 = iconst.i64 0x5000_0040
;; @0003                               v10 = load.i64 notrap aligned region1 v9  ; v9 = 0x5000_0040
;; @0003                               v11 = iadd v10, v3
;; @0003                               v12 = load.i64 region0 v11
;; @0007                               jump block1(v12)
;;
;;                                 block1(v1: i64):
;; @0007                               return v1
;; }
;;
;; ; function 2
;; function u0:0() tail {
;;     sig0 = (i32) -> i32 tail
;;     sig1 = (i64) -> i64 tail
;;     fn0 = colocated u0:0 sig0
;;     fn1 = colocated u0:1 sig1
;;
;;                                 block0:
;; @0001                               v0 = iconst.i32 0
;; @0003                               v1 = call fn0(v0)  ; v0 = 0
;; @0006                               v2 = iconst.i64 0
;; @0008                               v3 = call fn1(v2)  ; v2 = 0
;; @000b                               jump block1
;;
;;                                 block1:
;; @000b                               return
;; }
;;
;; ; entry point
;; function u0:0() system_v {
;;     sig0 = () tail
;;     fn0 = colocated u0:2 sig0
;;
;; block0:
;;     call fn0()
;;     return
;; }
