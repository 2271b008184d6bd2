;; run: f 0x7ff4000000000123
;; expect: ok 0xfff4000000000123 0x7ff4000000000123
;; neg and abs touch the sign alone.
(module
  (func (export "f") (param f64) (result i64 i64)
    (i64.reinterpret_f64 (f64.neg (local.get 0)))
    (i64.reinterpret_f64 (f64.abs (f64.neg (local.get 0)))))
)
