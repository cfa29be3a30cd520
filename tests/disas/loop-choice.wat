;;! clif-opt
;;! cpu = x86-64-v2
;; The lesser of two numbers, lane by lane. Bounds and distances are constants, so that nothing is checked.
(module
  (memory 1)
  (func $least (local $at i32)
    (loop $next
      (i32.store offset=1024 (local.get $at)
        (select
          (i32.load offset=4096 (local.get $at))
          (i32.load offset=8192 (local.get $at))
          (i32.lt_s
            (i32.load offset=4096 (local.get $at))
            (i32.load offset=8192 (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (i32.ne (local.get $at) (i32.const 1024)))))
  (func (export "_start") (call $least)))
;; expected:
;; ; `least` (index 0)
;; ; at offset 0x28 of the module
;; function u0:0() tail {
;;     region0 = 0 "memory"
;;
;;                                 block0:
;;                                     v3 = iconst.i64 0x7000_0000
;;                                     v0 = iconst.i32 0
;; @002b                               jump block5(v0)  ; v0 = 0
;;
;;                                 block5(v25: i32):
;;                                     v26 = iconst.i32 0
;;                                     jump block6
;;
;;                                 block6:
;;                                     v27 = iconst.i64 0
;;                                     v28 = iconst.i64 0x7000_0000
;;                                     v29 = iconst.i64 1008
;;                                     v31 = iconst.i64 0
;;                                     v32 = iconst.i32 0
;;                                     jump block7(v31)  ; v31 = 0
;;
;;                                 block7(v30: i64):
;;                                     v33 = iadd.i64 v27, v30  ; v27 = 0
;;                                     v34 = iadd v33, v28  ; v28 = 0x7000_0000
;;                                     v35 = load.i32x4 region0 v34+4096
;;                                     v36 = iadd.i64 v27, v30  ; v27 = 0
;;                                     v37 = iadd v36, v28  ; v28 = 0x7000_0000
;;                                     v38 = load.i32x4 region0 v37+8192
;;                                     v39 = iadd.i64 v27, v30  ; v27 = 0
;;                                     v40 = iadd v39, v28  ; v28 = 0x7000_0000
;;                                     v41 = load.i32x4 region0 v40+4096
;;                                     v42 = iadd.i64 v27, v30  ; v27 = 0
;;                                     v43 = iadd v42, v28  ; v28 = 0x7000_0000
;;                                     v44 = load.i32x4 region0 v43+8192
;;                                     v45 = icmp slt v41, v44
;;                                     v46 = bitselect v45, v35, v38
;;                                     v47 = iadd.i64 v27, v30  ; v27 = 0
;;                                     v48 = iadd v47, v28  ; v28 = 0x7000_0000
;;                                     store region0 v46, v48+1024
;;                                     v49 = iconst.i64 16
;;                                     v50 = iadd v30, v49  ; v49 = 16
;;                                     v51 = icmp slt v50, v29  ; v29 = 1008
;;                                     brif v51, block7(v50), block8
;;
;;                                 block8:
;;                                     v52 = iconst.i32 1008
;;                                     v57 = uextend.i64 v52  ; v52 = 1008
;;                                     jump block2(v57)
;;
;;                                 block2(v55: i64):
;;                                     v2 -> v55
;;                                     v6 -> v55
;;                                     v9 -> v55
;;                                     v12 -> v55
;;                                     v18 -> v55
;;                                     v56 = ireduce.i32 v55
;;                                     v1 -> v56
;; @0031                               v4 = iadd v2, v3  ; v3 = 0x7000_0000
;; @0031                               v5 = load.i32 region0 v4+4096
;; @0037                               v7 = iadd v6, v3  ; v3 = 0x7000_0000
;; @0037                               v8 = load.i32 region0 v7+8192
;; @003d                               v10 = iadd v9, v3  ; v3 = 0x7000_0000
;; @003d                               v11 = load.i32 region0 v10+4096
;; @0043                               v13 = iadd v12, v3  ; v3 = 0x7000_0000
;; @0043                               v14 = load.i32 region0 v13+8192
;; @0047                               v15 = icmp slt v11, v14
;; @0047                               v16 = uextend.i32 v15
;; @0048                               v17 = select v16, v5, v8
;; @0049                               v19 = iadd v18, v3  ; v3 = 0x7000_0000
;; @0049                               store region0 v17, v19+1024
;; @004f                               v20 = iconst.i32 4
;; @0051                               v21 = iadd v1, v20  ; v20 = 4
;; @0056                               v22 = iconst.i32 1024
;; @0059                               v23 = icmp ne v21, v22  ; v22 = 1024
;; @0059                               v24 = uextend.i32 v23
;; @005a                               v53 = iconst.i32 1024
;; @005a                               v54 = icmp ult v21, v53  ; v53 = 1024
;;                                     v58 = uextend.i64 v21
;; @005a                               brif v54, block2(v58), block4
;;
;;                                 block4:
;; @005c                               jump block3
;;
;;                                 block3:
;; @005d                               jump block1
;;
;;                                 block1:
;; @005d                               return
;; }
;;
;; ; function 1
;; ; at offset 0x5f of the module
;; function u0:0() tail {
;;     sig0 = () tail
;;     fn0 = colocated u0:0 sig0 ; `least` (index 0)
;;
;;                                 block0:
;; @0060                               call fn0() ; `least` (index 0)
;; @0062                               jump block1
;;
;;                                 block1:
;; @0062                               return
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
