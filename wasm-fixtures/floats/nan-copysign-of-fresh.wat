;; run: f 0x0000000000000000
;; expect: ok 0x3ff0000000000000
;; The sign of a fresh NaN is seen by copysign.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.copysign (f64.const 1) (f64.div (local.get 0) (local.get 0)))))
)
