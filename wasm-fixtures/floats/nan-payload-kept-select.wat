;; run: f 0x7ff4000000000123 1
;; expect: ok 0x7ff4000000000123
;; select moves bits.
(module
  (func (export "f") (param f64 i32) (result i64)
    (i64.reinterpret_f64 (select (local.get 0) (f64.const 1) (local.get 1))))
)
