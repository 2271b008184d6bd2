;; run: f 0x7ff4000000000123
;; expect: ok 0x7fc00000
;; From 64 to 32 bits.
(module
  (func (export "f") (param f64) (result i32)
    (i32.reinterpret_f32 (f32.demote_f64 (local.get 0))))
)
