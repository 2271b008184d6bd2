;; run: f -2147483648 -1
;; expect: trap integer-overflow
;; The least number by -1 has no result; its remainder would be 0.
(module
  (func (export "f") (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))
)
