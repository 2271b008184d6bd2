;; run: f 0xffc00000
;; expect: trap invalid-conversion
;; What is no number has no integer part.
(module
  (func (export "f") (param f32) (result i32)
    (i32.trunc_f32_u (local.get 0)))
)
