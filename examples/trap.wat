;; A program that reads outside its memory: what a trap looks like.
(module
  (memory (export "memory") 1)
  (func $peek (param $address i32) (result i32)
    (i32.load (local.get $address)))
  (func (export "_start")
    (drop (call $peek (i32.const 65536)))))
