;; expect: import env.table
;; Others could exchange its functions.
(module
  (import "env" "table" (table 1 funcref))
  (func (export "run"))
)
