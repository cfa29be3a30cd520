;;! clif-opt
;; memory.copy and memory.fill check both ranges, then call memmove and memset.
(module
  (memory (export "memory") 1)
  (func $copy (param i32 i32 i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2))
    (memory.fill (local.get 0) (i32.const 7) (local.get 2)))
  (func (export "_start") (call $copy (i32.const 0) (i32.const 8) (i32.const 8))))
;; expected:
;; ; `copy` (index 0)
;; ; at offset 0x37 of the module
;; function u0:0(i32, i32, i32) tail {
;;     region0 = 1 "state"
;;     sig0 = (i64, i64, i64) -> i64 system_v
;;     sig1 = (i64, i32, i64) -> i64 system_v
;;     fn0 = colocated u2:11 sig0 ; memmove
;;     fn1 = colocated u2:12 sig1 ; memset
;;
;;                                 block0(v0: i32, v1: i32, v2: i32):
;;                                     v14 = iconst.i64 0x7000_0000
;; @003e                               v3 = uextend.i64 v0
;; @003e                               v4 = uextend.i64 v1
;; @003e                               v5 = uextend.i64 v2
;; @003e                               v6 = iconst.i64 0x5000_1008
;; @003e                               v7 = load.i64 notrap aligned region0 v6  ; v6 = 0x5000_1008
;; @003e                               v8 = iadd v4, v5
;; @003e                               v9 = icmp ugt v8, v7
;; @003e                               brif v9, block2, block3
;;
;;                                 block2 cold:
;; @003e                               v10 = iconst.i64 0x5000_0fe0
;; @003e                               store.i64 notrap aligned region0 v4, v10  ; v10 = 0x5000_0fe0
;; @003e                               v11 = iconst.i64 0x5000_0fe8
;; @003e                               store.i64 notrap aligned region0 v5, v11  ; v11 = 0x5000_0fe8
;; @003e                               v12 = iconst.i64 -9
;; @003e                               v13 = iconst.i64 0x5000_0ff0
;; @003e                               store notrap aligned region0 v12, v13  ; v12 = -9, v13 = 0x5000_0ff0
;; @003e                               trap user17
;;
;;                                 block3:
;; @003e                               v15 = iadd.i64 v14, v4  ; v14 = 0x7000_0000
;; @003e                               v16 = iconst.i64 0x5000_1008
;; @003e                               v17 = load.i64 notrap aligned region0 v16  ; v16 = 0x5000_1008
;; @003e                               v18 = iadd.i64 v3, v5
;; @003e                               v19 = icmp ugt v18, v17
;; @003e                               brif v19, block4, block5
;;
;;                                 block4 cold:
;; @003e                               v20 = iconst.i64 0x5000_0fe0
;; @003e                               store.i64 notrap aligned region0 v3, v20  ; v20 = 0x5000_0fe0
;; @003e                               v21 = iconst.i64 0x5000_0fe8
;; @003e                               store.i64 notrap aligned region0 v5, v21  ; v21 = 0x5000_0fe8
;; @003e                               v22 = iconst.i64 -9
;; @003e                               v23 = iconst.i64 0x5000_0ff0
;; @003e                               store notrap aligned region0 v22, v23  ; v22 = -9, v23 = 0x5000_0ff0
;; @003e                               trap user17
;;
;;                                 block5:
;; @003e                               v24 = iadd.i64 v14, v3  ; v14 = 0x7000_0000
;; @003e                               v25 = call fn0(v24, v15, v5) ; memmove
;; @0044                               v26 = iconst.i32 7
;; @0048                               v27 = uextend.i64 v0
;; @0048                               v28 = uextend.i64 v2
;; @0048                               v29 = iconst.i64 0x5000_1008
;; @0048                               v30 = load.i64 notrap aligned region0 v29  ; v29 = 0x5000_1008
;; @0048                               v31 = iadd v27, v28
;; @0048                               v32 = icmp ugt v31, v30
;; @0048                               brif v32, block6, block7
;;
;;                                 block6 cold:
;; @0048                               v33 = iconst.i64 0x5000_0fe0
;; @0048                               store.i64 notrap aligned region0 v27, v33  ; v33 = 0x5000_0fe0
;; @0048                               v34 = iconst.i64 0x5000_0fe8
;; @0048                               store.i64 notrap aligned region0 v28, v34  ; v34 = 0x5000_0fe8
;; @0048                               v35 = iconst.i64 -9
;; @0048                               v36 = iconst.i64 0x5000_0ff0
;; @0048                               store notrap aligned region0 v35, v36  ; v35 = -9, v36 = 0x5000_0ff0
;; @0048                               trap user17
;;
;;                                 block7:
;; @0048                               v37 = iadd.i64 v14, v27  ; v14 = 0x7000_0000
;; @0048                               v38 = call fn1(v37, v26, v28)  ; v26 = 7 ; memset
;; @004b                               jump block1
;;
;;                                 block1:
;; @004b                               return
;; }
;;
;; ; function 1
;; ; at offset 0x4d of the module
;; function u0:0() tail {
;;     sig0 = (i32, i32, i32) tail
;;     fn0 = colocated u0:0 sig0 ; `copy` (index 0)
;;
;;                                 block0:
;; @004e                               v0 = iconst.i32 0
;; @0050                               v1 = iconst.i32 8
;; @0052                               v2 = iconst.i32 8
;; @0054                               call fn0(v0, v1, v2)  ; v0 = 0, v1 = 8, v2 = 8 ; `copy` (index 0)
;; @0056                               jump block1
;;
;;                                 block1:
;; @0056                               return
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
