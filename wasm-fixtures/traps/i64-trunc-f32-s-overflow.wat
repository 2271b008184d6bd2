;; run: f 0x5f000000
;; expect: trap integer-overflow
;; 2^63 is one too many.
(module
  (func (export "f") (param f32) (result i64)
    (i64.trunc_f32_s (local.get 0)))
)
