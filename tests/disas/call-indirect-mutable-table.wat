;;! clif-opt
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
;; ; at offset 0x3d of the module
;; function u0:0() -> i32 tail {
;;                                 block0:
;; @003e                               v1 = iconst.i32 1
;; @0040                               jump block1(v1)  ; v1 = 1
;;
;;                                 block1(v0: i32):
;; @0040                               return v0
;; }
;;
;; ; `dispatch` (index 1)
;; ; at offset 0x42 of the module
;; function u0:0(i32) -> i32 tail {
;;     region0 = 1 "state"
;;     region1 = 2 "table"
;;     gv0 = symbol colocated userextname0
;;     sig0 = () -> i32 tail
;;
;;                                 block0(v0: i32):
;; @0043                               v2 = iconst.i32 1
;; @0045                               v3 = iconst.i64 1
;; @0047                               v4 = uextend.i64 v2  ; v2 = 1
;; @0047                               v5 = iconst.i64 0x5000_1008
;; @0047                               v6 = load.i64 notrap aligned region0 v5  ; v5 = 0x5000_1008
;; @0047                               v7 = icmp uge v4, v6
;; @0047                               trapnz v7, user3
;; @0047                               v8 = iconst.i64 0x5000_1000
;; @0047                               v9 = load.i64 notrap aligned region0 v8  ; v8 = 0x5000_1000
;; @0047                               v10 = iconst.i64 3
;; @0047                               v11 = ishl v4, v10  ; v10 = 3
;; @0047                               v12 = iadd v9, v11
;; @0047                               store notrap aligned region1 v3, v12  ; v3 = 1
;; @004b                               v13 = uextend.i64 v0
;; @004b                               v14 = iconst.i64 0x5000_1008
;; @004b                               v15 = load.i64 notrap aligned region0 v14  ; v14 = 0x5000_1008
;; @004b                               v16 = icmp uge v13, v15
;; @004b                               trapnz v16, user4
;; @004b                               v17 = iconst.i64 0x5000_1000
;; @004b                               v18 = load.i64 notrap aligned region0 v17  ; v17 = 0x5000_1000
;; @004b                               v19 = iconst.i64 3
;; @004b                               v20 = ishl v13, v19  ; v19 = 3
;; @004b                               v21 = iadd v18, v20
;; @004b                               v22 = load.i64 notrap aligned region1 v21
;; @004b                               v23 = symbol_value.i64 gv0
;; @004b                               v24 = iconst.i64 3
;; @004b                               v25 = ishl v22, v24  ; v24 = 3
;; @004b                               v26 = iadd v23, v25
;; @004b                               v27 = load.i32 notrap aligned readonly region1 v26+4
;; @004b                               v28 = iconst.i32 1
;; @004b                               v29 = icmp eq v27, v28  ; v28 = 1
;; @004b                               brif v29, block2, block3
;;
;;                                 block3 cold:
;; @004b                               v30 = iconst.i64 0x5000_0fe0
;; @004b                               store.i64 notrap aligned region0 v13, v30  ; v30 = 0x5000_0fe0
;; @004b                               trapz.i32 v27, user5
;; @004b                               trap user6
;;
;;                                 block2:
;; @004b                               v31 = sload32.i64 notrap aligned readonly region1 v26
;; @004b                               v32 = iadd.i64 v26, v31
;; @004b                               v33 = call_indirect sig0, v32()
;; @004e                               jump block1(v33)
;;
;;                                 block1(v1: i32):
;; @004e                               return v1
;; }
;;
;; ; function 2
;; ; at offset 0x50 of the module
;; function u0:0() tail {
;;     sig0 = (i32) -> i32 tail
;;     fn0 = colocated u0:1 sig0 ; `dispatch` (index 1)
;;
;;                                 block0:
;; @0051                               v0 = iconst.i32 1
;; @0053                               v1 = call fn0(v0)  ; v0 = 1 ; `dispatch` (index 1)
;; @0056                               jump block1
;;
;;                                 block1:
;; @0056                               return
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
