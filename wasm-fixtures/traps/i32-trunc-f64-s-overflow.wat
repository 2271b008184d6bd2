;; run: f 0xc1e0000000200000
;; expect: trap integer-overflow
;; -2^31 - 1 is one too few; anything above it would do.
(module
  (func (export "f") (param f64) (result i32)
    (i32.trunc_f64_s (local.get 0)))
)
