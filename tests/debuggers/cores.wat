;; Grows its memory, stores to both parts of it, and traps some calls deep.
(module
  (memory (export "memory") 16)
  (func $descend (param $depth i32)
    (if (local.get $depth)
      (then (call $descend (i32.sub (local.get $depth) (i32.const 1))))
      (else (i32.store (i32.const -1) (i32.const 0))))
    (i32.store (i32.const 5000) (local.get $depth)))
  (func (export "_start")
    (i32.store (i32.const 5000) (i32.const 7))
    (drop (memory.grow (i32.const 3)))
    (i32.store (i32.const 1200000) (i32.const 8))
    (call $descend (i32.const 2))))
