;; Calls an import that does what it must not.
(module
  (import "env" "free" (func $free))
  (func (export "run") (call $free)))
