;;! clif-opt
;; What a turn stores is what the next one loads: no vectors.
(module
  (memory 1)
  (func (export "sums") (param $at i32) (param $end i32)
    (loop $next
      (i32.store offset=4 (local.get $at)
        (i32.add (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))))
      (br_if $next
        (i32.ne
          (local.tee $at (i32.add (local.get $at) (i32.const 4)))
          (local.get $end)))))
  (func (export "_start")))
;; expected:
;; ; function 1
;; ; at offset 0x56 of the module
;; function u0:0() tail {
;;                                 block0:
;; @0057                               jump block1
;;
;;                                 block1:
;; @0057                               return
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
