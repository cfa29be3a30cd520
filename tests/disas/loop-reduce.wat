;;! clif-opt
;; A sum of integers and the greatest of bytes: each lane takes a part of them.
(module
  (memory 1)
  (func $sum (param $at i32) (param $end i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (i32.load (local.get $at)) (local.get $sum)))
      (br_if $next
        (i32.ne
          (local.tee $at (i32.add (local.get $at) (i32.const 4)))
          (local.get $end))))
    (local.get $sum))
  (func $greatest (param $at i32) (param $end i32) (result i32) (local $most i32) (local $one i32)
    (loop $next
      (local.set $one (i32.load8_u (local.get $at)))
      (local.set $most
        (select (local.get $one) (local.get $most) (i32.gt_u (local.get $one) (local.get $most))))
      (br_if $next
        (i32.ne
          (local.tee $at (i32.add (local.get $at) (i32.const 1)))
          (local.get $end))))
    (local.get $most))
  (func (export "_start")
    (i32.store (i32.const 0) (call $sum (i32.const 64) (i32.load (i32.const 65532))))
    (i32.store (i32.const 4) (call $greatest (i32.const 64) (i32.load (i32.const 65532))))))
;; expected:
;; ; `sum` (index 0)
;; ; at offset 0x2f of the module
;; function u0:0(i32, i32) -> i32 tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i32, v1: i32):
;;                                     v6 = iconst.i64 0x7000_0000
;;                                     v3 = iconst.i32 0
;;                                     v76 = uextend.i64 v0
;; @0032                               jump block5(v76, v3)  ; v3 = 0
;;
;;                                 block5(v72: i64, v17: i32):
;;                                     v36 -> v72
;;                                     v73 = ireduce.i32 v72
;;                                     v16 -> v73
;;                                     v18 = isub.i32 v1, v16
;;                                     v19 = uextend.i64 v18
;;                                     v20 = iconst.i64 0
;;                                     v21 = icmp sgt v19, v20  ; v20 = 0
;;                                     v22 = iconst.i64 2
;;                                     v23 = ushr v19, v22  ; v22 = 2
;;                                     v24 = iconst.i64 4
;;                                     v25 = imul v23, v24  ; v24 = 4
;;                                     v26 = icmp eq v25, v19
;;                                     v27 = band v21, v26
;;                                     v28 = iconst.i64 -1
;;                                     v29 = iadd v23, v28  ; v28 = -1
;;                                     v30 = iconst.i64 2
;;                                     v31 = ushr v29, v30  ; v30 = 2
;;                                     v32 = iconst.i64 0
;;                                     v33 = icmp sgt v31, v32  ; v32 = 0
;;                                     v34 = band v27, v33
;;                                     v35 = iconst.i32 0
;;                                     brif v34, block6, block2(v72, v35)  ; v35 = 0
;;
;;                                 block6:
;;                                     v37 = iconst.i64 4
;;                                     v38 = imul.i64 v29, v37  ; v37 = 4
;;                                     v39 = iadd.i64 v36, v38
;;                                     v40 = iconst.i64 4
;;                                     v41 = iadd v39, v40  ; v40 = 4
;;                                     v42 = iconst.i64 0x5000_1008
;;                                     v43 = load.i64 notrap aligned region1 v42  ; v42 = 0x5000_1008
;;                                     v44 = icmp sle v41, v43
;;                                     v45 = iconst.i64 0x7000_0000
;;                                     v46 = iconst.i64 16
;;                                     v47 = imul.i64 v31, v46  ; v46 = 16
;;                                     v49 = iconst.i64 0
;;                                     v50 = scalar_to_vector.i32x4 v17
;;                                     v52 = iconst.i32 0
;;                                     brif v44, block7(v49, v50), block2(v72, v52)  ; v49 = 0, v52 = 0
;;
;;                                 block7(v48: i64, v51: i32x4):
;;                                     v53 = iadd.i64 v36, v48
;;                                     v54 = iadd v53, v45  ; v45 = 0x7000_0000
;;                                     v55 = load.i32x4 region0 v54
;;                                     v56 = iadd v51, v55
;;                                     v57 = iconst.i64 16
;;                                     v58 = iadd v48, v57  ; v57 = 16
;;                                     v59 = icmp slt v58, v47
;;                                     brif v59, block7(v58, v56), block8(v56)
;;
;;                                 block8(v64: i32x4):
;;                                     v60 = iconst.i64 16
;;                                     v61 = imul.i64 v31, v60  ; v60 = 16
;;                                     v62 = ireduce.i32 v61
;;                                     v63 = iadd.i32 v16, v62
;;                                     v65 = extractlane v64, 0
;;                                     v66 = extractlane v64, 1
;;                                     v67 = iadd v65, v66
;;                                     v68 = extractlane v64, 2
;;                                     v69 = iadd v67, v68
;;                                     v70 = extractlane v64, 3
;;                                     v71 = iadd v69, v70
;;                                     v77 = uextend.i64 v63
;;                                     jump block2(v77, v71)
;;
;;                                 block2(v74: i64, v9: i32):
;;                                     v5 -> v74
;;                                     v75 = ireduce.i32 v74
;;                                     v4 -> v75
;; @0036                               v7 = iadd v5, v6  ; v6 = 0x7000_0000
;; @0036                               v8 = load.i32 region0 v7
;; @003b                               v10 = iadd v8, v9
;; @0040                               v11 = iconst.i32 4
;; @0042                               v12 = iadd v4, v11  ; v11 = 4
;; @0047                               v14 = icmp ne v12, v1
;; @0047                               v15 = uextend.i32 v14
;;                                     v78 = uextend.i64 v12
;; @0048                               brif v15, block2(v78, v10), block4
;;
;;                                 block4:
;; @004a                               jump block3
;;
;;                                 block3:
;; @004d                               jump block1
;;
;;                                 block1:
;; @004d                               return v10
;; }
;;
;; ; `greatest` (index 1)
;; ; at offset 0x4f of the module
;; function u0:0(i32, i32) -> i32 tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i32, v1: i32):
;;                                     v6 = iconst.i64 0x7000_0000
;;                                     v3 = iconst.i32 0
;;                                     v80 = uextend.i64 v0
;; @0052                               jump block5(v80, v3)  ; v3 = 0
;;
;;                                 block5(v76: i64, v19: i32):
;;                                     v34 -> v76
;;                                     v77 = ireduce.i32 v76
;;                                     v18 -> v77
;;                                     v20 = isub.i32 v1, v18
;;                                     v21 = uextend.i64 v20
;;                                     v22 = iconst.i64 0
;;                                     v23 = icmp sgt v21, v22  ; v22 = 0
;;                                     v24 = icmp eq v21, v21
;;                                     v25 = band v23, v24
;;                                     v26 = iconst.i64 -1
;;                                     v27 = iadd v21, v26  ; v26 = -1
;;                                     v28 = iconst.i64 2
;;                                     v29 = ushr v27, v28  ; v28 = 2
;;                                     v30 = iconst.i64 0
;;                                     v31 = icmp sgt v29, v30  ; v30 = 0
;;                                     v32 = band v25, v31
;;                                     v33 = iconst.i32 0
;;                                     brif v32, block6, block2(v76, v33)  ; v33 = 0
;;
;;                                 block6:
;;                                     v35 = iadd.i64 v34, v27
;;                                     v36 = iconst.i64 1
;;                                     v37 = iadd v35, v36  ; v36 = 1
;;                                     v38 = iconst.i64 0x5000_1008
;;                                     v39 = load.i64 notrap aligned region1 v38  ; v38 = 0x5000_1008
;;                                     v40 = icmp sle v37, v39
;;                                     v41 = iconst.i64 0x7000_0000
;;                                     v42 = iconst.i64 4
;;                                     v43 = imul.i64 v29, v42  ; v42 = 4
;;                                     v45 = iconst.i64 0
;;                                     v46 = splat.i32x4 v19
;;                                     v48 = iconst.i32 0
;;                                     brif v40, block7(v45, v46), block2(v76, v48)  ; v45 = 0, v48 = 0
;;
;;                                 block7(v44: i64, v47: i32x4):
;;                                     v49 = iadd.i64 v34, v44
;;                                     v50 = iadd v49, v41  ; v41 = 0x7000_0000
;;                                     v51 = load.i32 region0 v50
;;                                     v52 = scalar_to_vector.i32x4 v51
;;                                     v53 = bitcast.i8x16 little v52
;;                                     v54 = uwiden_low v53
;;                                     v55 = uwiden_low v54
;;                                     v56 = icmp ugt v47, v55
;;                                     v57 = bitselect v56, v47, v55
;;                                     v58 = iconst.i64 4
;;                                     v59 = iadd v44, v58  ; v58 = 4
;;                                     v60 = icmp slt v59, v43
;;                                     brif v60, block7(v59, v57), block8(v57)
;;
;;                                 block8(v65: i32x4):
;;                                     v61 = iconst.i64 4
;;                                     v62 = imul.i64 v29, v61  ; v61 = 4
;;                                     v63 = ireduce.i32 v62
;;                                     v64 = iadd.i32 v18, v63
;;                                     v66 = extractlane v65, 0
;;                                     v67 = extractlane v65, 1
;;                                     v68 = icmp ugt v66, v67
;;                                     v69 = select v68, v66, v67
;;                                     v70 = extractlane v65, 2
;;                                     v71 = icmp ugt v69, v70
;;                                     v72 = select v71, v69, v70
;;                                     v73 = extractlane v65, 3
;;                                     v74 = icmp ugt v72, v73
;;                                     v75 = select v74, v72, v73
;;                                     v81 = uextend.i64 v64
;;                                     jump block2(v81, v75)
;;
;;                                 block2(v78: i64, v9: i32):
;;                                     v5 -> v78
;;                                     v79 = ireduce.i32 v78
;;                                     v4 -> v79
;; @0056                               v7 = iadd v5, v6  ; v6 = 0x7000_0000
;; @0056                               v8 = uload8.i32 region0 v7
;; @0063                               v10 = icmp ugt v8, v9
;; @0063                               v11 = uextend.i32 v10
;; @0064                               v12 = select v11, v8, v9
;; @0069                               v13 = iconst.i32 1
;; @006b                               v14 = iadd v4, v13  ; v13 = 1
;; @0070                               v16 = icmp ne v14, v1
;; @0070                               v17 = uextend.i32 v16
;;                                     v82 = uextend.i64 v14
;; @0071                               brif v17, block2(v82, v12), block4
;;
;;                                 block4:
;; @0073                               jump block3
;;
;;                                 block3:
;; @0076                               jump block1
;;
;;                                 block1:
;; @0076                               return v12
;; }
;;
;; ; function 2
;; ; at offset 0x78 of the module
;; function u0:0() tail {
;;     region0 = 0 "memory"
;;     sig0 = (i32, i32) -> i32 tail
;;     sig1 = (i32, i32) -> i32 tail
;;     fn0 = colocated u0:0 sig0 ; `sum` (index 0)
;;     fn1 = colocated u0:1 sig1 ; `greatest` (index 1)
;;
;;                                 block0:
;;                                     v4 = iconst.i64 0x7000_0000
;; @0079                               v0 = iconst.i32 0
;; @007b                               v1 = iconst.i32 64
;; @007e                               v2 = iconst.i32 0xfffc
;; @0082                               v3 = uextend.i64 v2  ; v2 = 0xfffc
;; @0082                               v5 = iadd v3, v4  ; v4 = 0x7000_0000
;; @0082                               v6 = load.i32 region0 v5
;; @0085                               v7 = call fn0(v1, v6)  ; v1 = 64 ; `sum` (index 0)
;; @0087                               v8 = uextend.i64 v0  ; v0 = 0
;; @0087                               v9 = iadd v8, v4  ; v4 = 0x7000_0000
;; @0087                               store region0 v7, v9
;; @008a                               v10 = iconst.i32 4
;; @008c                               v11 = iconst.i32 64
;; @008f                               v12 = iconst.i32 0xfffc
;; @0093                               v13 = uextend.i64 v12  ; v12 = 0xfffc
;; @0093                               v14 = iadd v13, v4  ; v4 = 0x7000_0000
;; @0093                               v15 = load.i32 region0 v14
;; @0096                               v16 = call fn1(v11, v15)  ; v11 = 64 ; `greatest` (index 1)
;; @0098                               v17 = uextend.i64 v10  ; v10 = 4
;; @0098                               v18 = iadd v17, v4  ; v4 = 0x7000_0000
;; @0098                               store region0 v16, v18
;; @009b                               jump block1
;;
;;                                 block1:
;; @009b                               return
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
