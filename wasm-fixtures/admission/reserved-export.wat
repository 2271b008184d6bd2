;; expect: reserved-name ipvm:gas
;; Names with this prefix belong to the instrumentation.
(module
  (global $g i64 (i64.const 0))
  (export "ipvm:gas" (global $g))
  (func (export "run"))
)
