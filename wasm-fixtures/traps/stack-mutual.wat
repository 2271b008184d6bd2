;; run: f
;; expect: trap stack-exhausted
;; Three functions with frames of different size, in a circle.
(module
  (func $f (export "f") (result i32) (i32.add (call $g (i64.const 1)) (i32.const 1)))
  (func $g (param i64) (result i32) (local f64 f64 f64) (call $h (local.get 0) (local.get 0)) (i32.wrap_i64))
  (func $h (param i64 i64) (result i64) (i64.extend_i32_s (i32.mul (call $f) (i32.const 2))))
)
