;; Copies the file `note.txt` of its first directory to standard output.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "note.txt")
  (data (i32.const 16) "\00\04\00\00\00\04\00\00") ;; one iovec: { ptr 1024, len 1024 }
  (func $check (param $errno i32)
    (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
  (func (export "_start")
    (call $check (call $path_open
      (i32.const 3) (i32.const 0)   ;; the first preopen; no lookup flags
      (i32.const 0) (i32.const 8)   ;; the path
      (i32.const 0)                 ;; no open flags
      (i64.const 2) (i64.const 0)   ;; rights: fd_read; nothing to inherit
      (i32.const 0) (i32.const 32))) ;; no descriptor flags; where the descriptor goes
    (call $check (call $fd_read (i32.load (i32.const 32)) (i32.const 16) (i32.const 1) (i32.const 36)))
    (i32.store (i32.const 20) (i32.load (i32.const 36)))
    (call $check (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 36)))))
