;;! clif-opt
;; Numbers of 16 bits: loaded with their sign, computed in 32 bits, cut when they are stored.
(module
  (memory 1)
  (func $scale (param $at i32) (param $end i32) (param $by i32)
    (loop $next
      (i32.store16 (local.get $at)
        (i32.xor
          (i32.mul (i32.add (i32.load16_s (local.get $at)) (i32.const 5)) (local.get $by))
          (i32.shl (i32.load16_s (local.get $at)) (i32.const 3))))
      (br_if $next
        (i32.ne
          (local.tee $at (i32.add (local.get $at) (i32.const 2)))
          (local.get $end)))))
  (func (export "_start") (call $scale (i32.const 64) (i32.load (i32.const 65532)) (i32.load (i32.const 0)))))
;; expected:
;; ; `scale` (index 0)
;; ; at offset 0x2e of the module
;; function u0:0(i32, i32, i32) tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i32, v1: i32, v2: i32):
;;                                     v5 = iconst.i64 0x7000_0000
;;                                     v90 = uextend.i64 v0
;; @002f                               jump block5(v90)
;;
;;                                 block5(v86: i64):
;;                                     v43 -> v86
;;                                     v87 = ireduce.i32 v86
;;                                     v25 -> v87
;;                                     v26 = isub.i32 v1, v25
;;                                     v27 = uextend.i64 v26
;;                                     v28 = iconst.i64 0
;;                                     v29 = icmp sgt v27, v28  ; v28 = 0
;;                                     v30 = iconst.i64 1
;;                                     v31 = ushr v27, v30  ; v30 = 1
;;                                     v32 = iconst.i64 2
;;                                     v33 = imul v31, v32  ; v32 = 2
;;                                     v34 = icmp eq v33, v27
;;                                     v35 = band v29, v34
;;                                     v36 = iconst.i64 -1
;;                                     v37 = iadd v31, v36  ; v36 = -1
;;                                     v38 = iconst.i64 2
;;                                     v39 = ushr v37, v38  ; v38 = 2
;;                                     v40 = iconst.i64 0
;;                                     v41 = icmp sgt v39, v40  ; v40 = 0
;;                                     v42 = band v35, v41
;;                                     brif v42, block6, block2(v86)
;;
;;                                 block6:
;;                                     v44 = iconst.i64 2
;;                                     v45 = imul.i64 v37, v44  ; v44 = 2
;;                                     v46 = iadd.i64 v43, v45
;;                                     v47 = iconst.i64 2
;;                                     v48 = iadd v46, v47  ; v47 = 2
;;                                     v49 = iconst.i64 0x5000_1008
;;                                     v50 = load.i64 notrap aligned region1 v49  ; v49 = 0x5000_1008
;;                                     v51 = icmp sle v48, v50
;;                                     v52 = iconst.i64 0x7000_0000
;;                                     v53 = splat.i32x4 v2
;;                                     v54 = iconst.i32 5
;; @0038                               v55 = splat.i32x4 v54  ; v54 = 5
;;                                     v56 = iconst.i32 3
;; @0043                               v57 = iconst.i64 8
;; @0043                               v58 = imul.i64 v39, v57  ; v57 = 8
;; @0043                               v60 = iconst.i64 0
;; @0043                               brif v51, block7(v60), block2(v86)  ; v60 = 0
;;
;;                                 block7(v59: i64):
;; @0043                               v61 = iadd.i64 v43, v59
;; @0043                               v62 = iadd v61, v52  ; v52 = 0x7000_0000
;; @0043                               v63 = sload16x4 region0 v62
;; @0043                               v64 = iadd v63, v55
;; @0043                               v65 = imul v64, v53
;; @0043                               v66 = iadd.i64 v43, v59
;; @0043                               v67 = iadd v66, v52  ; v52 = 0x7000_0000
;; @0043                               v68 = sload16x4 region0 v67
;; @0043                               v69 = ishl v68, v56  ; v56 = 3
;; @0043                               v70 = bxor v65, v69
;; @0043                               v71 = iadd.i64 v43, v59
;; @0043                               v72 = iadd v71, v52  ; v52 = 0x7000_0000
;; @0043                               v73 = iconst.i32 16
;; @0043                               v74 = ishl v70, v73  ; v73 = 16
;; @0043                               v75 = sshr v74, v73  ; v73 = 16
;; @0043                               v76 = snarrow v75, v75
;; @0043                               v77 = bitcast.i64x2 little v76
;; @0043                               v78 = extractlane v77, 0
;; @0043                               store region0 v78, v72
;; @0043                               v79 = iconst.i64 8
;; @0043                               v80 = iadd v59, v79  ; v79 = 8
;; @0043                               v81 = icmp slt v80, v58
;; @0043                               brif v81, block7(v80), block8
;;
;;                                 block8:
;; @0043                               v82 = iconst.i64 8
;; @0043                               v83 = imul.i64 v39, v82  ; v82 = 8
;; @0043                               v84 = ireduce.i32 v83
;; @0043                               v85 = iadd.i32 v25, v84
;;                                     v91 = uextend.i64 v85
;; @0043                               jump block2(v91)
;;
;;                                 block2(v88: i64):
;;                                     v4 -> v88
;;                                     v12 -> v88
;;                                     v18 -> v88
;;                                     v89 = ireduce.i32 v88
;;                                     v3 -> v89
;; @0035                               v6 = iadd v4, v5  ; v5 = 0x7000_0000
;; @0035                               v7 = sload16.i32 region0 v6
;; @0038                               v8 = iconst.i32 5
;; @003a                               v9 = iadd v7, v8  ; v8 = 5
;; @003d                               v11 = imul v9, v2
;; @0040                               v13 = iadd v12, v5  ; v5 = 0x7000_0000
;; @0040                               v14 = sload16.i32 region0 v13
;; @0043                               v15 = iconst.i32 3
;; @0045                               v16 = ishl v14, v15  ; v15 = 3
;; @0046                               v17 = bxor v11, v16
;; @0047                               v19 = iadd v18, v5  ; v5 = 0x7000_0000
;; @0047                               istore16 region0 v17, v19
;; @004c                               v20 = iconst.i32 2
;; @004e                               v21 = iadd v3, v20  ; v20 = 2
;; @0053                               v23 = icmp ne v21, v1
;; @0053                               v24 = uextend.i32 v23
;;                                     v92 = uextend.i64 v21
;; @0054                               brif v24, block2(v92), block4
;;
;;                                 block4:
;; @0056                               jump block3
;;
;;                                 block3:
;; @0057                               jump block1
;;
;;                                 block1:
;; @0057                               return
;; }
;;
;; ; function 1
;; ; at offset 0x59 of the module
;; function u0:0() tail {
;;     region0 = 0 "memory"
;;     sig0 = (i32, i32, i32) tail
;;     fn0 = colocated u0:0 sig0 ; `scale` (index 0)
;;
;;                                 block0:
;;                                     v3 = iconst.i64 0x7000_0000
;; @005a                               v0 = iconst.i32 64
;; @005d                               v1 = iconst.i32 0xfffc
;; @0061                               v2 = uextend.i64 v1  ; v1 = 0xfffc
;; @0061                               v4 = iadd v2, v3  ; v3 = 0x7000_0000
;; @0061                               v5 = load.i32 region0 v4
;; @0064                               v6 = iconst.i32 0
;; @0066                               v7 = uextend.i64 v6  ; v6 = 0
;; @0066                               v8 = iadd v7, v3  ; v3 = 0x7000_0000
;; @0066                               v9 = load.i32 region0 v8
;; @0069                               call fn0(v0, v5, v9)  ; v0 = 64 ; `scale` (index 0)
;; @006b                               jump block1
;;
;;                                 block1:
;; @006b                               return
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
