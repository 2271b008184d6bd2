;; run: f 0x7ff8000000000000
;; expect: trap invalid-conversion
;; What is no number has no integer part.
(module
  (func (export "f") (param f64) (result i64)
    (i64.trunc_f64_u (local.get 0)))
)
