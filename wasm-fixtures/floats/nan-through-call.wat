;; run: f 0x0000000000000000
;; expect: ok 0x7ff8000000000000
;; A parameter and a result see bits.
(module
  (func $same (param f64) (result f64) (local.get 0))
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (call $same (f64.div (local.get 0) (local.get 0)))))
)
