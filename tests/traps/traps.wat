;; What no compiler of C, Rust or Go makes: uncaught exceptions, tables, references and atomics, by number
;; in $start's table.
(module
  (import "env" "absent" (func $absent (param i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (memory $second 1 1)
  (table $table 3 10 funcref)
  (table $externs 5 externref)
  (type $unary (func (param i32) (result i32)))
  (tag $empty)
  (tag $values (param i32 i64 f32 f64))
  (tag $exported (export "failure") (param i32))
  (global $zero (mut i32) (i32.const 0))
  (elem declare func $absent)
  (elem $elements func $absent $absent)
  (data $bytes "12345678")
  (table $called 5 5 funcref)
  (elem (table $called) (i32.const 0) func $cleaning $absent)

  (func $kind0 (throw $empty))
  (func $kind1
    (throw $values (i32.const -1) (i64.const 123456789012) (f32.const 1.5) (f64.const -0.1)))
  (func $kind2 (throw $exported (i32.const 42)))
  (func $kind3 (drop (i32.load $second (i32.const 65533))))
  (func $kind4 (drop (table.get $table (i32.add (global.get $zero) (i32.const 7)))))
  (func $kind5 (table.set $externs (i32.const -1) (ref.null extern)))
  (func $kind6
    (memory.copy (i32.const 0) (i32.const 65000) (i32.add (global.get $zero) (i32.const 1000))))
  (func $kind7 (table.fill $table (i32.const 2) (ref.null func) (i32.const 5)))
  (func $kind8 (drop (i32.atomic.load (i32.add (global.get $zero) (i32.const 2)))))
  (func $kind9 (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))))
  (func $kind10 (call_ref $unary (i32.const 1) (ref.null $unary)) (drop))
  (func $kind11 (throw_ref (ref.null exn)))
  (func $kind12 (drop (call_indirect $table (type $unary) (i32.const 1) (i32.const 3))))
  (func $kind13 (drop (i32.trunc_f32_u (f32.const -1))))
  (func $kind14 (call $cleaning))
  (func $kind15 (memory.init $bytes (i32.const 0) (i32.const 2) (i32.add (global.get $zero) (i32.const 9))))
  (func $kind16 (table.init $table $elements (i32.const 0) (i32.const 1) (i32.const 5)))
  (func $kind17 (drop (call_indirect $called (type $unary) (i32.const 1) (i32.add (global.get $zero) (i32.const 1)))))
  (func $kind18 (drop (call_indirect $called (type $unary) (i32.const 1) (i32.const 2))))
  (func $kind19 (drop (i64.load offset=20 (i32.sub (global.get $zero) (i32.const 8)))))

  (func $cleaning (local exnref)
    (block $all (result exnref)
      (try_table (catch_all_ref $all) (call $kind2))
      (return))
    (throw_ref))

  (func $run (param $kind i32)
    (block $19 (block $18 (block $17 (block $16 (block $15 (block $14 (block $13 (block $12 (block $11 (block $10 (block $9 (block $8 (block $7 (block $6 (block $5
    (block $4 (block $3 (block $2 (block $1 (block $0
      (br_table $0 $1 $2 $3 $4 $5 $6 $7 $8 $9 $10 $11 $12 $13 $14 $15 $16 $17 $18 $19 (local.get $kind)))
      (call $kind0)) (call $kind1)) (call $kind2)) (call $kind3)) (call $kind4)) (call $kind5))
      (call $kind6)) (call $kind7)) (call $kind8)) (call $kind9)) (call $kind10)) (call $kind11))
      (call $kind12))
    (call $kind13))
    (call $kind14)) (call $kind15)) (call $kind16)) (call $kind17)) (call $kind18)) (call $kind19))

  ;; The one argument after the name `program` is a decimal number of one or two digits.
  (func $number (param $at i32) (result i32)
    (local $first i32)
    (local.set $first (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
    (if (result i32) (i32.load8_u offset=1 (local.get $at))
      (then
        (i32.add
          (i32.mul (local.get $first) (i32.const 10))
          (i32.sub (i32.load8_u offset=1 (local.get $at)) (i32.const 48))))
      (else (local.get $first))))
  (func (export "_start")
    (drop (call $args_get (i32.const 0) (i32.const 100)))
    (call $run (call $number (i32.load (i32.const 4))))))
