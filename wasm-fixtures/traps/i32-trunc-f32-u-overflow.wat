;; run: f 0xbf800000
;; expect: trap integer-overflow
;; -1 is below zero; anything above it would be 0.
(module
  (func (export "f") (param f32) (result i32)
    (i32.trunc_f32_u (local.get 0)))
)
