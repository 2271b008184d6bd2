;; run: f 0x41f0000000000000
;; expect: trap integer-overflow
;; 2^32 is one too many.
(module
  (func (export "f") (param f64) (result i32)
    (i32.trunc_f64_u (local.get 0)))
)
