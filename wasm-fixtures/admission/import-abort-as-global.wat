;; expect: import env.abort
;; Granted, but not as a global.
(module
  (import "env" "abort" (global i32))
  (func (export "run"))
)
