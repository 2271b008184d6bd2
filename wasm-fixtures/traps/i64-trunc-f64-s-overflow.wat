;; run: f 0xc3e0000000000001
;; expect: trap integer-overflow
;; The next number below -2^63.
(module
  (func (export "f") (param f64) (result i64)
    (i64.trunc_f64_s (local.get 0)))
)
