;;! clif-opt
;; A sum that each turn stores: where the numbers lie apart from it, it is stored once, behind the turns.
(module
  (memory 1)
  (func $sum (param $to i32) (param $at i32) (param $end i32) (local $sum f64)
    (loop $next
      (f64.store (local.get $to)
        (local.tee $sum (f64.add (local.get $sum) (f64.load (local.get $at)))))
      (br_if $next
        (i32.ne
          (local.tee $at (i32.add (local.get $at) (i32.const 8)))
          (local.get $end)))))
  (func (export "_start") (call $sum (i32.const 8) (i32.const 64) (i32.load (i32.const 65532)))))
;; expected:
;; ; `sum` (index 0)
;; ; at offset 0x2e of the module
;; function u0:0(i32, i32, i32) tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i32, v1: i32, v2: i32):
;;                                     v8 = iconst.i64 0x7000_0000
;;                                     v3 = f64const 0.0
;;                                     v95 = uextend.i64 v1
;; @0031                               jump block5(v3, v95)  ; v3 = 0.0
;;
;;                                 block5(v19: f64, v91: i64):
;;                                     v47 -> v91
;;                                     v92 = ireduce.i32 v91
;;                                     v20 -> v92
;;                                     v21 = isub.i32 v2, v20
;;                                     v22 = uextend.i64 v21
;;                                     v23 = iconst.i64 0
;;                                     v24 = icmp sgt v22, v23  ; v23 = 0
;;                                     v25 = iconst.i64 3
;;                                     v26 = ushr v22, v25  ; v25 = 3
;;                                     v27 = iconst.i64 8
;;                                     v28 = imul v26, v27  ; v27 = 8
;;                                     v29 = icmp eq v28, v22
;;                                     v30 = band v24, v29
;;                                     v31 = iconst.i64 -1
;;                                     v32 = iadd v26, v31  ; v31 = -1
;;                                     v33 = iconst.i64 2
;;                                     v34 = ushr v32, v33  ; v33 = 2
;;                                     v35 = iconst.i64 0
;;                                     v36 = icmp sgt v34, v35  ; v35 = 0
;;                                     v37 = band v30, v36
;;                                     brif v37, block6, block2(v19, v91)
;;
;;                                 block6:
;;                                     v38 = uextend.i64 v0
;;                                     v39 = iconst.i64 0
;;                                     v40 = imul.i64 v32, v39  ; v39 = 0
;;                                     v41 = iadd v38, v40
;;                                     v42 = iconst.i64 8
;;                                     v43 = iadd v41, v42  ; v42 = 8
;;                                     v44 = iconst.i64 0x5000_1008
;;                                     v45 = load.i64 notrap aligned region1 v44  ; v44 = 0x5000_1008
;;                                     v46 = icmp sle v43, v45
;;                                     v48 = iconst.i64 8
;;                                     v49 = imul.i64 v32, v48  ; v48 = 8
;;                                     v50 = iadd.i64 v47, v49
;;                                     v51 = iconst.i64 8
;;                                     v52 = iadd v50, v51  ; v51 = 8
;;                                     v53 = icmp sle v52, v45
;;                                     v54 = band v46, v53
;;                                     v55 = icmp sle v43, v47
;;                                     v56 = icmp sle v52, v38
;;                                     v57 = bor v55, v56
;;                                     v58 = band v54, v57
;;                                     v59 = iconst.i64 0x7000_0000
;;                                     v60 = iconst.i64 0x7000_0000
;;                                     v61 = iconst.i64 32
;;                                     v62 = imul.i64 v34, v61  ; v61 = 32
;;                                     v64 = iconst.i64 0
;;                                     brif v58, block7(v64, v19), block2(v19, v91)  ; v64 = 0
;;
;;                                 block7(v63: i64, v65: f64):
;;                                     v66 = iadd.i64 v47, v63
;;                                     v67 = iadd v66, v60  ; v60 = 0x7000_0000
;;                                     v68 = load.f64 region0 v67
;;                                     v69 = fadd v65, v68
;; @003c                               v70 = iadd.i64 v47, v63
;; @003c                               v71 = iadd v70, v60  ; v60 = 0x7000_0000
;;                                     v72 = load.f64 region0 v71+8
;;                                     v73 = fadd v69, v72
;; @003c                               v74 = iadd.i64 v47, v63
;; @003c                               v75 = iadd v74, v60  ; v60 = 0x7000_0000
;;                                     v76 = load.f64 region0 v75+16
;;                                     v77 = fadd v73, v76
;; @003c                               v78 = iadd.i64 v47, v63
;; @003c                               v79 = iadd v78, v60  ; v60 = 0x7000_0000
;;                                     v80 = load.f64 region0 v79+24
;;                                     v81 = fadd v77, v80
;; @003c                               v82 = iconst.i64 32
;; @003c                               v83 = iadd v63, v82  ; v82 = 32
;; @003c                               v84 = icmp slt v83, v62
;; @003c                               brif v84, block7(v83, v81), block8(v81)
;;
;;                                 block8(v86: f64):
;; @003c                               v85 = iadd.i64 v38, v59  ; v59 = 0x7000_0000
;;                                     store.f64 region0 v81, v85
;; @003f                               v87 = iconst.i64 32
;; @003f                               v88 = imul.i64 v34, v87  ; v87 = 32
;; @003f                               v89 = ireduce.i32 v88
;; @003f                               v90 = iadd.i32 v20, v89
;;                                     v96 = uextend.i64 v90
;; @003f                               jump block2(v86, v96)
;;
;;                                 block2(v5: f64, v93: i64):
;;                                     v7 -> v93
;;                                     v94 = ireduce.i32 v93
;;                                     v6 -> v94
;; @0039                               v9 = iadd v7, v8  ; v8 = 0x7000_0000
;; @0039                               v10 = load.f64 region0 v9
;; @003c                               v11 = fadd v5, v10
;; @003f                               v12 = uextend.i64 v0
;; @003f                               v13 = iadd v12, v8  ; v8 = 0x7000_0000
;; @003f                               store region0 v11, v13
;; @0044                               v14 = iconst.i32 8
;; @0046                               v15 = iadd v6, v14  ; v14 = 8
;; @004b                               v17 = icmp ne v15, v2
;; @004b                               v18 = uextend.i32 v17
;;                                     v97 = uextend.i64 v15
;; @004c                               brif v18, block2(v11, v97), block4
;;
;;                                 block4:
;; @004e                               jump block3
;;
;;                                 block3:
;; @004f                               jump block1
;;
;;                                 block1:
;; @004f                               return
;; }
;;
;; ; function 1
;; ; at offset 0x51 of the module
;; function u0:0() tail {
;;     region0 = 0 "memory"
;;     sig0 = (i32, i32, i32) tail
;;     fn0 = colocated u0:0 sig0 ; `sum` (index 0)
;;
;;                                 block0:
;;                                     v4 = iconst.i64 0x7000_0000
;; @0052                               v0 = iconst.i32 8
;; @0054                               v1 = iconst.i32 64
;; @0057                               v2 = iconst.i32 0xfffc
;; @005b                               v3 = uextend.i64 v2  ; v2 = 0xfffc
;; @005b                               v5 = iadd v3, v4  ; v4 = 0x7000_0000
;; @005b                               v6 = load.i32 region0 v5
;; @005e                               call fn0(v0, v1, v6)  ; v0 = 8, v1 = 64 ; `sum` (index 0)
;; @0060                               jump block1
;;
;;                                 block1:
;; @0060                               return
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
