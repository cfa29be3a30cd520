;; Prints what kind of machine it runs on, which it learns by an import of its own: machine.c.
(module
  (import "host" "machine" (func $machine (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (local $len i32)
    ;; Have the name written at 16, and a line's end behind it.
    (local.set $len (call $machine (i32.const 16) (i32.const 64)))
    (i32.store8 (i32.add (i32.const 16) (local.get $len)) (i32.const 10))
    ;; At 0 lies what to write: where it is, and how long.
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.add (local.get $len) (i32.const 1)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
