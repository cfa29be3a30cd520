;; Copies the start of standard input to standard output and to standard error.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\00\04\00\00\00\04\00\00") ;; one iovec: { ptr 1024, len 1024 }
  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
  (func (export "_start")
    (call $check (call $fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 36)))
    (i32.store (i32.const 20) (i32.load (i32.const 36)))
    (call $check (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 36)))
    (call $check (call $fd_write (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 36)))))
