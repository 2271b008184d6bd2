;; run: f 0x0000000000000001
;; expect: ok 0x0000000000000002
;; The least number of all, doubled.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.add (local.get 0) (local.get 0))))
)
