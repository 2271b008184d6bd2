;; run: f
;; expect: ok 0x4000000000000000 0x8000000000000000 0x4010000000000000
;; 2.5, -0.5 and 3.5.
(module
  (func (export "f") (result i64 i64 i64)
    (i64.reinterpret_f64 (f64.nearest (f64.const 2.5)))
    (i64.reinterpret_f64 (f64.nearest (f64.const -0.5)))
    (i64.reinterpret_f64 (f64.nearest (f64.const 3.5))))
)
