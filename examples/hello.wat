;; The smallest WASI command: one fd_write, then return.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello world\n")
  (data (i32.const 0) "\10\00\00\00\0c\00\00\00") ;; one iovec: { ptr 16, len 12 }
  (func (export "_start")
    (drop (call $fd_write
      (i32.const 1)     ;; stdout
      (i32.const 0)     ;; iovecs
      (i32.const 1)     ;; how many
      (i32.const 8))))) ;; where the count written goes
