;; Accepts one connection at its first socket, greets, and ends.
(module
  (import "wasi_snapshot_preview1" "sock_accept"
    (func $sock_accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send"
    (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hello\n")
  (data (i32.const 16) "\00\00\00\00\06\00\00\00") ;; one iovec: { ptr 0, len 6 }
  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
  (func (export "_start")
    (call $check (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 32)))
    (call $check (call $sock_send
      (i32.load (i32.const 32)) (i32.const 16) (i32.const 1) (i32.const 0) (i32.const 36)))))
