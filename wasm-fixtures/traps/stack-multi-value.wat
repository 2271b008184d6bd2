;; run: f
;; expect: trap stack-exhausted
;; Three results of three types from each call.
(module
  (func $f (export "f") (result i32 i64 f64)
    (local i32 i64 f64)
    (call $f)
    (local.set 2)
    (local.set 1)
    (local.set 0)
    (i32.add (local.get 0) (i32.const 1))
    (i64.add (local.get 1) (i64.const 1))
    (f64.add (local.get 2) (f64.const 1)))
)
