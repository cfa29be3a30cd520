;; Writes the names of its preopened directories to standard output, each followed by a newline.
(module
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name"
    (func $name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "\00\04\00\00") ;; one iovec: { ptr 1024, len of the name and a newline }
  (func (export "_start") (local $fd i32) (local $len i32)
    (local.set $fd (i32.const 3))
    (loop $next
      ;; A prestat: { tag u8, length of the name u32 }. Any error ends the walk.
      (if (i32.eqz (call $get (local.get $fd) (i32.const 0))) (then
        (local.set $len (i32.load (i32.const 4)))
        (drop (call $name (local.get $fd) (i32.const 1024) (local.get $len)))
        (i32.store8 offset=1024 (local.get $len) (i32.const 0x0a))
        (i32.store (i32.const 12) (i32.add (local.get $len) (i32.const 1)))
        (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))
        (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
        (br $next))))))
