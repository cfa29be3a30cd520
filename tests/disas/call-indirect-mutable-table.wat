;;! clif
;; A table that is written to holds references in memory: length and base come from its cell, and a
;; reference leads to its entry.
(module
  (type $nullary (func (result i32)))
  (table 2 10 funcref)
  (elem (i32.const 0) $one)
  (func $one (type $nullary) (i32.const 1))
  (func $dispatch (param i32) (result i32)
    (table.set (i32.const 1) (ref.func $one))
    (call_indirect (type $nullary) (local.get 0)))
  (func (export "_start") (drop (call $dispatch (i32.const 1)))))
;; expected:
;; ; `one` (index 0)
;; function u0:0() -> i32 tail {
;;                                 block0:
;; @0001                               v1 = iconst.i32 1
;; @0003                               jump block1(v1)  ; v1 = 1
;;
;;                                 block1(v0: i32):
;; @0003                               return v0
;; }
;;
;; ; `dispatch` (index 1)
;; function u0:0(i32) -> i32 tail {
;;     region0 = 1 "state"
;;     region1 = 2 "table"
;;     gv0 = symbol colocated userextname0
;;     sig0 = () -> i32 tail
;;
;;                                 block0(v0: i32):
;; @0001                               v2 = iconst.i32 1
;; @0003                               v3 = iconst.i64 1
;; @0005                               v4 = uextend.i64 v2  ; v2 = 1
;; @0005                               v5 = iconst.i64 0x5000_1008
;; @0005                               v6 = load.i64 notrap aligned region0 v5  ; v5 = 0x5000_1008
;; @0005                               v7 = icmp uge v4, v6
;; @0005                               trapnz v7, user3
;; @0005                               v8 = iconst.i64 0x5000_1000
;; @0005                               v9 = load.i64 notrap aligned region0 v8  ; v8 = 0x5000_1000
;; @0005                               v10 = iconst.i64 3
;; @0005                               v11 = ishl v4, v10  ; v10 = 3
;; @0005                               v12 = iadd v9, v11
;; @0005                               store notrap aligned region1 v3, v12  ; v3 = 1
;; @0009                               v13 = uextend.i64 v0
;; @0009                               v14 = iconst.i64 0x5000_1008
;; @0009                               v15 = load.i64 notrap aligned region0 v14  ; v14 = 0x5000_1008
;; @0009                               v16 = icmp uge v13, v15
;; @0009                               trapnz v16, user4
;; @0009                               v17 = iconst.i64 0x5000_1000
;; @0009                               v18 = load.i64 notrap aligned region0 v17  ; v17 = 0x5000_1000
;; @0009                               v19 = iconst.i64 3
;; @0009                               v20 = ishl v13, v19  ; v19 = 3
;; @0009                               v21 = iadd v18, v20
;; @0009                               v22 = load.i64 notrap aligned region1 v21
;; @0009                               v23 = symbol_value.i64 gv0
;; @0009                               v24 = iconst.i64 3
;; @0009                               v25 = ishl v22, v24  ; v24 = 3
;; @0009                               v26 = iadd v23, v25
;; @0009                               v27 = load.i32 notrap aligned readonly region1 v26+4
;; @0009                               v28 = iconst.i32 1
;; @0009                               v29 = icmp eq v27, v28  ; v28 = 1
;; @0009                               brif v29, block2, block3
;;
;;                                 block3 cold:
;; @0009                               trapz.i32 v27, user5
;; @0009                               trap user6
;;
;;                                 block2:
;; @0009                               v30 = sload32.i64 notrap aligned readonly region1 v26
;; @0009                               v31 = iadd.i64 v26, v30
;; @0009                               v32 = call_indirect sig0, v31()
;; @000c                               jump block1(v32)
;;
;;                                 block1(v1: i32):
;; @000c                               return v1
;; }
;;
;; ; function 2
;; function u0:0() tail {
;;     sig0 = (i32) -> i32 tail
;;     fn0 = colocated u0:1 sig0
;;
;;                                 block0:
;; @0001                               v0 = iconst.i32 1
;; @0003                               v1 = call fn0(v0)  ; v0 = 1
;; @0006                               jump block1
;;
;;                                 block1:
;; @0006                               return
;; }
;;
;; ; entry point
;; function u0:0(i64, i64) system_v {
;;     sig0 = () tail
;;     fn0 = colocated u0:2 sig0
;;
;; block0(v0: i64, v1: i64):
;;     call fn0()
;;     return
;; }
