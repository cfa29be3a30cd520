;; Reads a file `note` of its first directory, a byte at a call.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "note")
  (data (i32.const 16) "\40\00\00\00\01\00\00\00") ;; one iovec: { ptr 64, len 1 }
  ;; Opens it; an error number, 0 for none.
  (func (export "open") (result i32)
    (call $path_open
      (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 32)))
  ;; The next byte, -1 at the end.
  (func (export "next") (result i32)
    (if (call $fd_read (i32.load (i32.const 32)) (i32.const 16) (i32.const 1) (i32.const 36))
      (then unreachable))
    (if (result i32) (i32.load (i32.const 36))
      (then (i32.load8_u (i32.const 64)))
      (else (i32.const -1)))))
