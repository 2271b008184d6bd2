;; run: f -9223372036854775808 -1
;; expect: trap integer-overflow
;; The least number by -1 has no result; its remainder would be 0.
(module
  (func (export "f") (param i64 i64) (result i64)
    (i64.div_s (local.get 0) (local.get 1)))
)
