;;! clif-opt
;;! cpu = x86-64-v2
;; The lesser of two numbers, lane by lane. Bounds and distances are constants, so that nothing is checked.
(module
  (memory 1)
  (func (export "least") (local $at i32)
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
  (func (export "_start")))
;; expected:
;; ; function 1
;; ; at offset 0x67 of the module
;; function u0:0() tail {
;;                                 block0:
;; @0068                               jump block1
;;
;;                                 block1:
;; @0068                               return
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
