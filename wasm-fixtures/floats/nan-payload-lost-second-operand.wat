;; run: f 0xfffc000000000456
;; expect: ok 0x7ff8000000000000
;; From the second operand as well.
(module
  (func (export "f") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.mul (f64.const 2) (local.get 0))))
)
