;;! clif
;; memory.copy and memory.fill check both ranges, then call memmove and memset.
(module
  (memory (export "memory") 1)
  (func $copy (param i32 i32 i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2))
    (memory.fill (local.get 0) (i32.const 7) (local.get 2)))
  (func (export "_start") (call $copy (i32.const 0) (i32.const 8) (i32.const 8))))
;; expected:
;; ; `copy` (index 0)
;; function u0:0(i32, i32, i32) tail {
;;     region0 = 1 "state"
;;     sig0 = (i64, i64, i64) -> i64 system_v
;;     sig1 = (i64, i32, i64) -> i64 system_v
;;     fn0 = colocated u2:11 sig0
;;     fn1 = colocated u2:12 sig1
;;
;;                                 block0(v0: i32, v1: i32, v2: i32):
;; @0007                               v3 = uextend.i64 v0
;; @0007                               v4 = uextend.i64 v1
;; @0007                               v5 = uextend.i64 v2
;; @0007                               v6 = iconst.i64 0x5000_1008
;; @0007                               v7 = load.i64 notrap aligned region0 v6  ; v6 = 0x5000_1008
;; @0007                               v8 = uadd_overflow_trap v4, v5, heap_oob
;; @0007                               v9 = icmp ugt v8, v7
;; @0007                               trapnz v9, heap_oob
;; @0007                               v10 = iconst.i64 0x7000_0000
;; @0007                               v11 = iadd v10, v4  ; v10 = 0x7000_0000
;; @0007                               v12 = iconst.i64 0x5000_1008
;; @0007                               v13 = load.i64 notrap aligned region0 v12  ; v12 = 0x5000_1008
;; @0007                               v14 = uadd_overflow_trap v3, v5, heap_oob
;; @0007                               v15 = icmp ugt v14, v13
;; @0007                               trapnz v15, heap_oob
;; @0007                               v16 = iconst.i64 0x7000_0000
;; @0007                               v17 = iadd v16, v3  ; v16 = 0x7000_0000
;; @0007                               v18 = call fn0(v17, v11, v5)
;; @000d                               v19 = iconst.i32 7
;; @0011                               v20 = uextend.i64 v0
;; @0011                               v21 = uextend.i64 v2
;; @0011                               v22 = iconst.i64 0x5000_1008
;; @0011                               v23 = load.i64 notrap aligned region0 v22  ; v22 = 0x5000_1008
;; @0011                               v24 = uadd_overflow_trap v20, v21, heap_oob
;; @0011                               v25 = icmp ugt v24, v23
;; @0011                               trapnz v25, heap_oob
;; @0011                               v26 = iconst.i64 0x7000_0000
;; @0011                               v27 = iadd v26, v20  ; v26 = 0x7000_0000
;; @0011                               v28 = call fn1(v27, v19, v21)  ; v19 = 7
;; @0014                               jump block1
;;
;;                                 block1:
;; @0014                               return
;; }
;;
;; ; function 1
;; function u0:0() tail {
;;     sig0 = (i32, i32, i32) tail
;;     fn0 = colocated u0:0 sig0
;;
;;                                 block0:
;; @0001                               v0 = iconst.i32 0
;; @0003                               v1 = iconst.i32 8
;; @0005                               v2 = iconst.i32 8
;; @0007                               call fn0(v0, v1, v2)  ; v0 = 0, v1 = 8, v2 = 8
;; @0009                               jump block1
;;
;;                                 block1:
;; @0009                               return
;; }
;;
;; ; entry point
;; function u0:0(i64, i64) system_v {
;;     sig0 = () tail
;;     fn0 = colocated u0:1 sig0
;;
;; block0(v0: i64, v1: i64):
;;     call fn0()
;;     return
;; }
