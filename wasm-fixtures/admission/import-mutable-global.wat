;; expect: import env.global
;; Others could change it while the guest runs.
(module
  (import "env" "global" (global (mut i64)))
  (func (export "run"))
)
