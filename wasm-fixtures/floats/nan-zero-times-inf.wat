;; run: f 0x0000000000000000
;; expect: ok 0x7ff8000000000000
;; Zero times infinity.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.mul (local.get 0) (f64.const inf))))
)
