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
;;                                     v10 = iconst.i64 0x7000_0000
;; @003e                               v3 = uextend.i64 v0
;; @003e                               v4 = uextend.i64 v1
;; @003e                               v5 = uextend.i64 v2
;; @003e                               v6 = iconst.i64 0x5000_1008
;; @003e                               v7 = load.i64 notrap aligned region0 v6  ; v6 = 0x5000_1008
;; @003e                               v8 = iadd v4, v5
;; @003e                               v9 = icmp ugt v8, v7
;; @003e                               trapnz v9, heap_oob
;; @003e                               v11 = iadd v10, v4  ; v10 = 0x7000_0000
;; @003e                               v12 = iconst.i64 0x5000_1008
;; @003e                               v13 = load.i64 notrap aligned region0 v12  ; v12 = 0x5000_1008
;; @003e                               v14 = iadd v3, v5
;; @003e                               v15 = icmp ugt v14, v13
;; @003e                               trapnz v15, heap_oob
;; @003e                               v16 = iadd v10, v3  ; v10 = 0x7000_0000
;; @003e                               v17 = call fn0(v16, v11, v5) ; memmove
;; @0044                               v18 = iconst.i32 7
;; @0048                               v19 = uextend.i64 v0
;; @0048                               v20 = uextend.i64 v2
;; @0048                               v21 = iconst.i64 0x5000_1008
;; @0048                               v22 = load.i64 notrap aligned region0 v21  ; v21 = 0x5000_1008
;; @0048                               v23 = iadd v19, v20
;; @0048                               v24 = icmp ugt v23, v22
;; @0048                               trapnz v24, heap_oob
;; @0048                               v25 = iadd v10, v19  ; v10 = 0x7000_0000
;; @0048                               v26 = call fn1(v25, v18, v20)  ; v18 = 7 ; memset
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
