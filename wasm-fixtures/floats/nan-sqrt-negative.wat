;; run: f 0xbff0000000000000
;; expect: ok 0x7ff8000000000000
;; The root of -1.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.sqrt (local.get 0))))
)
