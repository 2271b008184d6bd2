;; expect: import env.memory
;; Two findings, the import and threads; the import comes first in the bytes.
(module
  (import "env" "memory" (memory 1 2 shared))
  (func (export "run"))
)
