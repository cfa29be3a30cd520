;;! clif-opt
;; Sums of columns: neighbouring columns are added up at once, one in each lane.
(module
  (memory 8)
  (func $sums (param $from i32) (param $to i32) (local $column i32) (local $row i32) (local $at i32) (local $sum f64)
    (loop $columns
      (local.set $sum (f64.const 0))
      (local.set $row (i32.const 100))
      (local.set $at (local.get $from))
      (loop $rows
        (local.set $sum (f64.add (local.get $sum) (f64.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 800)))
        (br_if $rows (local.tee $row (i32.sub (local.get $row) (i32.const 1)))))
      (f64.store (local.get $to) (local.get $sum))
      (local.set $from (i32.add (local.get $from) (i32.const 8)))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (br_if $columns
        (i32.ne (local.tee $column (i32.add (local.get $column) (i32.const 1))) (i32.const 100)))))
  (func (export "_start") (call $sums (i32.const 0) (i32.load (i32.const 65532)))))
;; expected:
;; ; `sums` (index 0)
;; ; at offset 0x2d of the module
;; function u0:0(i32, i32) tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i32, v1: i32):
;;                                     v10 = iconst.i64 0x7000_0000
;;                                     v2 = iconst.i32 0
;;                                     v3 = f64const 0.0
;;                                     v171 = uextend.i64 v0
;;                                     v172 = uextend.i64 v1
;; @0032                               jump block8(v171, v172, v2)  ; v2 = 0
;;
;;                                 block8(v153: i64, v155: i64, v37: i32):
;;                                     v39 -> v153
;;                                     v52 -> v155
;;                                     v156 = ireduce.i32 v155
;;                                     v36 -> v156
;;                                     v154 = ireduce.i32 v153
;;                                     v35 -> v154
;;                                     v38 = iconst.i32 0
;;                                     jump block9
;;
;;                                 block9:
;;                                     v40 = iconst.i64 792
;;                                     v41 = iadd.i64 v39, v40  ; v40 = 792
;;                                     v42 = iconst.i64 0x0001_3560
;;                                     v43 = iadd v41, v42  ; v42 = 0x0001_3560
;;                                     v44 = iconst.i64 8
;;                                     v45 = iadd v43, v44  ; v44 = 8
;;                                     v46 = iconst.i64 0
;;                                     v47 = icmp sle v46, v39  ; v46 = 0
;;                                     v48 = iconst.i64 0x5000_1008
;;                                     v49 = load.i64 notrap aligned region1 v48  ; v48 = 0x5000_1008
;;                                     v50 = icmp sle v45, v49
;;                                     v51 = band v47, v50
;;                                     v53 = iconst.i64 792
;;                                     v54 = iadd.i64 v52, v53  ; v53 = 792
;;                                     v55 = iconst.i64 8
;;                                     v56 = iadd v54, v55  ; v55 = 8
;;                                     v57 = iconst.i64 0
;;                                     v58 = icmp sle v57, v52  ; v57 = 0
;;                                     v59 = band v51, v58
;;                                     v60 = icmp sle v56, v49
;;                                     v61 = band v59, v60
;;                                     v62 = icmp sle v45, v52
;;                                     v63 = icmp sle v56, v39
;;                                     v64 = bor v62, v63
;;                                     v65 = band v61, v64
;;                                     v66 = f64const 0.0
;; @0034                               v67 = splat.f64x2 v66  ; v66 = 0.0
;;                                     v68 = iconst.i32 100
;;                                     v69 = iconst.i32 800
;;                                     v70 = iconst.i32 1
;; @005e                               v71 = iconst.i64 12
;; @005e                               v72 = iconst.i32 0
;; @005e                               brif v65, block10(v71, v153, v155), block2(v153, v155, v72)  ; v71 = 12, v72 = 0
;;
;;                                 block10(v73: i64, v157: i64, v159: i64):
;;                                     v94 -> v159
;;                                     v160 = ireduce.i32 v159
;;                                     v75 -> v160
;;                                     v158 = ireduce.i32 v157
;;                                     v74 -> v158
;; @005e                               jump block11(v67, v67, v67, v67, v157, v68)  ; v68 = 100
;;
;;                                 block11(v76: f64x2, v77: f64x2, v78: f64x2, v79: f64x2, v161: i64, v81: i32):
;;                                     v82 -> v161
;;                                     v162 = ireduce.i32 v161
;;                                     v80 -> v162
;;                                     v83 = iadd v82, v10  ; v10 = 0x7000_0000
;; @004e                               v84 = load.f64x2 region0 v83
;; @004e                               v85 = load.f64x2 region0 v83+16
;; @004e                               v86 = load.f64x2 region0 v83+32
;; @004e                               v87 = load.f64x2 region0 v83+48
;; @004e                               v88 = fadd v76, v84
;; @004e                               v89 = fadd v77, v85
;; @004e                               v90 = fadd v78, v86
;; @004e                               v91 = fadd v79, v87
;;                                     v92 = iadd v80, v69  ; v69 = 800
;;                                     v93 = isub v81, v70  ; v70 = 1
;;                                     v173 = uextend.i64 v92
;; @0060                               brif v93, block11(v88, v89, v90, v91, v173, v93), block12
;;
;;                                 block12:
;; @0060                               jump block13
;;
;;                                 block13:
;;                                     v95 = iadd.i64 v94, v10  ; v10 = 0x7000_0000
;; @006a                               store.f64x2 region0 v88, v95
;; @006a                               store.f64x2 region0 v89, v95+16
;; @006a                               store.f64x2 region0 v90, v95+32
;; @006a                               store.f64x2 region0 v91, v95+48
;; @006a                               v96 = iconst.i64 -1
;; @006a                               v97 = iadd.i64 v73, v96  ; v96 = -1
;; @006a                               v98 = iconst.i32 64
;; @006a                               v99 = iadd.i32 v74, v98  ; v98 = 64
;; @006a                               v100 = iconst.i32 64
;; @006a                               v101 = iadd.i32 v75, v100  ; v100 = 64
;;                                     v174 = uextend.i64 v99
;;                                     v175 = uextend.i64 v101
;; @006a                               brif v97, block10(v97, v174, v175), block14
;;
;;                                 block14:
;; @006a                               v102 = iconst.i64 768
;; @006a                               v103 = ireduce.i32 v102  ; v102 = 768
;; @006a                               v104 = iadd.i32 v35, v103
;; @006a                               v105 = iconst.i64 768
;; @006a                               v106 = ireduce.i32 v105  ; v105 = 768
;; @006a                               v107 = iadd.i32 v36, v106
;; @006a                               v108 = iconst.i32 96
;;                                     v176 = uextend.i64 v104
;;                                     v177 = uextend.i64 v107
;; @006a                               jump block2(v176, v177, v108)  ; v108 = 96
;;
;;                                 block2(v163: i64, v165: i64, v29: i32):
;;                                     v21 -> v165
;;                                     v166 = ireduce.i32 v165
;;                                     v20 -> v166
;;                                     v164 = ireduce.i32 v163
;;                                     v6 -> v164
;; @0034                               v4 = f64const 0.0
;; @003f                               v5 = iconst.i32 100
;; @0048                               jump block15(v4, v163, v5)  ; v4 = 0.0, v5 = 100
;;
;;                                 block15(v109: f64, v167: i64, v111: i32):
;;                                     v113 -> v167
;;                                     v168 = ireduce.i32 v167
;;                                     v110 -> v168
;;                                     v112 = iconst.i32 100
;;                                     jump block16
;;
;;                                 block16:
;;                                     v114 = iconst.i64 0x0001_3560
;;                                     v115 = iadd.i64 v113, v114  ; v114 = 0x0001_3560
;;                                     v116 = iconst.i64 8
;;                                     v117 = iadd v115, v116  ; v116 = 8
;;                                     v118 = iconst.i64 0x5000_1008
;;                                     v119 = load.i64 notrap aligned region1 v118  ; v118 = 0x5000_1008
;;                                     v120 = icmp sle v117, v119
;;                                     v121 = iconst.i64 0x7000_0000
;;                                     v122 = iconst.i64 0x0001_2c00
;;                                     v124 = iconst.i64 0
;;                                     v126 = iconst.i32 100
;;                                     brif v120, block17(v124, v109), block4(v109, v167, v126)  ; v124 = 0, v126 = 100
;;
;;                                 block17(v123: i64, v125: f64):
;;                                     v127 = iadd.i64 v113, v123
;;                                     v128 = iadd v127, v121  ; v121 = 0x7000_0000
;;                                     v129 = load.f64 region0 v128
;;                                     v130 = fadd v125, v129
;; @0051                               v131 = iadd.i64 v113, v123
;; @0051                               v132 = iadd v131, v121  ; v121 = 0x7000_0000
;;                                     v133 = load.f64 region0 v132+800
;;                                     v134 = fadd v130, v133
;; @0051                               v135 = iadd.i64 v113, v123
;; @0051                               v136 = iadd v135, v121  ; v121 = 0x7000_0000
;;                                     v137 = load.f64 region0 v136+1600
;;                                     v138 = fadd v134, v137
;; @0051                               v139 = iadd.i64 v113, v123
;; @0051                               v140 = iadd v139, v121  ; v121 = 0x7000_0000
;;                                     v141 = load.f64 region0 v140+2400
;;                                     v142 = fadd v138, v141
;; @0051                               v143 = iconst.i64 3200
;; @0051                               v144 = iadd v123, v143  ; v143 = 3200
;; @0051                               v145 = icmp slt v144, v122  ; v122 = 0x0001_2c00
;; @0051                               brif v145, block17(v144, v142), block18(v142)
;;
;;                                 block18(v146: f64):
;; @0051                               v147 = iconst.i64 0x0001_2c00
;; @0051                               v148 = ireduce.i32 v147  ; v147 = 0x0001_2c00
;; @0051                               v149 = iadd.i32 v110, v148
;; @0051                               v150 = iconst.i32 4
;;                                     v178 = uextend.i64 v149
;; @0051                               jump block4(v146, v178, v150)  ; v150 = 4
;;
;;                                 block4(v7: f64, v169: i64, v16: i32):
;;                                     v9 -> v169
;;                                     v170 = ireduce.i32 v169
;;                                     v8 -> v170
;; @004e                               v11 = iadd v9, v10  ; v10 = 0x7000_0000
;; @004e                               v12 = load.f64 region0 v11
;; @0051                               v13 = fadd v7, v12
;; @0056                               v14 = iconst.i32 800
;; @0059                               v15 = iadd v8, v14  ; v14 = 800
;; @005e                               v17 = iconst.i32 1
;; @0060                               v18 = isub v16, v17  ; v17 = 1
;;                                     v179 = uextend.i64 v15
;; @0063                               brif v18, block4(v13, v179, v18), block6
;;
;;                                 block6:
;; @0065                               jump block5
;;
;;                                 block5:
;; @006a                               v22 = iadd.i64 v21, v10  ; v10 = 0x7000_0000
;; @006a                               store.f64 region0 v13, v22
;; @006f                               v24 = iconst.i32 8
;; @0071                               v25 = iadd.i32 v6, v24  ; v24 = 8
;; @0076                               v26 = iconst.i32 8
;; @0078                               v27 = iadd.i32 v20, v26  ; v26 = 8
;; @007d                               v30 = iconst.i32 1
;; @007f                               v31 = iadd.i32 v29, v30  ; v30 = 1
;; @0082                               v32 = iconst.i32 100
;; @0085                               v33 = icmp ne v31, v32  ; v32 = 100
;; @0085                               v34 = uextend.i32 v33
;; @0086                               v151 = iconst.i32 100
;; @0086                               v152 = icmp ult v31, v151  ; v151 = 100
;;                                     v180 = uextend.i64 v25
;;                                     v181 = uextend.i64 v27
;; @0086                               brif v152, block2(v180, v181, v31), block7
;;
;;                                 block7:
;; @0088                               jump block3
;;
;;                                 block3:
;; @0089                               jump block1
;;
;;                                 block1:
;; @0089                               return
;; }
;;
;; ; function 1
;; ; at offset 0x8b of the module
;; function u0:0() tail {
;;     region0 = 0 "memory"
;;     sig0 = (i32, i32) tail
;;     fn0 = colocated u0:0 sig0 ; `sums` (index 0)
;;
;;                                 block0:
;;                                     v3 = iconst.i64 0x7000_0000
;; @008c                               v0 = iconst.i32 0
;; @008e                               v1 = iconst.i32 0xfffc
;; @0092                               v2 = uextend.i64 v1  ; v1 = 0xfffc
;; @0092                               v4 = iadd v2, v3  ; v3 = 0x7000_0000
;; @0092                               v5 = load.i32 region0 v4
;; @0095                               call fn0(v0, v5)  ; v0 = 0 ; `sums` (index 0)
;; @0097                               jump block1
;;
;;                                 block1:
;; @0097                               return
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
