;; run: f 0
;; expect: trap stack-exhausted
;; Two hundred values wait on the operand stack while the function calls itself.
(module
  (func $f (export "f") (param i64) (result i64)
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0)) (i64.load (i32.const 0))
    (call $f (i64.add (local.get 0) (i64.const 1)))
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add)
  (memory 1)
)
