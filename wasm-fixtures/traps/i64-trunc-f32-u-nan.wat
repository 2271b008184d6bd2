;; run: f 0x7fffffff
;; expect: trap invalid-conversion
;; What is no number has no integer part.
(module
  (func (export "f") (param f32) (result i64)
    (i64.trunc_f32_u (local.get 0)))
)
