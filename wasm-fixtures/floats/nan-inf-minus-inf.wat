;; run: f 0x7ff0000000000000
;; expect: ok 0x7ff8000000000000
;; Infinity minus infinity.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.sub (local.get 0) (local.get 0))))
)
