;; run: f 0x7f800000
;; expect: trap integer-overflow
;; Infinity is too many.
(module
  (func (export "f") (param f32) (result i64)
    (i64.trunc_f32_u (local.get 0)))
)
