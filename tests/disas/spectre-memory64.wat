;;! clif spectre
;; An index of 64 bits is masked by both conditions that trap, that the sum wraps and that it is too large.
(module
  (memory (export "memory") i64 1)
  (func $get (param i64) (result i32) (i32.load offset=16 (local.get 0)))
  (func (export "_start") (drop (call $get (i64.const 0)))))
;; expected:
;; ; `get` (index 0)
;; ; at offset 0x36 of the module
;; function u0:0(i64) -> i32 tail {
;;     region0 = 0 "memory"
;;     region1 = 1 "state"
;;
;;                                 block0(v0: i64):
;; @0039                               v2 = iconst.i64 20
;; @0039                               v3 = uadd_overflow_trap v0, v2, user21  ; v2 = 20
;; @0039                               v4 = iconst.i64 0x5000_1008
;; @0039                               v5 = load.i64 notrap aligned region1 v4  ; v4 = 0x5000_1008
;; @0039                               v6 = icmp ugt v3, v5
;; @0039                               trapnz v6, heap_oob
;; @0039                               v7 = icmp ult v3, v0
;; @0039                               v8 = iconst.i64 0
;; @0039                               v9 = select_spectre_guard v7, v8, v0  ; v8 = 0
;; @0039                               v10 = select_spectre_guard v6, v8, v9  ; v8 = 0
;; @0039                               v11 = iconst.i64 0x5000_1000
;; @0039                               v12 = load.i64 notrap aligned readonly can_move region1 v11  ; v11 = 0x5000_1000
;; @0039                               v13 = iadd v10, v12
;; @0039                               v14 = load.i32 region0 v13+16
;; @003c                               jump block1(v14)
;;
;;                                 block1(v1: i32):
;; @003c                               return v1
;; }
;;
;; ; function 1
;; ; at offset 0x3e of the module
;; function u0:0() tail {
;;     sig0 = (i64) -> i32 tail
;;     fn0 = colocated u0:0 sig0 ; `get` (index 0)
;;
;;                                 block0:
;; @003f                               v0 = iconst.i64 0
;; @0041                               v1 = call fn0(v0)  ; v0 = 0 ; `get` (index 0)
;; @0044                               jump block1
;;
;;                                 block1:
;; @0044                               return
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
