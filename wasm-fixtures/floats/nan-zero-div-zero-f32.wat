;; run: f 0x00000000
;; expect: ok 0x7fc00000
;; The same in 32 bits.
(module
  (func (export "f") (param f32) (result i32)
    (i32.reinterpret_f32 (f32.div (local.get 0) (local.get 0))))
)
