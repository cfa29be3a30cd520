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
;; @0047                               brif v28, block2, block3
;;
;;                                 block2 cold:
;; @0047                               v29 = iconst.i64 0x5000_0fe0
;; @0047                               store.i64 notrap aligned region1 v23, v29  ; v29 = 0x5000_0fe0
;; @0047                               v30 = iconst.i64 0x5000_0fe8
;; @0047                               store.i64 notrap aligned region1 v24, v30  ; v30 = 0x5000_0fe8
;; @0047                               v31 = iconst.i64 -9
;; @0047                               v32 = iconst.i64 0x5000_0ff0
;; @0047                               store notrap aligned region1 v31, v32  ; v31 = -9, v32 = 0x5000_0ff0
;; @0047                               trap user17
;;
;;                                 block3:
;; @0047                               v33 = iadd.i64 v9, v23  ; v9 = 0x7000_0000
;; @0047                               v34 = iconst.i64 0x5000_1008
;; @0047                               v35 = load.i64 notrap aligned region1 v34  ; v34 = 0x5000_1008
;; @0047                               v36 = iadd.i64 v22, v24
;; @0047                               v37 = icmp ugt v36, v35
;; @0047                               brif v37, block4, block5
;;
;;                                 block4 cold:
;; @0047                               v38 = iconst.i64 0x5000_0fe0
;; @0047                               store.i64 notrap aligned region1 v22, v38  ; v38 = 0x5000_0fe0
;; @0047                               v39 = iconst.i64 0x5000_0fe8
;; @0047                               store.i64 notrap aligned region1 v24, v39  ; v39 = 0x5000_0fe8
;; @0047                               v40 = iconst.i64 -9
;; @0047                               v41 = iconst.i64 0x5000_0ff0
;; @0047                               store notrap aligned region1 v40, v41  ; v40 = -9, v41 = 0x5000_0ff0
;; @0047                               trap user17
;;
;;                                 block5:
;; @0047                               v42 = iadd.i64 v9, v22  ; v9 = 0x7000_0000
;; @0047                               v43 = call fn0(v42, v33, v24) ; memmove
;; @004f                               v44 = iconst.i32 65
;; @0052                               v45 = uextend.i64 v0
;; @0052                               v46 = uextend.i64 v1
;; @0052                               v47 = uextend.i64 v44  ; v44 = 65
;; @0052                               v48 = iconst.i64 0x5000_1008
;; @0052                               v49 = load.i64 notrap aligned region1 v48  ; v48 = 0x5000_1008
;; @0052                               v50 = iadd v46, v47
;; @0052                               v51 = icmp ugt v50, v49
;; @0052                               brif v51, block6, block7
;;
;;                                 block6 cold:
;; @0052                               v52 = iconst.i64 0x5000_0fe0
;; @0052                               store.i64 notrap aligned region1 v46, v52  ; v52 = 0x5000_0fe0
;; @0052                               v53 = iconst.i64 0x5000_0fe8
;; @0052                               store.i64 notrap aligned region1 v47, v53  ; v53 = 0x5000_0fe8
;; @0052                               v54 = iconst.i64 -9
;; @0052                               v55 = iconst.i64 0x5000_0ff0
;; @0052                               store notrap aligned region1 v54, v55  ; v54 = -9, v55 = 0x5000_0ff0
;; @0052                               trap user17
;;
;;                                 block7:
;; @0052                               v56 = iadd.i64 v9, v46  ; v9 = 0x7000_0000
;; @0052                               v57 = iconst.i64 0x5000_1008
;; @0052                               v58 = load.i64 notrap aligned region1 v57  ; v57 = 0x5000_1008
;; @0052                               v59 = iadd.i64 v45, v47
;; @0052                               v60 = icmp ugt v59, v58
;; @0052                               brif v60, block8, block9
;;
;;                                 block8 cold:
;; @0052                               v61 = iconst.i64 0x5000_0fe0
;; @0052                               store.i64 notrap aligned region1 v45, v61  ; v61 = 0x5000_0fe0
;; @0052                               v62 = iconst.i64 0x5000_0fe8
;; @0052                               store.i64 notrap aligned region1 v47, v62  ; v62 = 0x5000_0fe8
;; @0052                               v63 = iconst.i64 -9
;; @0052                               v64 = iconst.i64 0x5000_0ff0
;; @0052                               store notrap aligned region1 v63, v64  ; v63 = -9, v64 = 0x5000_0ff0
;; @0052                               trap user17
;;
;;                                 block9:
;; @0052                               v65 = iadd.i64 v9, v45  ; v9 = 0x7000_0000
;; @0052                               v66 = call fn0(v65, v56, v47) ; memmove
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
