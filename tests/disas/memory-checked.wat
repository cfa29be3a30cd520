;;! clif-opt
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
;; ; at offset 0x40 of the module
;; function u0:0(i32) -> i32 tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i32):
;; @0043                               v2 = uextend.i64 v0
;; @0043                               v3 = iconst.i64 8
;; @0043                               v4 = iadd v2, v3  ; v3 = 8
;; @0043                               v5 = iconst.i64 0x5000_1028
;; @0043                               v6 = load.i64 notrap aligned region1 v5  ; v5 = 0x5000_1028
;; @0043                               v7 = icmp ugt v4, v6
;; @0043                               trapnz v7, heap_oob
;; @0043                               v8 = iconst.i64 0x5000_1020
;; @0043                               v9 = load.i64 notrap aligned readonly can_move region1 v8  ; v8 = 0x5000_1020
;; @0043                               v10 = iadd v2, v9
;; @0043                               v11 = load.i32 region0 v10+4
;; @0047                               jump block1(v11)
;;
;;                                 block1(v1: i32):
;; @0047                               return v1
;; }
;;
;; ; `load64` (index 1)
;; ; at offset 0x49 of the module
;; function u0:0(i64) -> i64 tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i64):
;; @004c                               v2 = iconst.i64 16
;; @004c                               v3 = uadd_overflow_trap v0, v2, user21  ; v2 = 16
;; @004c                               v4 = iconst.i64 0x5000_1048
;; @004c                               v5 = load.i64 notrap aligned region1 v4  ; v4 = 0x5000_1048
;; @004c                               v6 = icmp ugt v3, v5
;; @004c                               trapnz v6, heap_oob
;; @004c                               v7 = iconst.i64 0x5000_1040
;; @004c                               v8 = load.i64 notrap aligned readonly can_move region1 v7  ; v7 = 0x5000_1040
;; @004c                               v9 = iadd v0, v8
;; @004c                               v10 = load.i64 region0 v9+8
;; @0050                               jump block1(v10)
;;
;;                                 block1(v1: i64):
;; @0050                               return v1
;; }
;;
;; ; function 2
;; ; at offset 0x52 of the module
;; function u0:0() tail {
;;     sig0 = (i32) -> i32 tail
;;     sig1 = (i64) -> i64 tail
;;     fn0 = colocated u0:0 sig0 ; `load` (index 0)
;;     fn1 = colocated u0:1 sig1 ; `load64` (index 1)
;;
;;                                 block0:
;; @0053                               v0 = iconst.i32 0
;; @0055                               v1 = call fn0(v0)  ; v0 = 0 ; `load` (index 0)
;; @0058                               v2 = iconst.i64 0
;; @005a                               v3 = call fn1(v2)  ; v2 = 0 ; `load64` (index 1)
;; @005d                               jump block1
;;
;;                                 block1:
;; @005d                               return
;; }
;;
;; ; entry point
;; function u0:0(i64, i64) system_v {
;;     sig0 = () tail
;;     fn0 = colocated u0:2 sig0 ; function 2
;;
;; block0(v0: i64, v1: i64):
;;     call fn0() ; function 2
;;     return
;; }
