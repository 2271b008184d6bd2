;; expect: import env.abort
;; Granted, but not with this type.
(module
  (import "env" "abort" (func (param i32)))
  (func (export "run"))
)
