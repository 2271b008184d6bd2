;; run: f
;; expect: trap stack-exhausted
;; Fifty calls of two results whose values wait under one another.
(module
  (func $pair (result i32 i64) (i32.const 1) (i64.const 2))
  (func $f (export "f")
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $pair) (call $pair) (call $pair) (call $pair) (call $pair)
    (call $f)
    drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop
    drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop
    drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop
    drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop
    drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop drop)
)
