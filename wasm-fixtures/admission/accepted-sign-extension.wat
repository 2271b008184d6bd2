;; expect: admitted -
;; Three of the five instructions.
(module
  (func (export "run") (param i64) (result i64)
    (i64.extend8_s (i64.extend16_s (i64.extend32_s (local.get 0)))))
)
