;; run: f 0x3ff0000002000000
;; expect: ok 0x0000000000000000
;; a·a - (a·a rounded) is zero if nothing is fused.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.sub (f64.mul (local.get 0) (local.get 0)) (f64.mul (local.get 0) (local.get 0)))))
)
