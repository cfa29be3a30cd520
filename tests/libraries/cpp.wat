;; Imports that are written in C++.
(module
  (import "env" "at" (func $at (param i32) (result i32)))
  (import "env" "count" (func $count (result i32)))
  (func (export "at") (param i32) (result i32) (call $at (local.get 0)))
  (func (export "count") (result i32) (call $count)))
