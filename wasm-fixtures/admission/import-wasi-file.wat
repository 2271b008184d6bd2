;; expect: import wasi_snapshot_preview1.fd_write
;; The host's files are no part of the task.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (func (export "run"))
)
