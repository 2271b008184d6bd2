;; run: f 0x43f0000000000000
;; expect: trap integer-overflow
;; 2^64 is one too many.
(module
  (func (export "f") (param f64) (result i64)
    (i64.trunc_f64_u (local.get 0)))
)
