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
