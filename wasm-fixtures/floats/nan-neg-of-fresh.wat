;; run: f 0x0000000000000000
;; expect: ok 0xfff8000000000000
;; The canonical NaN is positive, so its negative is negative.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.neg (f64.div (local.get 0) (local.get 0)))))
)
