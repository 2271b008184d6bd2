;; run: f 0x7ff8000000000000
;; expect: trap invalid-conversion
;; What is no number has no integer part.
(module
  (func (export "f") (param f64) (result i32)
    (i32.trunc_f64_s (local.get 0)))
)
