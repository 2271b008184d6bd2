;; expect: import env.global
;; Its value is no part of the task.
(module
  (import "env" "global" (global i32))
  (func (export "run"))
)
