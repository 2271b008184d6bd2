;; expect: import wasi_snapshot_preview1.clock_time_get
;; One granted import, then two denied ones; the first of them is the rejection.
(module
  (import "env" "abort" (func (param i32 i32 i32 i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
  (import "env" "seed" (func (result f64)))
  (func (export "run"))
)
