;; expect: admitted -
;; The environment is that of the task.
(module
  (import "wasi_snapshot_preview1" "environ_get" (func (param i32 i32) (result i32)))
  (func (export "run"))
)
