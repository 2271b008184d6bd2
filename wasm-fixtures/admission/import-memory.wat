;; expect: import env.memory
;; Others could write into it while the guest runs.
(module
  (import "env" "memory" (memory 1))
  (func (export "run"))
)
