;; expect: import wasi_snapshot_preview1.random_get
;; So does randomness.
(module
  (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
  (func (export "run"))
)
