;; run: f 0x0000000000000000
;; expect: ok 0 1 0
;; A NaN is equal to nothing, and not unequal to nothing either.
(module
  (func (export "f") (param f64) (result i32 i32 i32)
    (f64.eq (f64.div (local.get 0) (local.get 0)) (f64.div (local.get 0) (local.get 0)))
    (f64.ne (f64.div (local.get 0) (local.get 0)) (f64.div (local.get 0) (local.get 0)))
    (f64.lt (f64.div (local.get 0) (local.get 0)) (f64.const 1)))
)
