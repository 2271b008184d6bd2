;; run: f 0x7ff4000000000123
;; expect: ok 0x7ff8000000000000
;; Arithmetic makes a NaN of its own, whatever NaN went in.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.add (local.get 0) (f64.const 1))))
)
