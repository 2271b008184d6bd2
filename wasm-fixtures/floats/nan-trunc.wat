;; run: f 0x7ff4000000000123
;; expect: ok 0x7ff8000000000000
;; Rounding is arithmetic.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.trunc (local.get 0))))
)
