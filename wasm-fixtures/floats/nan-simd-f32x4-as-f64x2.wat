;; run: f 0x00000000000000000000000000000000
;; expect: ok 0x7ff80000000000007ff8000000000000
;; NaNs of one shape as operands of the other: 0x7fc000007fc00000 is a number, and infinity minus itself is not.
(module
  (func (export "f") (param v128) (result v128)
    (f64x2.sub (f64x2.mul (f32x4.div (local.get 0) (local.get 0)) (f64x2.splat (f64.const inf))) (f64x2.splat (f64.const inf))))
)
