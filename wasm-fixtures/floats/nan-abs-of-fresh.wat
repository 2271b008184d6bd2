;; run: f 0x0000000000000000
;; expect: ok 0x7ff8000000000000
;; And its absolute value is itself.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.abs (f64.div (local.get 0) (local.get 0)))))
)
