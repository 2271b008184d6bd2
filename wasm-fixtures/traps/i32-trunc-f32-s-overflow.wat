;; run: f 0x4f000000
;; expect: trap integer-overflow
;; 2^31 is one too many.
(module
  (func (export "f") (param f32) (result i32)
    (i32.trunc_f32_s (local.get 0)))
)
