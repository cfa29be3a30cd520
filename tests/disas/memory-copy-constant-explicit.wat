;;! clif explicit
;; With explicit bounds checks, both ranges of a constant length are compared before the first access.
;; A length of 0 and a long one call memmove.
(module
  (memory (export "memory") 1)
  (func $copy (param i32 i32)
    (memory.copy (local.get 0) (local.get 1) (i32.const 33))
    (memory.copy (local.get 0) (local.get 1) (i32.const 0))
    (memory.copy (local.get 0) (local.get 1) (i32.const 65)))
  (func (export "_start") (call $copy (i32.const 0) (i32.const 8))))
;; expected:
;; ; `copy` (index 0)
;; ; at offset 0x36 of the module
;; function u0:0(i32, i32) tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;     sig0 = (i64, i64, i64) -> i64 system_v
;;     fn0 = colocated u2:11 sig0 ; memmove
;;
;;                                 block0(v0: i32, v1: i32):
;;                                     v9 = iconst.i64 0x7000_0000
;; @003b                               v2 = iconst.i32 33
;; @003d                               v3 = uextend.i64 v1
;; @003d                               v4 = iconst.i64 33
;; @003d                               v5 = iadd v3, v4  ; v4 = 33
;; @003d                               v6 = iconst.i64 0x5000_1008
;; @003d                               v7 = load.i64 notrap aligned region1 v6  ; v6 = 0x5000_1008
;; @003d                               v8 = icmp ugt v5, v7
;; @003d                               trapnz v8, heap_oob
;; @003d                               v10 = iadd v3, v9  ; v9 = 0x7000_0000
;; @003d                               v11 = uextend.i64 v0
;; @003d                               v12 = iconst.i64 33
;; @003d                               v13 = iadd v11, v12  ; v12 = 33
;; @003d                               v14 = iconst.i64 0x5000_1008
;; @003d                               v15 = load.i64 notrap aligned region1 v14  ; v14 = 0x5000_1008
;; @003d                               v16 = icmp ugt v13, v15
;; @003d                               trapnz v16, heap_oob
;; @003d                               v17 = iadd v11, v9  ; v9 = 0x7000_0000
;; @003d                               v18 = load.i8x16 region0 v10
;; @003d                               v19 = load.i8x16 region0 v10+16
;; @003d                               v20 = load.i8 region0 v10+32
;; @003d                               store region0 v20, v17+32
;; @003d                               store region0 v19, v17+16
;; @003d                               store region0 v18, v17
;; @0045                               v21 = iconst.i32 0
;; @0047                               v22 = uextend.i64 v0
;; @0047                               v23 = uextend.i64 v1
;; @0047                               v24 = uextend.i64 v21  ; v21 = 0
;; @0047                               v25 = iconst.i64 0x5000_1008
;; @0047                               v26 = load.i64 notrap aligned region1 v25  ; v25 = 0x5000_1008
;; @0047                               v27 = iadd v23, v24
;; @0047                               v28 = icmp ugt v27, v26
;; @0047                               trapnz v28, heap_oob
;; @0047                               v29 = iadd v9, v23  ; v9 = 0x7000_0000
;; @0047                               v30 = iconst.i64 0x5000_1008
;; @0047                               v31 = load.i64 notrap aligned region1 v30  ; v30 = 0x5000_1008
;; @0047                               v32 = iadd v22, v24
;; @0047                               v33 = icmp ugt v32, v31
;; @0047                               trapnz v33, heap_oob
;; @0047                               v34 = iadd v9, v22  ; v9 = 0x7000_0000
;; @0047                               v35 = call fn0(v34, v29, v24) ; memmove
;; @004f                               v36 = iconst.i32 65
;; @0052                               v37 = uextend.i64 v0
;; @0052                               v38 = uextend.i64 v1
;; @0052                               v39 = uextend.i64 v36  ; v36 = 65
;; @0052                               v40 = iconst.i64 0x5000_1008
;; @0052                               v41 = load.i64 notrap aligned region1 v40  ; v40 = 0x5000_1008
;; @0052                               v42 = iadd v38, v39
;; @0052                               v43 = icmp ugt v42, v41
;; @0052                               trapnz v43, heap_oob
;; @0052                               v44 = iadd v9, v38  ; v9 = 0x7000_0000
;; @0052                               v45 = iconst.i64 0x5000_1008
;; @0052                               v46 = load.i64 notrap aligned region1 v45  ; v45 = 0x5000_1008
;; @0052                               v47 = iadd v37, v39
;; @0052                               v48 = icmp ugt v47, v46
;; @0052                               trapnz v48, heap_oob
;; @0052                               v49 = iadd v9, v37  ; v9 = 0x7000_0000
;; @0052                               v50 = call fn0(v49, v44, v39) ; memmove
;; @0056                               jump block1
;;
;;                                 block1:
;; @0056                               return
;; }
;;
;; ; function 1
;; ; at offset 0x58 of the module
;; function u0:0() tail {
;;     sig0 = (i32, i32) tail
;;     fn0 = colocated u0:0 sig0 ; `copy` (index 0)
;;
;;                                 block0:
;; @0059                               v0 = iconst.i32 0
;; @005b                               v1 = iconst.i32 8
;; @005d                               call fn0(v0, v1)  ; v0 = 0, v1 = 8 ; `copy` (index 0)
;; @005f                               jump block1
;;
;;                                 block1:
;; @005f                               return
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
