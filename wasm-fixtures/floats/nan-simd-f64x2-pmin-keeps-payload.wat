;; run: f 0x7ff40000000001237ff4000000000123
;; expect: ok 0x7ff40000000001237ff4000000000123
;; pmin picks one operand as it is: 1 < NaN does not hold, so the first.
(module
  (func (export "f") (param v128) (result v128)
    (f64x2.pmin (local.get 0) (f64x2.splat (f64.const 1))))
)
