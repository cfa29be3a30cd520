;; Calls that go deep: tail calls in constant stack, any others to a trap and never to a crash.

(module
  (type $count (func (param i64) (result i64)))
  (type $many
    (func (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))

  ;; Two functions that call each other in tail position.
  (func $even (export "even") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 44))
      (else (return_call $odd (i64.sub (local.get 0) (i64.const 1))))))
  (func $odd (export "odd") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 99))
      (else (return_call $even (i64.sub (local.get 0) (i64.const 1))))))

  ;; The same with arguments that do not fit registers on one side, so that the space for them
  ;; comes and goes.
  (func $few (export "few") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 1))
      (else
        (return_call $lots
          (i64.sub (local.get 0) (i64.const 1))
          (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6)
          (i64.const 7) (i64.const 8) (i64.const 9) (i64.const 10) (i64.const 11)))))
  (func $lots (type $many)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.add (local.get 1) (local.get 11)))
      (else (return_call $few (i64.sub (local.get 0) (i64.const 1))))))

  ;; Through a table that changes and through a reference.
  (table $table 2 funcref)
  (elem (table $table) (i32.const 0) func $by-table $by-table)
  (func (export "swap") (table.set $table (i32.const 1) (ref.func $by-table)))
  (func $by-table (export "by table") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 5))
      (else
        (return_call_indirect $table (type $count)
          (i64.sub (local.get 0) (i64.const 1))
          (i32.and (i32.wrap_i64 (local.get 0)) (i32.const 1))))))
  (elem declare func $by-reference)
  (func $by-reference (export "by reference") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 6))
      (else
        (return_call_ref $count
          (i64.sub (local.get 0) (i64.const 1))
          (ref.func $by-reference)))))

  ;; Depth that a stack of the default size has room for.
  (func $sum (export "sum") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0))
      (then (i64.const 0))
      (else
        (i64.add (local.get 0) (call $sum (i64.sub (local.get 0) (i64.const 1)))))))

  ;; Without end.
  (func $forever (export "forever") (call $forever))
  (func $forever-value (export "forever, a value") (param i64) (result i64)
    (i64.add
      (local.get 0)
      (call $forever-value (i64.add (local.get 0) (i64.const 1)))))
  (func $forever-a (export "forever, two functions") (call $forever-b))
  (func $forever-b (call $forever-a))
  (func $forever-indirect (export "forever, by table") (param i64) (result i64)
    (i64.add
      (call_indirect $table (type $count) (i64.const 1) (i32.const 0))
      (call $forever-indirect (local.get 0))))
  (func $forever-vectors (export "forever, wide frames") (param v128) (result v128)
    (local v128 v128 v128 v128)
    (local.set 1 (i32x4.add (local.get 0) (local.get 0)))
    (local.set 2 (i32x4.mul (local.get 1) (local.get 0)))
    (local.set 3 (call $forever-vectors (local.get 2)))
    (local.set 4 (call $forever-vectors (local.get 1)))
    (i32x4.add (i32x4.add (local.get 1) (local.get 2))
      (i32x4.add (local.get 3) (local.get 4))))
  (func $forever-results (export "forever, many results")
    (result i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (call $forever-results))
)

(assert_return (invoke "even" (i64.const 10_000_000)) (i64.const 44))
(assert_return (invoke "odd" (i64.const 10_000_000)) (i64.const 99))
(assert_return (invoke "few" (i64.const 10_000_000)) (i64.const 1))
(assert_return (invoke "few" (i64.const 10_000_001)) (i64.const 12))
(assert_return (invoke "by table" (i64.const 10_000_000)) (i64.const 5))
(invoke "swap")
(assert_return (invoke "by table" (i64.const 10_000_000)) (i64.const 5))
(assert_return (invoke "by reference" (i64.const 10_000_000)) (i64.const 6))
(assert_return (invoke "sum" (i64.const 10_000)) (i64.const 50_005_000))

(assert_exhaustion (invoke "forever") "call stack exhausted")
(assert_exhaustion (invoke "forever, a value" (i64.const 0)) "call stack exhausted")
(assert_exhaustion (invoke "forever, two functions") "call stack exhausted")
(assert_exhaustion (invoke "forever, by table" (i64.const 0)) "call stack exhausted")
(assert_exhaustion (invoke "forever, wide frames" (v128.const i64x2 1 2)) "call stack exhausted")
(assert_exhaustion (invoke "forever, many results") "call stack exhausted")
(assert_exhaustion (invoke "sum" (i64.const 100_000_000)) "call stack exhausted")
