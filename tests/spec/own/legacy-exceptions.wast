;; The encoding of exceptions that came before `try_table`: toolchains still write it.

(module
  (tag $int (param i32))
  (tag $pair (param i32 i64))
  (tag $empty)

  (func $throw-int (param i32) (throw $int (local.get 0)))
  (func $throw-odd (param i32) (result i32)
    (if (i32.and (local.get 0) (i32.const 1)) (then (throw $int (local.get 0))))
    (local.get 0))

  (func (export "caught") (param i32) (result i32)
    try (result i32)
      local.get 0
      call $throw-int
      i32.const 0
    catch $int
    end)

  (func (export "caught here") (result i32)
    try (result i32)
      i32.const 5
      throw $int
    catch $int
      i32.const 1
      i32.add
    end)

  (func (export "no throw") (result i32)
    try (result i32)
      i32.const 3
    catch_all
      i32.const 4
    end)

  (func (export "odd or even") (param i32) (result i32)
    try (result i32)
      local.get 0
      call $throw-odd
      drop
      i32.const 0
    catch $int
      drop
      i32.const 1
    end)

  (func (export "two values") (result i32 i64)
    try (result i32 i64)
      i32.const 1
      i64.const 2
      throw $pair
    catch $pair
    end)

  (func (export "which") (param i32) (result i32)
    try (result i32)
      block
        block
          block
            local.get 0
            br_table 0 1 2
          end
          i32.const 10
          throw $int
        end
        i32.const 20
        i64.const 0
        throw $pair
      end
      throw $empty
    catch $int
    catch $pair
      drop
    catch_all
      i32.const 30
    end)

  (func (export "by a later tag") (result i32)
    try (result i32)
      throw $empty
    catch $int
    catch $empty
      i32.const 7
    end)

  (func (export "from the inner to the outer") (result i32)
    try (result i32)
      try (result i32)
        i32.const 8
        call $throw-int
        i32.const 0
      catch $empty
        i32.const 1
      end
    catch $int
    end)

  (func (export "rethrown") (param i32) (result i32)
    try (result i32)
      try (result i32)
        local.get 0
        call $throw-int
        i32.const 0
      catch_all
        rethrow 0
      end
    catch $int
      i32.const 100
      i32.add
    end)

  (func (export "rethrown from two levels in") (result i32)
    try (result i32)
      try (result i32)
        i32.const 1
        call $throw-int
        i32.const 0
      catch $int
        drop
        try (result i32)
          i32.const 2
          call $throw-int
          i32.const 0
        catch $int
          drop
          rethrow 1
        end
      end
    catch $int
    end)

  (func (export "rethrown from a block in a handler") (param i32) (result i32)
    try (result i32)
      try (result i32)
        i32.const 9
        call $throw-int
        i32.const 0
      catch $int
        local.get 0
        if
          rethrow 1
        end
      end
    catch_all
      i32.const 55
    end)

  (func (export "delegated") (result i32)
    try $outer (result i32)
      try (result i32)
        try (result i32)
          i32.const 6
          call $throw-int
          i32.const 0
        delegate $outer
      catch_all
        i32.const 1
      end
    catch $int
      i32.const 60
      i32.add
    end)

  (func (export "delegated to the caller")
    try
      try
        i32.const 6
        call $throw-int
      delegate 1
    catch_all
    end)

  (func (export "delegated to a block") (result i32)
    try (result i32)
      block (result i32)
        try (result i32)
          i32.const 4
          call $throw-int
          i32.const 0
        delegate 0
      end
    catch $int
    end)

  (func (export "nothing to delegate") (result i32)
    try (result i32)
      i32.const 2
    delegate 0)

  (func (export "thrown by a handler") (result i32)
    try (result i32)
      try (result i32)
        throw $empty
      catch $empty
        i32.const 11
        call $throw-int
        i32.const 0
      catch $int
        drop
        i32.const 1
      end
    catch $int
    end)

  (func (export "a loop of throws") (param $count i32) (result i32)
    (local $sum i32)
    loop $again
      try
        local.get $count
        call $throw-int
      catch $int
        local.get $sum
        i32.add
        local.set $sum
      end
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $again (local.get $count))
    end
    local.get $sum)

  (func (export "locals survive") (param i32) (result i32)
    (local $before i32)
    (local.set $before (i32.const 40))
    try
      (local.set $before (i32.add (local.get $before) (i32.const 1)))
      (call $throw-int (local.get 0))
      (local.set $before (i32.const 0))
    catch_all
      (local.set $before (i32.add (local.get $before) (i32.const 1)))
    end
    local.get $before)

  (func (export "branches out") (param i32) (result i32)
    block $out (result i32)
      try (result i32)
        i32.const 1
        local.get 0
        br_if $out
        drop
        throw $empty
      catch_all
        i32.const 2
        br $out
      end
    end)

  (func $deep (param i32)
    (if (i32.eqz (local.get 0)) (then (throw $int (i32.const 77))))
    (call $deep (i32.sub (local.get 0) (i32.const 1))))
  (func (export "through many frames") (param i32) (result i32)
    try (result i32)
      local.get 0
      call $deep
      i32.const 0
    catch $int
    end)

  (table funcref (elem $throw-int))
  (func (export "through a table") (result i32)
    try (result i32)
      i32.const 12
      i32.const 0
      call_indirect (param i32)
      i32.const 0
    catch $int
    end)

  (func (export "a trap is no exception") (result i32)
    try (result i32)
      unreachable
    catch_all
      i32.const 1
    end)

  (func (export "uncaught") (throw $empty))
  (func (export "uncaught from a call") (call $throw-int (i32.const 1)))
  (func (export "uncaught by another tag")
    try
      throw $empty
    catch $int
      drop
    end)
  (func (export "uncaught after a rethrow")
    try
      throw $empty
    catch_all
      rethrow 0
    end)
)

(assert_return (invoke "caught" (i32.const 42)) (i32.const 42))
(assert_return (invoke "caught here") (i32.const 6))
(assert_return (invoke "no throw") (i32.const 3))
(assert_return (invoke "odd or even" (i32.const 2)) (i32.const 0))
(assert_return (invoke "odd or even" (i32.const 3)) (i32.const 1))
(assert_return (invoke "two values") (i32.const 1) (i64.const 2))
(assert_return (invoke "which" (i32.const 0)) (i32.const 10))
(assert_return (invoke "which" (i32.const 1)) (i32.const 20))
(assert_return (invoke "which" (i32.const 2)) (i32.const 30))
(assert_return (invoke "by a later tag") (i32.const 7))
(assert_return (invoke "from the inner to the outer") (i32.const 8))
(assert_return (invoke "rethrown" (i32.const 5)) (i32.const 105))
(assert_return (invoke "rethrown from two levels in") (i32.const 1))
(assert_return (invoke "rethrown from a block in a handler" (i32.const 0)) (i32.const 9))
(assert_return (invoke "rethrown from a block in a handler" (i32.const 1)) (i32.const 55))
(assert_return (invoke "delegated") (i32.const 66))
(assert_return (invoke "delegated to a block") (i32.const 4))
(assert_return (invoke "nothing to delegate") (i32.const 2))
(assert_return (invoke "thrown by a handler") (i32.const 11))
(assert_return (invoke "a loop of throws" (i32.const 100)) (i32.const 5050))
(assert_return (invoke "locals survive" (i32.const 0)) (i32.const 42))
(assert_return (invoke "branches out" (i32.const 0)) (i32.const 2))
(assert_return (invoke "branches out" (i32.const 1)) (i32.const 1))
(assert_return (invoke "through many frames" (i32.const 1000)) (i32.const 77))
(assert_return (invoke "through a table") (i32.const 12))

(assert_trap (invoke "a trap is no exception") "unreachable")
(assert_exception (invoke "uncaught"))
(assert_exception (invoke "uncaught from a call"))
(assert_exception (invoke "uncaught by another tag"))
(assert_exception (invoke "uncaught after a rethrow"))
(assert_exception (invoke "delegated to the caller"))

;; A tag of another module's is the same tag.
(module $thrower
  (tag $tag (export "tag") (param i64))
  (func (export "throw") (param i64) (throw $tag (local.get 0)))
)
(register "thrower" $thrower)
(module
  (import "thrower" "tag" (tag $theirs (param i64)))
  (import "thrower" "throw" (func $throw (param i64)))
  (tag $ours (param i64))
  (func (export "theirs") (param i64) (result i64)
    try (result i64)
      local.get 0
      call $throw
      i64.const 0
    catch $ours
      drop
      i64.const -1
    catch $theirs
    end)
)
(assert_return (invoke "theirs" (i64.const 13)) (i64.const 13))

(assert_invalid
  (module (func try catch_all rethrow 1 end))
  "invalid rethrow label")
(assert_invalid
  (module (func block try catch_all rethrow 1 end end))
  "invalid rethrow label")
(assert_invalid
  (module (tag (param i32)) (func try catch 0 end))
  "type mismatch")
(assert_invalid
  (module (func try (result i32) catch_all i32.const 0 end drop))
  "type mismatch")
(assert_invalid
  (module (func try delegate 2))
  "unknown label")
