;;! clif-opt
;;! opt = 2

(module
  (type $unary (func (param i32) (result i32)))
  (table (export "table") funcref (elem $fields $siblings $below $below_with_offset $masked $shared))
  (func (export "_start")
    (drop (call_indirect (type $unary) (i32.const 0) (memory.size))))
  (memory (export "memory") 1)

  ;; Behind an access at the pointer, its other fields need no sum.
  (func $fields (param i32) (result i32)
    (i32.add (i32.load (local.get 0))
      (i32.add
        (i32.load (i32.add (local.get 0) (i32.const 4)))
        (i32.load offset=8 (i32.add (local.get 0) (i32.const 65520))))))

  ;; Nothing is known of the first; the second is told from it.
  (func $siblings (param i32) (result i32)
    (i32.add
      (i32.load (i32.add (local.get 0) (i32.const 4)))
      (i32.load (i32.add (local.get 0) (i32.const 12)))))

  ;; The guard below memory 0.
  (func $below (param i32) (result i32)
    (i32.load (i32.sub (local.get 0) (i32.const 16))))

  ;; Not with an offset, which may lead out of the guard.
  (func $below_with_offset (param i32) (result i32)
    (i32.load offset=8 (i32.sub (local.get 0) (i32.const 16))))

  ;; Known bits.
  (func $masked (param i32) (result i32)
    (i32.load (i32.add (i32.and (local.get 0) (i32.const 0x3fc)) (i32.const 0x1c00))))

  ;; The sum is needed all the same.
  (func $shared (param i32) (result i32)
    (local i32)
    (i32.store8 (local.get 0) (i32.const 0))
    (i32.store8 (local.tee 1 (i32.add (local.get 0) (i32.const 1))) (i32.const 0))
    (local.get 1)))
;; expected:
;; ; function 0
;; ; at offset 0x5a of the module
;; function u0:0() tail {
;;     region0 = 1 "state"
;;     region1 = 2 "table"
;;     gv0 = symbol colocated userextname0
;;     sig0 = (i32) -> i32 tail
;;
;;                                 block0:
;; @005b                               v0 = iconst.i32 0
;; @005d                               v1 = iconst.i64 0x5000_1008
;; @005d                               v2 = load.i64 notrap aligned region0 v1  ; v1 = 0x5000_1008
;; @005d                               v3 = iconst.i64 16
;; @005d                               v4 = ushr v2, v3  ; v3 = 16
;; @005d                               v5 = ireduce.i32 v4
;; @005f                               v6 = uextend.i64 v5
;; @005f                               v7 = iconst.i64 6
;; @005f                               v8 = icmp uge v6, v7  ; v7 = 6
;; @005f                               trapnz v8, user4
;; @005f                               v9 = symbol_value.i64 gv0
;; @005f                               v10 = iconst.i64 3
;; @005f                               v11 = ishl v6, v10  ; v10 = 3
;; @005f                               v12 = iadd v9, v11
;; @005f                               v13 = load.i32 notrap aligned readonly region1 v12+4
;; @005f                               v14 = iconst.i32 1
;; @005f                               v15 = icmp eq v13, v14  ; v14 = 1
;; @005f                               brif v15, block2, block3
;;
;;                                 block3 cold:
;; @005f                               v16 = iconst.i64 0x5000_0fe0
;; @005f                               store.i64 notrap aligned region0 v6, v16  ; v16 = 0x5000_0fe0
;; @005f                               trapz.i32 v13, user5
;; @005f                               trap user6
;;
;;                                 block2:
;; @005f                               v17 = sload32.i64 notrap aligned readonly region1 v12
;; @005f                               v18 = iadd.i64 v12, v17
;; @005f                               v19 = call_indirect sig0, v18(v0)  ; v0 = 0
;; @0063                               jump block1
;;
;;                                 block1:
;; @0063                               return
;; }
;;
;; ; `fields` (index 1)
;; ; at offset 0x65 of the module
;; function u0:0(i32) -> i32 tail {
;;     region0 = 0 "memory"
;;
;;                                 block0(v0: i32):
;;                                     v3 = iconst.i64 0x7000_0000
;; @0068                               v2 = uextend.i64 v0
;; @0068                               v4 = iadd v2, v3  ; v3 = 0x7000_0000
;; @0068                               v5 = load.i32 region0 v4
;; @006d                               v6 = iconst.i32 4
;; @006f                               v7 = iadd v0, v6  ; v6 = 4
;; @0070                               v8 = uextend.i64 v7
;; @0070                               v9 = iadd v8, v3  ; v3 = 0x7000_0000
;; @0070                               v18 = uextend.i64 v0
;; @0070                               v19 = iadd v18, v3  ; v3 = 0x7000_0000
;; @0070                               v10 = load.i32 region0 v19+4
;; @0075                               v11 = iconst.i32 0xfff0
;; @0079                               v12 = iadd v0, v11  ; v11 = 0xfff0
;; @007a                               v13 = uextend.i64 v12
;; @007a                               v14 = iadd v13, v3  ; v3 = 0x7000_0000
;; @007a                               v20 = uextend.i64 v0
;; @007a                               v21 = iadd v20, v3  ; v3 = 0x7000_0000
;; @007a                               v15 = load.i32 region0 v21+0xfff8
;; @007d                               v16 = iadd v10, v15
;; @007e                               v17 = iadd v5, v16
;; @007f                               jump block1(v17)
;;
;;                                 block1(v1: i32):
;; @007f                               return v1
;; }
;;
;; ; `siblings` (index 2)
;; ; at offset 0x81 of the module
;; function u0:0(i32) -> i32 tail {
;;     region0 = 0 "memory"
;;
;;                                 block0(v0: i32):
;;                                     v5 = iconst.i64 0x7000_0000
;; @0084                               v2 = iconst.i32 4
;; @0086                               v3 = iadd v0, v2  ; v2 = 4
;; @0087                               v4 = uextend.i64 v3
;; @0087                               v6 = iadd v4, v5  ; v5 = 0x7000_0000
;; @0087                               v7 = load.i32 region0 v6
;; @008c                               v8 = iconst.i32 12
;; @008e                               v9 = iadd v0, v8  ; v8 = 12
;; @008f                               v10 = uextend.i64 v9
;; @008f                               v11 = iadd v10, v5  ; v5 = 0x7000_0000
;; @008f                               v14 = uextend.i64 v3
;; @008f                               v15 = iadd v14, v5  ; v5 = 0x7000_0000
;; @008f                               v12 = load.i32 region0 v15+8
;; @0092                               v13 = iadd v7, v12
;; @0093                               jump block1(v13)
;;
;;                                 block1(v1: i32):
;; @0093                               return v1
;; }
;;
;; ; `below` (index 3)
;; ; at offset 0x95 of the module
;; function u0:0(i32) -> i32 tail {
;;     region0 = 0 "memory"
;;
;;                                 block0(v0: i32):
;;                                     v5 = iconst.i64 0x7000_0000
;; @0098                               v2 = iconst.i32 16
;; @009a                               v3 = isub v0, v2  ; v2 = 16
;; @009b                               v4 = uextend.i64 v3
;; @009b                               v6 = iadd v4, v5  ; v5 = 0x7000_0000
;; @009b                               v8 = uextend.i64 v0
;; @009b                               v9 = iadd v8, v5  ; v5 = 0x7000_0000
;; @009b                               v7 = load.i32 region0 v9-16
;; @009e                               jump block1(v7)
;;
;;                                 block1(v1: i32):
;; @009e                               return v1
;; }
;;
;; ; `below_with_offset` (index 4)
;; ; at offset 0xa0 of the module
;; function u0:0(i32) -> i32 tail {
;;     region0 = 0 "memory"
;;
;;                                 block0(v0: i32):
;;                                     v5 = iconst.i64 0x7000_0000
;; @00a3                               v2 = iconst.i32 16
;; @00a5                               v3 = isub v0, v2  ; v2 = 16
;; @00a6                               v4 = uextend.i64 v3
;; @00a6                               v6 = iadd v4, v5  ; v5 = 0x7000_0000
;; @00a6                               v7 = load.i32 region0 v6+8
;; @00a9                               jump block1(v7)
;;
;;                                 block1(v1: i32):
;; @00a9                               return v1
;; }
;;
;; ; `masked` (index 5)
;; ; at offset 0xab of the module
;; function u0:0(i32) -> i32 tail {
;;     region0 = 0 "memory"
;;
;;                                 block0(v0: i32):
;;                                     v7 = iconst.i64 0x7000_0000
;; @00ae                               v2 = iconst.i32 1020
;; @00b1                               v3 = band v0, v2  ; v2 = 1020
;; @00b2                               v4 = iconst.i32 7168
;; @00b5                               v5 = iadd v3, v4  ; v4 = 7168
;; @00b6                               v6 = uextend.i64 v5
;; @00b6                               v8 = iadd v6, v7  ; v7 = 0x7000_0000
;; @00b6                               v10 = uextend.i64 v3
;; @00b6                               v11 = iadd v10, v7  ; v7 = 0x7000_0000
;; @00b6                               v9 = load.i32 region0 v11+7168
;; @00b9                               jump block1(v9)
;;
;;                                 block1(v1: i32):
;; @00b9                               return v1
;; }
;;
;; ; `shared` (index 6)
;; ; at offset 0xbb of the module
;; function u0:0(i32) -> i32 tail {
;;     region0 = 0 "memory"
;;
;;                                 block0(v0: i32):
;;                                     v5 = iconst.i64 0x7000_0000
;;                                     v2 = iconst.i32 0
;; @00c0                               v3 = iconst.i32 0
;; @00c2                               v4 = uextend.i64 v0
;; @00c2                               v6 = iadd v4, v5  ; v5 = 0x7000_0000
;; @00c2                               istore8 region0 v3, v6  ; v3 = 0
;; @00c7                               v7 = iconst.i32 1
;; @00c9                               v8 = iadd v0, v7  ; v7 = 1
;; @00cc                               v9 = iconst.i32 0
;; @00ce                               v10 = uextend.i64 v8
;; @00ce                               v11 = iadd v10, v5  ; v5 = 0x7000_0000
;; @00ce                               istore8 region0 v9, v11  ; v9 = 0
;; @00d3                               jump block1(v8)
;;
;;                                 block1(v1: i32):
;; @00d3                               return v1
;; }
;;
;; ; entry point
;; function u0:0(i64, i64) system_v {
;;     sig0 = () tail
;;     fn0 = colocated u0:0 sig0 ; function 0
;;
;; block0(v0: i64, v1: i64):
;;     call fn0() ; function 0
;;     return
;; }
