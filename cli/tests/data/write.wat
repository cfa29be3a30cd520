;; Makes the file `note.txt` in its first directory, and exits with what the host answers.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "note.txt")
  (func (export "_start")
    (call $proc_exit (call $path_open
      (i32.const 3) (i32.const 0)   ;; the first preopen; no lookup flags
      (i32.const 0) (i32.const 8)   ;; the path
      (i32.const 1)                 ;; create
      (i64.const 64) (i64.const 0)  ;; rights: fd_write; nothing to inherit
      (i32.const 0) (i32.const 32))))) ;; no descriptor flags; where the descriptor goes
