;;! clif-opt
;; What a turn stores is what the next one loads: no vectors.
(module
  (memory 1)
  (func $sums (param $at i32) (param $end i32)
    (loop $next
      (i32.store offset=4 (local.get $at)
        (i32.add (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))))
      (br_if $next
        (i32.ne
          (local.tee $at (i32.add (local.get $at) (i32.const 4)))
          (local.get $end)))))
  (func (export "_start") (call $sums (i32.const 0) (i32.load (i32.const 65532)))))
;; expected:
;; ; `sums` (index 0)
;; ; at offset 0x2d of the module
;; function u0:0(i32, i32) tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i32, v1: i32):
;;                                     v4 = iconst.i64 0x7000_0000
;;                                     v97 = uextend.i64 v0
;; @002e                               jump block5(v97)
;;
;;                                 block5(v93: i64):
;;                                     v36 -> v93
;;                                     v94 = ireduce.i32 v93
;;                                     v18 -> v94
;;                                     v19 = isub.i32 v1, v18
;;                                     v20 = uextend.i64 v19
;;                                     v21 = iconst.i64 0
;;                                     v22 = icmp sgt v20, v21  ; v21 = 0
;;                                     v23 = iconst.i64 2
;;                                     v24 = ushr v20, v23  ; v23 = 2
;;                                     v25 = iconst.i64 4
;;                                     v26 = imul v24, v25  ; v25 = 4
;;                                     v27 = icmp eq v26, v20
;;                                     v28 = band v22, v27
;;                                     v29 = iconst.i64 -1
;;                                     v30 = iadd v24, v29  ; v29 = -1
;;                                     v31 = iconst.i64 2
;;                                     v32 = ushr v30, v31  ; v31 = 2
;;                                     v33 = iconst.i64 0
;;                                     v34 = icmp sgt v32, v33  ; v33 = 0
;;                                     v35 = band v28, v34
;;                                     brif v35, block6, block2(v93)
;;
;;                                 block6:
;;                                     v37 = iconst.i64 4
;;                                     v38 = imul.i64 v30, v37  ; v37 = 4
;;                                     v39 = iadd.i64 v36, v38
;;                                     v40 = iconst.i64 8
;;                                     v41 = iadd v39, v40  ; v40 = 8
;;                                     v42 = iconst.i64 0x5000_1008
;;                                     v43 = load.i64 notrap aligned region1 v42  ; v42 = 0x5000_1008
;;                                     v44 = icmp sle v41, v43
;;                                     v45 = iconst.i64 0x7000_0000
;;                                     v46 = iconst.i64 16
;;                                     v47 = imul.i64 v32, v46  ; v46 = 16
;;                                     v49 = iconst.i64 0
;;                                     brif v44, block7(v49), block2(v93)  ; v49 = 0
;;
;;                                 block7(v48: i64):
;;                                     v50 = iadd.i64 v36, v48
;;                                     v51 = iadd v50, v45  ; v45 = 0x7000_0000
;;                                     v52 = load.i32 region0 v51
;; @0034                               v53 = iadd.i64 v36, v48
;; @0034                               v54 = iadd v53, v45  ; v45 = 0x7000_0000
;;                                     v55 = load.i32 region0 v54+4
;;                                     v56 = iadd v52, v55
;; @003c                               v57 = iadd.i64 v36, v48
;; @003c                               v58 = iadd v57, v45  ; v45 = 0x7000_0000
;;                                     store region0 v56, v58+4
;; @003d                               v59 = iadd.i64 v36, v48
;; @003d                               v60 = iadd v59, v45  ; v45 = 0x7000_0000
;;                                     v61 = load.i32 region0 v60+4
;; @0034                               v62 = iadd.i64 v36, v48
;; @0034                               v63 = iadd v62, v45  ; v45 = 0x7000_0000
;;                                     v64 = load.i32 region0 v63+8
;;                                     v65 = iadd v61, v64
;; @003c                               v66 = iadd.i64 v36, v48
;; @003c                               v67 = iadd v66, v45  ; v45 = 0x7000_0000
;;                                     store region0 v65, v67+8
;; @003d                               v68 = iadd.i64 v36, v48
;; @003d                               v69 = iadd v68, v45  ; v45 = 0x7000_0000
;;                                     v70 = load.i32 region0 v69+8
;; @0034                               v71 = iadd.i64 v36, v48
;; @0034                               v72 = iadd v71, v45  ; v45 = 0x7000_0000
;;                                     v73 = load.i32 region0 v72+12
;;                                     v74 = iadd v70, v73
;; @003c                               v75 = iadd.i64 v36, v48
;; @003c                               v76 = iadd v75, v45  ; v45 = 0x7000_0000
;;                                     store region0 v74, v76+12
;; @003d                               v77 = iadd.i64 v36, v48
;; @003d                               v78 = iadd v77, v45  ; v45 = 0x7000_0000
;;                                     v79 = load.i32 region0 v78+12
;; @0034                               v80 = iadd.i64 v36, v48
;; @0034                               v81 = iadd v80, v45  ; v45 = 0x7000_0000
;;                                     v82 = load.i32 region0 v81+16
;;                                     v83 = iadd v79, v82
;; @003c                               v84 = iadd.i64 v36, v48
;; @003c                               v85 = iadd v84, v45  ; v45 = 0x7000_0000
;;                                     store region0 v83, v85+16
;; @003d                               v86 = iconst.i64 16
;; @003d                               v87 = iadd v48, v86  ; v86 = 16
;; @003d                               v88 = icmp slt v87, v47
;; @003d                               brif v88, block7(v87), block8
;;
;;                                 block8:
;; @003d                               v89 = iconst.i64 16
;; @003d                               v90 = imul.i64 v32, v89  ; v89 = 16
;; @003d                               v91 = ireduce.i32 v90
;; @003d                               v92 = iadd.i32 v18, v91
;;                                     v98 = uextend.i64 v92
;; @003d                               jump block2(v98)
;;
;;                                 block2(v95: i64):
;;                                     v3 -> v95
;;                                     v7 -> v95
;;                                     v11 -> v95
;;                                     v96 = ireduce.i32 v95
;;                                     v2 -> v96
;; @0034                               v5 = iadd v3, v4  ; v4 = 0x7000_0000
;; @0034                               v6 = load.i32 region0 v5
;; @0039                               v8 = iadd v7, v4  ; v4 = 0x7000_0000
;; @0039                               v9 = load.i32 region0 v8+4
;; @003c                               v10 = iadd v6, v9
;; @003d                               v12 = iadd v11, v4  ; v4 = 0x7000_0000
;; @003d                               store region0 v10, v12+4
;; @0042                               v13 = iconst.i32 4
;; @0044                               v14 = iadd v2, v13  ; v13 = 4
;; @0049                               v16 = icmp ne v14, v1
;; @0049                               v17 = uextend.i32 v16
;;                                     v99 = uextend.i64 v14
;; @004a                               brif v17, block2(v99), block4
;;
;;                                 block4:
;; @004c                               jump block3
;;
;;                                 block3:
;; @004d                               jump block1
;;
;;                                 block1:
;; @004d                               return
;; }
;;
;; ; function 1
;; ; at offset 0x4f of the module
;; function u0:0() tail {
;;     region0 = 0 "memory"
;;     sig0 = (i32, i32) tail
;;     fn0 = colocated u0:0 sig0 ; `sums` (index 0)
;;
;;                                 block0:
;;                                     v3 = iconst.i64 0x7000_0000
;; @0050                               v0 = iconst.i32 0
;; @0052                               v1 = iconst.i32 0xfffc
;; @0056                               v2 = uextend.i64 v1  ; v1 = 0xfffc
;; @0056                               v4 = iadd v2, v3  ; v3 = 0x7000_0000
;; @0056                               v5 = load.i32 region0 v4
;; @0059                               call fn0(v0, v5)  ; v0 = 0 ; `sums` (index 0)
;; @005b                               jump block1
;;
;;                                 block1:
;; @005b                               return
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
