;; run: f 0xffa00123
;; expect: ok 0x7ff8000000000000
;; From 32 to 64 bits.
(module
  (func (export "f") (param f32) (result i64)
    (i64.reinterpret_f64 (f64.promote_f32 (local.get 0))))
)
