;;! clif-opt
;; Numbers that a loop passes back and treats alike go into vectors, four in each: here eight, of which the second four
;; change their places.
(module
  (memory 1)
  (func $mix (param $turns i32) (param $a i32) (param $b i32) (param $c i32) (param $d i32) (result i32)
    (local $e i32) (local $f i32) (local $g i32) (local $h i32) (local $swap i32)
    (local.set $e (i32.load (i32.const 0)))
    (local.set $f (i32.load (i32.const 4)))
    (local.set $g (i32.load (i32.const 8)))
    (local.set $h (i32.load (i32.const 12)))
    (loop $next
      (local.set $a (i32.add (local.get $a) (local.get $e)))
      (local.set $b (i32.add (local.get $b) (local.get $f)))
      (local.set $c (i32.add (local.get $c) (local.get $g)))
      (local.set $d (i32.add (local.get $d) (local.get $h)))
      (local.set $e (i32.rotl (i32.xor (local.get $e) (local.get $a)) (i32.const 7)))
      (local.set $f (i32.rotl (i32.xor (local.get $f) (local.get $b)) (i32.const 7)))
      (local.set $g (i32.rotl (i32.xor (local.get $g) (local.get $c)) (i32.const 7)))
      (local.set $h (i32.rotl (i32.xor (local.get $h) (local.get $d)) (i32.const 7)))
      (local.set $a (i32.add (local.get $a) (local.get $f)))
      (local.set $b (i32.add (local.get $b) (local.get $g)))
      (local.set $c (i32.add (local.get $c) (local.get $h)))
      (local.set $d (i32.add (local.get $d) (local.get $e)))
      (local.set $f (i32.rotl (i32.xor (local.get $f) (local.get $a)) (i32.const 16)))
      (local.set $g (i32.rotl (i32.xor (local.get $g) (local.get $b)) (i32.const 16)))
      (local.set $h (i32.rotl (i32.xor (local.get $h) (local.get $c)) (i32.const 16)))
      (local.set $e (i32.rotl (i32.xor (local.get $e) (local.get $d)) (i32.const 16)))
      (br_if $next (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
    (i32.add (i32.add (local.get $a) (local.get $f)) (i32.mul (local.get $d) (local.get $g))))
  (func (export "_start")
    (i32.store (i32.const 16)
      (call $mix (i32.load (i32.const 20)) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)))))
;; expected:
;; ; `mix` (index 0)
;; ; at offset 0x33 of the module
;; function u0:0(i32, i32, i32, i32, i32) -> i32 tail {
;;     region0 = 0 "memory"
;;
;;                                 block0(v0: i32, v1: i32, v2: i32, v3: i32, v4: i32):
;;                                     v9 = iconst.i64 0x7000_0000
;;                                     v6 = iconst.i32 0
;; @0036                               v7 = iconst.i32 0
;; @0038                               v8 = uextend.i64 v7  ; v7 = 0
;; @0038                               v10 = iadd v8, v9  ; v9 = 0x7000_0000
;; @0038                               v11 = load.i32 region0 v10
;; @003d                               v12 = iconst.i32 4
;; @003f                               v13 = uextend.i64 v12  ; v12 = 4
;; @003f                               v14 = iadd v13, v9  ; v9 = 0x7000_0000
;; @003f                               v15 = load.i32 region0 v14
;; @0044                               v16 = iconst.i32 8
;; @0046                               v17 = uextend.i64 v16  ; v16 = 8
;; @0046                               v18 = iadd v17, v9  ; v9 = 0x7000_0000
;; @0046                               v19 = load.i32 region0 v18
;; @004b                               v20 = iconst.i32 12
;; @004d                               v21 = uextend.i64 v20  ; v20 = 12
;; @004d                               v22 = iadd v21, v9  ; v9 = 0x7000_0000
;; @004d                               v23 = load.i32 region0 v22
;; @0052                               jump block5(v1, v11, v2, v15, v3, v19, v4, v23, v0)
;;
;;                                 block5(v70: i32, v71: i32, v72: i32, v73: i32, v74: i32, v75: i32, v76: i32, v77: i32, v78: i32):
;;                                     v79 = scalar_to_vector.i32x4 v70
;;                                     v80 = insertlane v79, v72, 1
;;                                     v81 = insertlane v80, v74, 2
;;                                     v82 = insertlane v81, v76, 3
;;                                     v83 = scalar_to_vector.i32x4 v71
;;                                     v84 = insertlane v83, v73, 1
;;                                     v85 = insertlane v84, v75, 2
;;                                     v86 = insertlane v85, v77, 3
;;                                     jump block2(v78, v82, v86)
;;
;;                                 block2(v64: i32, v87: i32x4, v88: i32x4):
;; @0075                               v37 = iconst.i32 7
;; @007f                               v40 = iconst.i32 7
;; @0089                               v43 = iconst.i32 7
;; @0093                               v46 = iconst.i32 7
;; @00b9                               v53 = iconst.i32 16
;; @00c3                               v56 = iconst.i32 16
;; @00cd                               v59 = iconst.i32 16
;; @00d7                               v62 = iconst.i32 16
;; @00de                               v65 = iconst.i32 1
;; @00e0                               v66 = isub v64, v65  ; v65 = 1
;;                                     v89 = iadd v87, v88
;;                                     v90 = bitcast.i8x16 little v88
;;                                     v91 = shuffle v90, v90, 0x030201000f0e0d0c0b0a090807060504
;;                                     v92 = bitcast.i32x4 little v91
;;                                     v93 = bxor v88, v89
;;                                     v94 = bitcast.i8x16 little v93
;;                                     v95 = shuffle v94, v94, 0x030201000f0e0d0c0b0a090807060504
;;                                     v96 = bitcast.i32x4 little v95
;;                                     v97 = iconst.i32 7
;;                                     v98 = ishl v93, v97  ; v97 = 7
;;                                     v99 = iconst.i32 25
;;                                     v100 = ushr v93, v99  ; v99 = 25
;;                                     v101 = bor v98, v100
;;                                     v102 = bitcast.i8x16 little v101
;;                                     v103 = shuffle v102, v102, 0x030201000f0e0d0c0b0a090807060504
;;                                     v104 = bitcast.i32x4 little v103
;;                                     v105 = iadd v89, v104
;;                                     v106 = bitcast.i8x16 little v105
;;                                     v107 = shuffle v106, v106, 0x0b0a090807060504030201000f0e0d0c
;;                                     v108 = bitcast.i32x4 little v107
;;                                     v109 = bxor v101, v108
;;                                     v110 = iconst.i32 16
;;                                     v111 = ishl v109, v110  ; v110 = 16
;;                                     v112 = iconst.i32 16
;;                                     v113 = ushr v109, v112  ; v112 = 16
;;                                     v114 = bor v111, v113
;;                                     brif v66, block2(v66, v105, v114), block6
;;
;;                                 block6:
;;                                     v115 = extractlane.i32x4 v105, 0
;;                                     v116 = extractlane.i32x4 v114, 1
;;                                     v117 = extractlane.i32x4 v105, 3
;;                                     v118 = extractlane.i32x4 v114, 2
;;                                     jump block4
;;
;;                                 block4:
;; @00e5                               jump block3
;;
;;                                 block3:
;; @00ea                               v67 = iadd.i32 v115, v116
;; @00ef                               v68 = imul.i32 v117, v118
;; @00f0                               v69 = iadd v67, v68
;; @00f1                               jump block1
;;
;;                                 block1:
;; @00f1                               return v69
;; }
;;
;; ; function 1
;; ; at offset 0xf3 of the module
;; function u0:0() tail {
;;     region0 = 0 "memory"
;;     sig0 = (i32, i32, i32, i32, i32) -> i32 tail
;;     fn0 = colocated u0:0 sig0 ; `mix` (index 0)
;;
;;                                 block0:
;;                                     v3 = iconst.i64 0x7000_0000
;; @00f4                               v0 = iconst.i32 16
;; @00f6                               v1 = iconst.i32 20
;; @00f8                               v2 = uextend.i64 v1  ; v1 = 20
;; @00f8                               v4 = iadd v2, v3  ; v3 = 0x7000_0000
;; @00f8                               v5 = load.i32 region0 v4
;; @00fb                               v6 = iconst.i32 1
;; @00fd                               v7 = iconst.i32 2
;; @00ff                               v8 = iconst.i32 3
;; @0101                               v9 = iconst.i32 4
;; @0103                               v10 = call fn0(v5, v6, v7, v8, v9)  ; v6 = 1, v7 = 2, v8 = 3, v9 = 4 ; `mix` (index 0)
;; @0105                               v11 = uextend.i64 v0  ; v0 = 16
;; @0105                               v12 = iadd v11, v3  ; v3 = 0x7000_0000
;; @0105                               store region0 v10, v12
;; @0108                               jump block1
;;
;;                                 block1:
;; @0108                               return
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
