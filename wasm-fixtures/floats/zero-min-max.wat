;; run: f
;; expect: ok 0x8000000000000000 0x0000000000000000
;; -0 is below 0.
(module
  (func (export "f") (result i64 i64)
    (i64.reinterpret_f64 (f64.min (f64.const 0) (f64.const -0)))
    (i64.reinterpret_f64 (f64.max (f64.const -0) (f64.const 0))))
)
