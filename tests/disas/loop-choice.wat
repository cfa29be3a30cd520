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
